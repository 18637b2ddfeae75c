import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { workerEntry } from '../../engine/worker-entry.ts';
import type { Echo } from './echo.ts';
import { startProcess, startWorker } from './start.ts';

const echoFile = fileURLToPath(new URL('./echo.ts', import.meta.url));

describe('modules started from sources', () => {
  it('run as a worker, with arguments and data', async () => {
    const worker = startWorker('./echo.ts', import.meta.url, { workerData: 21, argv: ['x'] });
    const [echo] = (await once(worker, 'message')) as [Echo];
    await worker.terminate();
    expect(echo).toEqual({ worker: true, argv: [echoFile, 'x'], workerData: 21, resolved: 'file:///a/b.js' });
  });

  it('run as a child process, with arguments', async () => {
    const child = startProcess('./echo.ts', import.meta.url, ['x', 'y']);
    const exited = once(child, 'exit');
    const [echo] = (await once(child, 'message')) as [Echo];
    expect(echo).toEqual({ worker: false, argv: [echoFile, 'x', 'y'], workerData: null, resolved: 'file:///a/b.js' });
    expect((await exited)[0]).toBe(0);
  });

  it('report an error of the module with its place in the source', async () => {
    const worker = startWorker('./echo.ts', import.meta.url, { argv: ['--fail'] });
    const [error] = (await once(worker, 'error')) as [Error];
    expect(error.message).toBe('asked to fail');
    expect(error.stack).toContain(`${echoFile}:`);
  });
});

describe('workerEntry', () => {
  it('names the JavaScript beside the caller in the built package, and passes none of the host’s flags', () => {
    const entry = workerEntry('../wal/keeper-main.ts', 'file:///app/node_modules/rightlink/dist/engine/store.js');
    expect(entry.filename.href).toBe('file:///app/node_modules/rightlink/dist/wal/keeper-main.js');
    expect(entry.options).toEqual({ argv: [], execArgv: [] });
  });
});
