import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The example in bench/outside, in a folder far from the sources, on the package as it would be published.

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let folder: string;
let example: string;

/** npm without what the surrounding `npm test` put into the environment. */
async function npm(args: string[], cwd: string): Promise<void> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  await run('npm', args, { cwd, env, shell: process.platform === 'win32', maxBuffer: 2 ** 26 });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rightlink-outside-'));
  // Built here, not into dist: other tests may be building there at this moment.
  const built = join(folder, 'package');
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(built, 'dist')], { cwd: root });
  for (const file of ['package.json', 'README.md', 'LICENSE']) await cp(join(root, file), join(built, file));
  await npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], built);
  const tarball = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  expect(tarball).toHaveLength(1);
  example = join(folder, 'outside');
  const source = join(root, 'bench', 'outside');
  await cp(source, example, { recursive: true, filter: (path) => !path.startsWith(join(source, 'node_modules')) });
  await npm(['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball[0])], example);
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs the example; its exit code and what it printed. */
async function check(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: example, timeout: 60_000 };
  try {
    return { code: 0, ...(await run(process.execPath, ['check.js', ...args], options)) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('the model checker, used from outside', () => {
  it('imports nothing but rightlink/model', async () => {
    const imports = new Set<string>();
    for (const file of (await readdir(example)).filter((name) => name.endsWith('.js'))) {
      const text = await readFile(join(example, file), 'utf8');
      for (const [, from] of text.matchAll(/(?:from|import\()\s*'([^']+)'/g)) imports.add(from);
    }
    expect([...imports].toSorted()).toEqual(['./stack.js', 'node:util', 'rightlink/model']);
  });

  it('shows how a node is popped twice from a stack without tags', async () => {
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^stack without tags: violation/);
    expect(stdout).toContain('linearizability');
    // Node 2 is popped by both, and nobody pushed it back in between.
    const [a, b] = [1, 2].map((column) => stdout.split('\n').map((line) => line.split('│')[column]?.trim() ?? ''));
    expect(b).toEqual(expect.arrayContaining(['◂ pop = 1', '◂ pop = 2', '◂ push back = 1']));
    expect(a).toEqual(expect.arrayContaining(['◂ pop = 1', '◂ pop = 2']));
    expect(stdout).not.toContain('push back = 2');
    expect(stdout).toMatch(/unlinkNode: cas top: 1 → 2 \(← \d+\)/);
    const page = await readFile(join(example, 'README.md'), 'utf8');
    expect(stdout).toContain(/^```text\n(.*?)^```$/ms.exec(page)?.[1]);
  });

  it('finds nothing wrong, and says that it looked at everything, once there are tags', async () => {
    const { code, stdout, stderr } = await check('--fixed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^stack with tags: ok, exhaustive, \d+ states/);
  });
});
