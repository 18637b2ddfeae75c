/** Worker threads terminated at random moments: nothing they did is lost, nobody is held up, nothing leaks. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { open, type Store } from '../../engine/index.ts';
import { seededRandom } from '../wal/random.ts';
import { startWorker } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';
import { findProgress, treeName } from './support/script.ts';
import { verifyTree } from './support/verify-tree.ts';

const TERMINATIONS = 210;
const LARGE_BYTES = 200_000;
/** Victims that are up or starting at a time. */
const VICTIMS = 3;
const random = seededRandom(Number(process.env.RIGHTLINK_SEED ?? 20261121));

interface Victim {
  readonly writer: number;
  readonly worker: Worker;
  readonly ready: Promise<unknown>;
  readonly failed: { error?: unknown };
}

const progress = new SharedArrayBuffer(4 * (TERMINATIONS + VICTIMS + 2));
const done = new Int32Array(progress);

function startScripted(db: Store, writer: number): Victim {
  const workerData = { shared: db.share(), writer, largeBytes: LARGE_BYTES, progress, slot: writer };
  const worker = startWorker('./support/scripted-worker.ts', import.meta.url, { workerData });
  const failed: { error?: unknown } = {};
  worker.on('error', (error) => {
    failed.error = error;
  });
  return { writer, worker, ready: once(worker, 'message'), failed };
}

/** Waits until the store has seen a thread's death, and finished what it left. */
async function reaped(db: Store, threads: number, survivor?: Victim): Promise<void> {
  for (let tries = 0; db.stats().threads !== threads; tries++) {
    if (survivor?.failed.error !== undefined) throw survivor.failed.error;
    if (tries === 1000) throw new Error(`${db.stats().threads} threads attached, not ${threads}`);
    await delay(5);
  }
}

function verifyVictim(db: Store, writer: number): void {
  const count = done[writer];
  findProgress(db, writer, LARGE_BYTES, count, count + 1);
  for (const tree of [0, 1, 2]) {
    if (!db.hasTree(treeName(writer, tree))) continue;
    verifyTree(db.tree(treeName(writer, tree)));
    db.dropTree(treeName(writer, tree));
  }
}

it(`survives ${TERMINATIONS} terminated workers`, async () => {
  const path = freshPath();
  const db = await open(path, { cacheBytes: 192 * 2 ** 20, durability: 'none', checkpointBytes: 24 * 2 ** 20 });
  const survivor = startScripted(db, 0);
  await survivor.ready;
  survivor.worker.postMessage('go');
  const queue = Array.from({ length: VICTIMS }, (_, index) => startScripted(db, index + 1));
  const used: number[] = [];
  let survivorDone = 0;
  for (let round = 1; round <= TERMINATIONS; round++) {
    const victim = queue.shift();
    if (victim === undefined) throw new Error('no victim');
    await victim.ready;
    victim.worker.postMessage('go');
    // Some die while they attach, some after a few operations, some after thousands.
    if (random(5) > 0) while (done[victim.writer] === 0 && victim.failed.error === undefined) await delay(1);
    await delay(random(4) === 0 ? random(60) : random(8));
    await victim.worker.terminate();
    expect(victim.failed.error).toBeUndefined();
    if (round + VICTIMS <= TERMINATIONS) queue.push(startScripted(db, round + VICTIMS));
    await reaped(db, 2, survivor);
    verifyVictim(db, victim.writer);
    used.push(db.stats().memory.usedBytes);
  }
  // The survivor went on all the time, and goes on.
  survivorDone = done[0];
  while (done[0] < survivorDone + 100 && survivor.failed.error === undefined) await delay(1);
  await survivor.worker.terminate();
  expect(survivor.failed.error).toBeUndefined();
  await reaped(db, 1);
  verifyVictim(db, 0);
  expect(db.treeNames()).toEqual([]);
  for (let tries = 0; tries < 400 && db.stats().memory.usedBytes > 2 ** 21; tries++) await delay(25);
  expect(db.stats().memory.usedBytes).toBeLessThanOrEqual(2 ** 21); // nothing is left of 200 dead threads and their trees
  expect(median(used.slice(-40))).toBeLessThan(2 * median(used.slice(10, 50)) + 2 ** 22);
  await db.close();
  const again = await open(path, { cacheBytes: 192 * 2 ** 20 });
  expect(again.treeNames()).toEqual([]);
  expect(again.stats().recovery.clean).toBe(true);
  await again.close();
}, 300_000);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
