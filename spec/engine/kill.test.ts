/** Writing processes killed at random moments: what is found afterwards is a prefix that holds all that was acknowledged. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type OpenOptions, open, type Store } from '../../engine/index.ts';
import { seededRandom } from '../wal/random.ts';
import { startProcess } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';
import { findProgress, treeName } from './support/script.ts';
import { verifyTree } from './support/verify-tree.ts';

const WRITERS = 3;
/** More operations than a writer does before it is killed. */
const OPERATIONS_MAX = 400_000;
const CACHE_BYTES = 96 * 2 ** 20;
const random = seededRandom(Number(process.env.RIGHTLINK_SEED ?? 20261121));

interface Victim {
  readonly child: ChildProcess;
  /** What each writer has acknowledged as durable. */
  readonly durable: Map<number, number>;
  readonly errors: unknown[];
  readonly started: Promise<void>;
}

function startVictim(path: string, first: number, largeBytes: number, options: OpenOptions): Victim {
  const args = [path, String(first), String(WRITERS), String(largeBytes), JSON.stringify(options)];
  const child = startProcess('./support/killed-process.ts', import.meta.url, args);
  const durable = new Map<number, number>();
  const errors: unknown[] = [];
  const started = new Promise<void>((resolve, reject) => {
    child.on('exit', () => reject(new Error(`the writing process ended before it began: ${errors}`)));
    child.on('message', (message) => {
      if (!Array.isArray(message)) errors.push(message);
      else durable.set(message[0], message[1]);
      if (durable.size === WRITERS) resolve();
    });
  });
  return { child, durable, errors, started };
}

/** Kills it, and takes in everything that it had said. */
async function kill(victim: Victim): Promise<void> {
  const closed = once(victim.child, 'close');
  victim.child.kill('SIGKILL');
  await closed;
  expect(victim.errors).toEqual([]);
}

function verifyStore(db: Store, victim: Victim, largeBytes: number): void {
  for (const name of db.treeNames()) verifyTree(db.tree(name));
  const counted = Number(Buffer.from(db.tree('count').get('n') ?? '0').toString());
  for (const [writer, durable] of victim.durable) {
    findProgress(db, writer, largeBytes, durable, OPERATIONS_MAX);
    const seen = Number(Buffer.from(db.tree('seen').get(`${writer}`) ?? '-1').toString());
    expect(counted).toBeGreaterThan(seen); // it saw `seen`, then counted, then wrote that it saw
  }
}

async function killRepeatedly(kills: number, largeBytes: number, options: OpenOptions): Promise<void> {
  const path = freshPath();
  let first = 0;
  for (let round = 0; round < kills; round++) {
    const victim = startVictim(path, first, largeBytes, options);
    await victim.started;
    await delay(random(3) === 0 ? random(150) : random(30));
    await kill(victim);
    const db = await open(path, { ...options, cacheBytes: CACHE_BYTES });
    verifyStore(db, victim, largeBytes);
    for (const writer of victim.durable.keys())
      for (let tree = 0; tree < 3; tree++) db.dropTree(treeName(writer, tree));
    db.dropTree('seen');
    await db.close();
    expect(readdirSync(path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(existsSync(`${path}/lock`)).toBe(false);
    first += WRITERS;
  }
}

describe('a writing process that is killed leaves a prefix with all that was acknowledged', () => {
  it('18 times, large values, checkpoints all the time', async () => {
    await killRepeatedly(18, 150_000, { cacheBytes: CACHE_BYTES, durability: 'interval', checkpointBytes: 2 ** 20 });
  }, 180_000);

  it('19 times, small values, few syncs', async () => {
    await killRepeatedly(19, 3000, { cacheBytes: CACHE_BYTES, durability: 'none', checkpointBytes: 2 ** 18 });
  }, 180_000);

  it('14 times, synced all the time', async () => {
    await killRepeatedly(14, 20_000, { cacheBytes: CACHE_BYTES, durability: 'eager' });
  }, 180_000);
});
