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

/** Runs `npm run explore -- …` without npm, and sends it Ctrl-C when stderr says what is asked for. */
function run(args: readonly string[], interruptAt?: RegExp): Promise<Run> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'spec/explore.ts', ...args], { cwd: root });
  let stdout = '';
  let stderr = '';
  let interrupted = false;
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (interrupted || interruptAt?.test(stderr) !== true) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('npm run explore', () => {
  it('prints what is known on Ctrl-C, and says so with its exit code', { timeout: 60_000 }, async () => {
    const { code, stdout } = await run(
      ['death-of-a-splitter'],
      /splitter: [\d,]+ states, [\d,]+\/s, depth \d+, [\d,]+ queued/,
    );
    expect(stdout).toMatch(/^death-of-a-splitter: ok, bounded by interruption\n[\d,]+ states, [\d,]+ transitions/);
    expect(code).toBe(130);
  });

  it('gives JSON on Ctrl-C as well, of all scenarios looked at so far', { timeout: 60_000 }, async () => {
    const { code, stdout, stderr } = await run(['--all', '--json'], /states, /);
    const rows: { scenario: string; verdict?: string; coverage: string }[] = JSON.parse(stdout);
    const last = rows.findLast(({ verdict }) => verdict !== undefined);
    expect(rows[0]).toMatchObject({ verdict: 'ok', exhaustive: true });
    expect(last?.coverage).toMatch(/^(exhaustive|bounded by interruption)$/);
    expect(stderr).toContain('interrupted: what stands above is all that is known');
    expect(code).toBe(130);
  });

  it('knows the names of the engine’s steps', () => {
    const steps = engineSteps();
    expect(steps).toEqual(expect.arrayContaining(['publish', 'takePlace', 'readChunkClass', 'uproot']));
    // Only called, by the steps that come to it.
    expect(steps).not.toContain('consolidate');
    expect(steps.length).toBeGreaterThan(150);
    expect(new Set(steps).size).toBe(steps.length);
  });
});
