import { execFile, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Explorable, type ExploreOptions, type ExploreResult, explore } from '../../model/index.ts';
import { counters, lostUpdates } from './interruption-targets.ts';

const CHILD = fileURLToPath(new URL('./interruption-child.ts', import.meta.url));
const TSX = ['--import', 'tsx'];

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rightlink-checkpoint-'));
  file = join(directory, 'exploration');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

type Build = () => Explorable;

const unlisted: Build = () => {
  const { steps: _, ...rest } = lostUpdates();
  return rest;
};

/** Explores until it has been looked so many times whether to stop: after 128 states, 256 more, and so on, at most. */
function exploreUpTo(build: Build, looks: number, options: ExploreOptions): Promise<ExploreResult> {
  let left = looks;
  const signal = {
    get aborted() {
      left -= 1;
      return left < 0;
    },
  };
  return explore(build(), { ...options, signal: signal as AbortSignal });
}

/** What must not depend on interruptions: everything but the time it took. */
function totals(result: ExploreResult): unknown {
  const { seconds: _, ...rest } = result;
  return rest;
}

describe.each<[string, Build, ExploreOptions]>([
  ['a system, depth first', counters, { search: 'depth' }],
  ['a system, breadth first', counters, { search: 'breadth' }],
  ['a program with a death, depth first', lostUpdates, { search: 'depth' }],
  ['a program with a death, breadth first', lostUpdates, { search: 'breadth' }],
  ['with a bound on preemptions', lostUpdates, { search: 'depth', preemptions: 2 }],
  ['a program that does not list its steps', unlisted, { search: 'depth' }],
  ['with another seed', lostUpdates, { search: 'depth', seed: 7 }],
])('%s, interrupted and resumed', (_, build, chosen) => {
  const options: ExploreOptions = { onViolation: 'continue', ...chosen };

  test('finds what an uninterrupted exploration finds', async () => {
    const whole = await explore(build(), { ...options, checkpoint: { path: join(directory, 'unused') } });
    expect(whole.states).toBeGreaterThan(18_000);
    expect(existsSync(join(directory, 'unused'))).toBe(false);
    for (const looks of [1, 4, 7]) {
      const first = await exploreUpTo(build, looks, { ...options, checkpoint: { path: file } });
      expect(first).toMatchObject({ exhaustive: false, coverage: 'bounded by interruption', checkpoint: file });
      expect(first.states).toBeLessThan(whole.states);
      const resumed = await explore(build(), { ...options, resume: file });
      expect(totals(resumed)).toEqual(totals(whole));
    }
  });

  test('even when interrupted before it began', async () => {
    const whole = await explore(build(), { ...options, checkpoint: { path: join(directory, 'unused') } });
    const none = await explore(build(), { ...options, checkpoint: { path: file }, signal: AbortSignal.abort() });
    expect(none).toMatchObject({ states: 0, checkpoint: file });
    expect(totals(await explore(build(), { ...options, resume: file }))).toEqual(totals(whole));
  });

  test('also when interrupted again and again, into the same file', async () => {
    const whole = await explore(build(), { ...options, checkpoint: { path: join(directory, 'unused') } });
    const again = { ...options, checkpoint: { path: file } };
    let result = await exploreUpTo(build, 6, again);
    let runs = 1;
    while (result.checkpoint !== undefined && runs < 100) {
      result = await exploreUpTo(build, 6, { ...again, resume: file });
      runs += 1;
    }
    expect(runs).toBeGreaterThan(2);
    expect(totals(result)).toEqual(totals(whole));
    expect(existsSync(file)).toBe(false);
  });
});

describe('a process that is killed', () => {
  test.each(['depth', 'breadth'])('goes on from its last checkpoint, %s first', async (search) => {
    const run = async (resume: string, path: string): Promise<unknown> => {
      const { stdout } = await promisify(execFile)(process.execPath, [...TSX, CHILD, path, resume, search]);
      return JSON.parse(stdout);
    };
    const child = fork(CHILD, [file, 'start', search], { execArgv: TSX, silent: true });
    const ended = new Promise<string | null>((resolve) => child.on('exit', (_code, signal) => resolve(signal)));
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    const resumed = await run('resume', file);
    expect(resumed).toEqual(await run('start', join(directory, 'other')));
    expect(resumed).toMatchObject({ exhaustive: true, verdict: 'violation' });
  });
});

