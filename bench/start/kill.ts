import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from '../../engine/index.ts';
import { startProcess } from '../../spec/workers/start.ts';
import { Difference } from './difference.ts';
import { prefixLength, readBack, WRITERS } from './history.ts';
import type { Acknowledgement } from './victim.ts';

/** What came of the kills. */
export interface Kills {
  kills: number;
  /** Operations acknowledged as durable, all of which were found. */
  acknowledged: number;
  /** Operations found. */
  recovered: number;
}

const RUN_MS_MIN = 200;
const RUN_MS_MAX = 700;
const FIRST_MESSAGE_MS = 20_000;

/**
 * Lets a process write to a store from several threads, kills it at a random moment, opens the store and checks it; again
 * and again on the same store. Everything that was acknowledged must be there, what is there must be a prefix of each
 * thread's sequence, and of both together: what an operation had seen of the other thread cannot be missing.
 * @throws Difference
 */
export async function killAndRecover(directory: string, kills: number, step: (kill: number) => void): Promise<Kills> {
  let recovered: number[] = new Array(WRITERS).fill(0);
  let acknowledgedInAll = 0;
  for (let kill = 1; kill <= kills; kill++) {
    step(kill);
    const acknowledged = await writeUntilKilled(directory, recovered);
    acknowledgedInAll += acknowledged.reduce((sum, n, thread) => sum + n - recovered[thread], 0);
    recovered = await checkRecovered(directory, acknowledged, `kill ${kill}`);
  }
  return { kills, acknowledged: acknowledgedInAll, recovered: recovered.reduce((a, b) => a + b, 0) };
}

/** Gives how many operations of each thread were acknowledged. */
async function writeUntilKilled(directory: string, firsts: readonly number[]): Promise<number[]> {
  const acknowledged = [...firsts];
  const child = startProcess('./victim.ts', import.meta.url, [directory, ...firsts.map(String)]);
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  child.on('message', ({ thread, durable }: Acknowledgement) => {
    acknowledged[thread] = durable;
  });
  const begun = once(child, 'message', { signal: AbortSignal.timeout(FIRST_MESSAGE_MS) });
  await Promise.race([begun, ended]);
  await sleep(RUN_MS_MIN + Math.random() * (RUN_MS_MAX - RUN_MS_MIN));
  const killed = child.kill('SIGKILL');
  const [[code, signal]] = await ended;
  if (!killed || signal !== 'SIGKILL') throw new Error(`The writing process ended by itself, with exit code ${code}.`);
  return acknowledged;
}

/** Gives how many operations of each thread are there. */
async function checkRecovered(directory: string, acknowledged: readonly number[], when: string): Promise<number[]> {
  await using store = await open(directory);
  const tree = store.tree('history');
  const found = acknowledged.map((_, thread) => readBack(tree, thread));
  const lengths = found.map(prefixLength);
  for (const [thread, length] of lengths.entries()) {
    if (length < 0) throw new Difference(when, `what is left of thread ${thread} is no prefix of what it wrote`);
    if (length < acknowledged[thread]) {
      throw new Difference(
        when,
        `thread ${thread} has ${length} operations left, but ${acknowledged[thread]} were durable`,
      );
    }
    const seen = Math.max(0, ...[...found[thread].values()].map((record) => record.seen));
    const other = lengths[(thread + 1) % WRITERS];
    if (other < seen)
      throw new Difference(when, `thread ${thread} had seen ${seen} operations of which ${other} are left`);
  }
  return lengths;
}
