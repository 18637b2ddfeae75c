import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { attach, open, type Snapshot, type SnapshotTree, type Store } from '../../engine/index.ts';
import { Session } from '../../engine/session.ts';
import { initialiseRing } from '../../wal/ring.ts';
import { seededRandom } from '../wal/random.ts';
import { startWorker } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';

const MIB = 2 ** 20;
const seed = Number(process.env.RIGHTLINK_SEED ?? 20261121);

let db: Store;
afterEach(() => db.close());

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();
const pair = (entry: [Uint8Array, Uint8Array] | undefined): unknown => entry?.map(text);

/** Compares everything that can be asked of a tree at a snapshot with a map. */
function expectTree(tree: SnapshotTree, map: ReadonlyMap<string, string>, some: string): void {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  expect([...tree.entries()].map(pair)).toEqual(entries);
  expect([...tree.keys({ reverse: true })].map(text)).toEqual(entries.map(([key]) => key).reverse());
  expect([...tree.values({ gt: some, limit: 5 })].map(text)).toEqual(
    entries
      .filter(([key]) => key > some)
      .slice(0, 5)
      .map(([, value]) => value),
  );
  expect(text(tree.get(some))).toBe(map.get(some));
  expect(tree.getView(some, (value) => text(value.slice()))).toBe(map.get(some));
  expect(tree.has(some)).toBe(map.has(some));
  expect(pair(tree.first())).toEqual(entries[0]);
  expect(pair(tree.last())).toEqual(entries.at(-1));
  expect(pair(tree.below(some))).toEqual(entries.findLast(([key]) => key < some));
  expect(pair(tree.floor(some))).toEqual(entries.findLast(([key]) => key <= some));
  expect(pair(tree.above(some))).toEqual(entries.find(([key]) => key > some));
  expect(pair(tree.ceiling(some))).toEqual(entries.find(([key]) => key >= some));
}