describe('a checkpoint that does not fit', () => {
  const options: ExploreOptions = { search: 'depth', onViolation: 'continue' };
  beforeEach(async () => {
    await exploreUpTo(counters, 6, { ...options, checkpoint: { path: file } });
  });
  const resume = (changes: ExploreOptions, build: Build = counters): Promise<ExploreResult> =>
    explore(build(), { ...options, resume: file, ...changes });

  test('other models and options are refused', async () => {
    await expect(resume({}, lostUpdates)).rejects.toThrow("is of 'counters', not of 'lost updates'");
    await expect(resume({ search: 'breadth' })).rejects.toThrow('was written with search depth, not breadth');
    await expect(resume({ seed: 3 })).rejects.toThrow('was written with seed 0, not 3');
    await expect(resume({ onViolation: 'stop' })).rejects.toThrow('was written with onViolation continue, not stop');
    const changed: Build = () => {
      const system = counters();
      return { ...system, invariants: { ...system.invariants, 'one more': () => true } } as Explorable;
    };
    await expect(resume({}, changed)).rejects.toThrow("is of another 'counters'");
  });

  test('a model whose functions only capture something else is refused by where it leads', async () => {
    const stride = (by: number): Build => {
      return () => {
        const system = counters();
        const actors = system.actors.map((actor) => ({
          ...actor,
          actions: [
            {
              name: 'counts',
              guard: (s: Int32Array) => s[0] < 50_000,
              effect: (s: Int32Array) => void s.set([s[0] + by]),
            },
          ],
        }));
        return { ...system, actors } as Explorable;
      };
    };
    await exploreUpTo(stride(1), 6, { ...options, checkpoint: { path: file } });
    await expect(resume({}, stride(2))).rejects.toThrow('does not do what it did');
  });

  test('damage is found, wherever it is', async () => {
    const bytes = await readFile(file);
    const headerBytes = bytes.readUInt32LE(8);
    for (const at of [
      0,
      9,
      13,
      20,
      16 + headerBytes - 1,
      16 + headerBytes + 1000,
      bytes.length >> 1,
      bytes.length - 5,
      bytes.length - 1,
    ]) {
      const damaged = Buffer.from(bytes);
      damaged[at] ^= 0x10;
      await writeFile(file, damaged);
      await expect(resume({}), `byte ${at}`).rejects.toMatchObject({ code: 'RIGHTLINK_MODEL_CHECKPOINT' });
    }
    for (const length of [bytes.length - 1, bytes.length >> 1, 16 + headerBytes, 40, 10, 0]) {
      await writeFile(file, bytes);
      await truncate(file, length);
      await expect(resume({}), `${length} bytes`).rejects.toThrow(/is damaged|is no checkpoint/);
    }
    await writeFile(file, Buffer.concat([bytes, Buffer.alloc(4)]));
    await expect(resume({})).rejects.toThrow('is damaged');
    await writeFile(file, bytes);
    expect(await resume({})).toMatchObject({ exhaustive: true });
  });

  test('no file, and no place for one, are errors', async () => {
    await expect(resume({ resume: join(directory, 'nothing') })).rejects.toThrow('cannot be read');
    const path = join(directory, 'no', 'such', 'directory');
    await expect(explore(counters(), { ...options, checkpoint: { path } })).rejects.toThrow('cannot be written');
  });

  test.each<[ExploreOptions, string]>([
    [{ search: 'random' }, "checkpoints are for search: 'depth' and 'breadth'"],
    [{ threads: 2, from: { module: import.meta.url, name: 'x' } }, 'checkpoints are for one thread'],
    [{ exact: true }, 'not in exact mode'],
    [{ sleepSets: true }, 'not written of a search with sleep sets'],
    [{ checkpoint: { path: '' } }, 'path of checkpoint must be a text that is not empty'],
    [{ checkpoint: { path: 'x', everyMs: -1 } }, 'everyMs of checkpoint must be 0 or more'],
  ])('%j is a contradiction', async (changes, message) => {
    await expect(resume(changes)).rejects.toThrow(message);
  });
});
