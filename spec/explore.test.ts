import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { engineSteps } from './scenarios/steps.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

const NPM = ['npm', 'run', '--silent', 'explore', '--'];
const NODE = [process.execPath, '--import', 'tsx', 'spec/explore.ts'];

/**
 * Runs a command, and does what a terminal does on Ctrl-C when stderr says what is asked for: the signal goes to the command and
 * to all that it started.
 */
function run([command, ...args]: readonly string[], interruptAt: RegExp): Promise<Run> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const child = spawn(command, args, { cwd: root, env, detached: true });
  const { pid } = child;
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (interrupted || pid === undefined || !interruptAt.test(stderr)) return;
    interrupted = true;
    process.kill(-pid, 'SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

// Process groups are no matter of Windows.
describe.skipIf(process.platform === 'win32')('npm run explore', () => {
  it('prints what is known on Ctrl-C', { timeout: 60_000 }, async () => {
    const { stdout } = await run(
      [...NPM, 'death-of-a-splitter'],
      /splitter: [\d,]+ states, [\d,]+\/s, depth \d+, [\d,]+ queued/,
    );
    expect(stdout).toMatch(/^death-of-a-splitter: ok, bounded by interruption\n[\d,]+ states, [\d,]+ transitions/);
  });

  it('gives JSON on Ctrl-C as well, of all scenarios looked at so far, and says so with its exit code', {
    timeout: 60_000,
  }, async () => {
    const { code, stdout, stderr } = await run([...NODE, '--all', '--json'], /states, /);
    const rows: { scenario: string; verdict?: string; coverage: string }[] = JSON.parse(stdout);
    const last = rows.findLast(({ verdict }) => verdict !== undefined);
    expect(rows[0]).toMatchObject({ verdict: 'ok', exhaustive: true });
    expect(last?.coverage).toMatch(/^(exhaustive|bounded by interruption)$/);
    expect(stderr).toContain('interrupted: what stands above is all that is known');
    expect(code).toBe(130);
  });
});

it('knows the names of the engine’s steps', () => {
  const steps = engineSteps();
  expect(steps).toEqual(expect.arrayContaining(['publish', 'takePlace', 'readChunkClass', 'uproot']));
  // Only called, by the steps that come to it.
  expect(steps).not.toContain('consolidate');
  expect(steps.length).toBeGreaterThan(150);
  expect(new Set(steps).size).toBe(steps.length);
});