describe('a snapshot', () => {
  it('shows two trees as they were, through splits, deletes, collapses and large values', async () => {
    db = await open(undefined, { cacheBytes: 64 * MIB });
    const below = seededRandom(seed);
    const maps = [new Map<string, string>(), new Map<string, string>()];
    const trees = [db.tree('one'), db.tree('two')];
    const held: { snapshot: Snapshot; maps: Map<string, string>[] }[] = [];
    const check = ({ snapshot, maps: then }: (typeof held)[number]): void => {
      expectTree(snapshot.tree('one'), then[0], `k${below(900)}`);
      expectTree(snapshot.tree('two'), then[1], `k${below(900)}`);
      expect(snapshot.treeNames()).toEqual(['one', 'two']);
    };
    for (let i = 0; i < 60_000; i++) {
      const which = below(2);
      const keys = i % 20_000 < 10_000 ? 900 : 200; // most leaves empty and fill again
      const key = `k${below(keys)}`;
      if (below(3) === 0 || (keys === 200 && below(2) === 0)) {
        for (const gone of [key, `k${200 + below(700)}`]) {
          trees[which].delete(gone);
          maps[which].delete(gone);
        }
      } else {
        const value = `v${i}${'x'.repeat(below(50))}${below(200) === 0 ? 'L'.repeat(below(200_000)) : ''}`;
        trees[which].put(key, value);
        maps[which].set(key, value);
      }
      if (below(400) === 0) held.push({ snapshot: db.snapshot(), maps: maps.map((map) => new Map(map)) });
      if (held.length > 12 || (held.length > 0 && below(600) === 0)) {
        const [one] = held.splice(below(held.length), 1);
        check(one);
        one.snapshot.close();
      }
    }
    for (const one of held) check(one);
    for (const { snapshot } of held) snapshot.close();
  }, 120_000);

  it('costs memory for what was overwritten once, not for every time', async () => {
    db = await open(undefined, { cacheBytes: 32 * MIB });
    const tree = db.tree('t');
    for (let key = 0; key < 1000; key++) tree.put(`${key}`, 'before'.repeat(10));
    using snapshot = db.snapshot();
    for (let i = 0; i < 100_000; i++) tree.put(`${i % 1000}`, `${i}`.repeat(10));
    expect(db.stats().snapshots.keptBytes).toBeGreaterThan(60_000);
    expect(db.stats().snapshots.keptBytes).toBeLessThan(300_000);
    expect(text(snapshot.tree('t').get('7'))).toBe('before'.repeat(10));
    snapshot.close();
    await expect.poll(() => db.stats().snapshots.keptBytes, { timeout: 20_000 }).toBe(0);
  }, 60_000);

  it('fails as the oldest when more is kept than snapshotBytes; later ones go on', async () => {
    db = await open(undefined, { cacheBytes: 64 * MIB, snapshotBytes: 400_000 });
    const tree = db.tree('t');
    const held: Snapshot[] = [];
    for (let round = 0; round < 6; round++) {
      for (let key = 0; key < 1000; key++) tree.put(`${key}`, `round ${round}`.padEnd(100));
      held.push(db.snapshot());
    }
    expect(() => held[0].tree('t').get('5')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_SNAPSHOT_TOO_OLD' }));
    expect(() => [...held[0].tree('t').keys()]).toThrow(
      expect.objectContaining({ code: 'RIGHTLINK_SNAPSHOT_TOO_OLD' }),
    );
    expect(text(held[5].tree('t').get('5'))?.trim()).toBe('round 5');
    for (const snapshot of held) snapshot.close();
    expect(db.stats().snapshots.held).toBe(0);
  }, 60_000);

  it('is read by workers that write meanwhile, and by those it is shared with', async () => {
    db = await open(freshPath(), { cacheBytes: 64 * MIB });
    db.tree('left');
    db.tree('right');
    const snapshot = db.snapshot();
    const data = { shared: db.share(), snapshot: snapshot.share(), rounds: 150 };
    const workers = [0, 1, 2].map((worker) => {
      const keys = Array.from({ length: 40 }, (_, i) => `${i}.${worker}`);
      return startWorker('./support/pairs-worker.ts', import.meta.url, { workerData: { ...data, keys } });
    });
    const read = await Promise.all(workers.map((worker) => once(worker, 'message')));
    for (const [pairs] of read) expect(pairs).toBeGreaterThan(150 * 40);
    expect(snapshot.tree('left').first()).toBeUndefined();
    snapshot.close();
    await expect.poll(() => db.stats().snapshots.held).toBe(0);
  }, 120_000);

  it('ends with close, with its block, with its thread, and when it is garbage', async () => {
    db = await open(undefined, { cacheBytes: 16 * MIB });
    const tree = db.tree('t');
    tree.put('k', 'v');
    const snapshot = db.snapshot();
    const reader = db.snapshot(snapshot.share()).tree('t');
    expect(text(reader.get('k'))).toBe('v');
    snapshot.close();
    snapshot.close();
    expect(() => snapshot.tree('t')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_SNAPSHOT_CLOSED' }));
    tree.put('k', 'w');
    expect(() => reader.get('k')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_SNAPSHOT_CLOSED' }));
    const other = attach(db.share());
    other.snapshot();
    expect(db.stats().snapshots.held).toBe(1);
    other.close();
    expect(db.stats().snapshots.held).toBe(0);
    const worker = startWorker('./support/snapshot-holder.ts', import.meta.url, { workerData: { shared: db.share() } });
    await once(worker, 'message');
    expect(db.stats().snapshots.held).toBe(2);
    await worker.terminate();
    await expect.poll(() => db.stats().snapshots.held).toBe(0);
    db.snapshot();
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    await expect
      .poll(async () => {
        collect();
        await delay(5);
        return db.stats().snapshots.held;
      })
      .toBe(0);
  }, 60_000);

  it('says what is wrong: too many, none of this store’s, a tree that was dropped', async () => {
    db = await open(undefined, { cacheBytes: 16 * MIB });
    db.tree('t').put('k', 'v');
    const snapshot = db.snapshot();
    expect(() => db.snapshot({ slot: 1, word: 1, position: 1 })).toThrow(
      expect.objectContaining({ code: 'RIGHTLINK_ARGUMENT' }),
    );
    expect(snapshot.tree('later').get('k')).toBeUndefined();
    db.tree('later').put('k', 'v');
    expect([...snapshot.tree('later').keys()]).toEqual([]);
    expect(snapshot.hasTree('later')).toBe(false);
    db.dropTree('t');
    expect(snapshot.hasTree('t')).toBe(true);
    expect(() => snapshot.tree('t').get('k')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_TREE_DROPPED' }));
    const held = [snapshot];
    expect(() => {
      for (;;) held.push(db.snapshot());
    }).toThrow(expect.objectContaining({ code: 'RIGHTLINK_TOO_MANY_SNAPSHOTS' }));
    for (const each of held) each.close();
    db.snapshot().close();
  });
});

describe('an iterator', () => {
  it('shows one instant, whatever is written while it is under way, and holds nothing when it is over', async () => {
    db = await open(undefined, { cacheBytes: 32 * MIB });
    const tree = db.tree('t');
    for (let key = 0; key < 5000; key++) tree.put(`${key}`.padStart(4, '0'), 'old');
    let seen = 0;
    for (const [key, value] of tree.entries()) {
      expect(text(value)).toBe('old');
      expect(text(key)).toBe(`${seen++}`.padStart(4, '0'));
      tree.put(`${4999 - seen}`.padStart(4, '0'), 'new');
      tree.delete(`${seen + 100}`.padStart(4, '0'));
      tree.put(`${seen}+`.padStart(5, '0'), 'added');
    }
    expect(seen).toBe(5000);
    expect(db.stats().snapshots.held).toBe(0);
    for (const _ of tree.keys()) if (db.stats().snapshots.held === 1) break;
    for await (const _ of tree.keys()) if (db.stats().snapshots.held === 1) break;
    expect(db.stats().snapshots.held).toBe(0);
    expect([...tree.keys({ limit: 3 })].length).toBe(3);
  }, 60_000);
});

describe('log positions over a long life', () => {
  /** Moves the log on as if so many records had been written, with nothing under way. */
  function skip(to: number): void {
    const session: unknown = Reflect.get(db, 'session');
    if (!(session instanceof Session)) throw new Error('a store has a session');
    initialiseRing(session.memory, session.layout, to);
    session.synchroniseWithTail();
  }

  it('are told apart far beyond 31 bits, by records that were written long ago', async () => {
    db = await open(undefined, { cacheBytes: 32 * MIB });
    const tree = db.tree('t');
    let position = 1;
    const jumps = [2 ** 27, 2 ** 28, 2 ** 29, 2 ** 30, 2 ** 31, 2 ** 31 + 5, 2 ** 32, 2 ** 33 + 2 ** 28, 3 * 2 ** 35];
    for (const [round, jump] of jumps.entries()) {
      for (let key = 0; key < 300; key++) if (key % 10 >= round) tree.put(`${key}`, `${round}`);
      position += 100_000;
      skip(position);
      const snapshot = db.snapshot();
      for (let key = 0; key < 300; key += 3) tree.put(`${key}`, 'between');
      const expected = (key: number): string => (key % 3 === 0 && round > 0 ? 'any' : `${Math.min(round, key % 10)}`);
      for (let key = 0; key < 300; key++) {
        const found = text(snapshot.tree('t').get(`${key}`));
        if (expected(key) === 'any') continue;
        expect([key, found]).toEqual([key, expected(key)]);
      }
      const all = [...snapshot.tree('t').entries()].map(pair);
      for (const [key, value] of all as [string, string][]) expect(value).toBe(text(snapshot.tree('t').get(key)));
      expect(all.length).toBe(300);
      for (let key = 0; key < 300; key += 3) expect(text(tree.get(`${key}`))).toBe('between');
      snapshot.close();
      position += jump;
      skip(position);
    }
  }, 60_000);

  it('give a snapshot up that is half a billion behind, and not before', async () => {
    db = await open(undefined, { cacheBytes: 32 * MIB });
    const tree = db.tree('t');
    tree.put('k', 'v');
    const snapshot = db.snapshot();
    skip(2 ** 28);
    for (let i = 0; i < 1000; i++) tree.put('k', `${i}`);
    expect(text(snapshot.tree('t').get('k'))).toBe('v');
    skip(2 ** 29 + 1000);
    for (let i = 0; i < 1000; i++) tree.put('k', `${i}`);
    expect(() => snapshot.tree('t').get('k')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_SNAPSHOT_TOO_OLD' }));
  });
});
