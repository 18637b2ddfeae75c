/** What a user of a store sees: durability, threads that come and go, trees, iteration, the keeper's death, checkpoints. */
import { once } from 'node:events';
import { cpSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { attach, type Durability, open, type Store } from '../../engine/index.ts';
import { freshPath } from './support/directories.ts';
import { verifyTree } from './support/verify-tree.ts';

const text = (bytes: Uint8Array | undefined) => (bytes === undefined ? undefined : Buffer.from(bytes).toString());

/** Waits for something that another thread does; fails after half a minute. */
async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries === 6000) throw new Error('it did not come about');
    await delay(5);
  }
}

/** Opens a copy of the store's files as they are now: what a crash of the process would leave. */
async function openCrashed(path: string): Promise<Store> {
  for (;;) {
    const before = readdirSync(path).toString();
    const copy = freshPath();
    try {
      cpSync(path, copy, { recursive: true, filter: (source) => !source.endsWith('/lock') });
    } catch (error) {
      if (before === readdirSync(path).toString()) throw error;
    }
    // Files that came or went meanwhile belong to different moments.
    if (before === readdirSync(path).toString()) return open(copy);
  }
}

/** The worker that `action` starts in this thread. */
async function workerStartedBy(action: () => void): Promise<Worker> {
  const started = once(process, 'worker');
  action();
  const [worker] = (await started) as [Worker];
  return worker;
}

describe('durability', () => {
  it.each(['none', 'interval', 'eager'] as Durability[])(
    '%s: flush(), durable() and durableSync() mean a sync',
    async (durability) => {
      const path = freshPath();
      const db = await open(path, { durability, flushMs: 10 });
      const tree = db.tree('t');
      for (const [n, sync] of [() => db.flush(), () => db.durable(), async () => db.durableSync()].entries()) {
        tree.put(`k${n}`, `v${n}`);
        await sync();
        expect(db.stats().log.undurable).toBe(0);
        const crashed = await openCrashed(path);
        expect(text(crashed.tree('t').get(`k${n}`))).toBe(`v${n}`);
        await crashed.close();
      }
      expect(db.stats().log.syncs).toBeGreaterThanOrEqual(3);
      await Promise.all([db.flush(), db.durable(), db.flush()]); // nothing to do
      await db.close();
    },
  );

  it.each(['interval', 'eager'] as Durability[])('%s: syncs by itself', async (durability) => {
    const db = await open(freshPath(), { durability, flushMs: 20 });
    db.tree('t').put('k', 'v');
    await until(() => db.stats().log.undurable === 0);
    await db.close();
  });

  it('none: does not sync by itself, and close() does', async () => {
    const path = freshPath();
    const db = await open(path, { durability: 'none' });
    db.tree('t').put('k', 'v');
    await until(() => db.stats().log.unstaged === 0);
    await delay(50);
    expect(db.stats().log.syncs).toBe(0);
    await db.close();
    const again = await open(path);
    expect(text(again.tree('t').get('k'))).toBe('v');
    expect(again.stats().recovery).toMatchObject({ clean: true, truncated: null, logRecords: 2 });
    await again.close();
  });

  it('a store in memory has nothing to wait for', async () => {
    const db = await open();
    expect(db.path).toBeNull();
    db.tree('t').put('k', 'v');
    await db.flush();
    db.durableSync();
    await db.close();
  });
});

describe('handles', () => {
  it('`await using` closes, and attach() in the same thread works', async () => {
    const path = freshPath();
    const db = await open(path);
    const other = attach(db.share());
    other.tree('t').put('k', 'v');
    expect(text(db.tree('t').get('k'))).toBe('v');
    expect(other.path).toBe(db.path);
    await other[Symbol.asyncDispose]();
    expect(() => other.tree('t')).toThrow(/closed/);
    expect(text(db.tree('t').get('k'))).toBe('v');
    await db[Symbol.asyncDispose]();
    await (await open(path)).close();
  });

  it('slots are used again, and there is an end to them', async () => {
    const db = await open();
    const shared = db.share();
    for (let n = 0; n < 300; n++) {
      const handle = attach(shared);
      handle.tree('t').put(`k${n}`, 'v');
      handle.close();
      handle.close();
    }
    expect(db.stats().threads).toBe(1);
    const handles = Array.from({ length: 61 }, () => attach(shared));
    expect(db.stats().threads).toBe(62);
    expect(() => attach(shared)).toThrow(expect.objectContaining({ code: 'RIGHTLINK_TOO_MANY_THREADS' }));
    for (const handle of handles) handle.close();
    attach(shared).close();
    expect([...db.tree('t').keys()]).toHaveLength(300);
    await db.close();
  });
});

describe('trees', () => {
  it('are listed in order, dropped, and made anew', async () => {
    const path = freshPath();
    const db = await open(path);
    const names = ['b', 'a', 'ä', 'z'.repeat(1024), '日本'];
    for (const name of names) db.tree(name).put('k', name);
    expect(db.treeNames()).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const old = db.tree('a');
    expect(db.dropTree('a')).toBe(true);
    expect(db.hasTree('a')).toBe(false);
    expect(db.tree('a').get('k')).toBeUndefined();
    db.tree('a').put('new', 'v');
    expect(() => old.get('k')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_TREE_DROPPED' }));
    await db.flush();
    const crashed = await openCrashed(path);
    await db.close();
    for (const again of [crashed, await open(path)]) {
      expect(again.treeNames()).toHaveLength(names.length);
      expect([...again.tree('a').keys()].map(text)).toEqual(['new']);
      expect(text(again.tree('日本').get('k'))).toBe('日本');
      await again.close();
    }
  });

  it('give their memory back when they are dropped, large values included', async () => {
    const db = await open(undefined, { cacheBytes: 32 * 2 ** 20 });
    const used: number[] = [];
    for (let round = 0; round < 60; round++) {
      const tree = db.tree('t');
      for (let n = 0; n < 500; n++) tree.put(`k${n}`, 'x'.repeat(n));
      for (let n = 0; n < 4; n++) tree.put(`large ${n}`, new Uint8Array(300_000));
      db.dropTree('t');
      used.push(db.stats().memory.usedBytes);
      await delay(30);
    }
    await until(() => db.stats().memory.usedBytes < 2 ** 20);
    expect(Math.max(...used)).toBeLessThan(32 * 2 ** 20);
    await db.close();
  });

  it('hold many names', async () => {
    const path = freshPath();
    const db = await open(path);
    for (let n = 0; n < 1500; n++) db.tree(`tree ${n}`).put('n', String(n));
    for (let n = 0; n < 1500; n += 3) db.dropTree(`tree ${n}`);
    await db.close();
    const again = await open(path);
    expect(again.treeNames()).toHaveLength(1000);
    for (let n = 1; n < 1500; n += 3) {
      expect([...again.tree(`tree ${n}`).entries()].map(([key, value]) => `${text(key)}${text(value)}`)).toEqual([
        `n${n}`,
      ]);
    }
    await again.close();
  });
});

describe('ranges', () => {
  it('are iterated with and without waiting, again and again, and may be left', async () => {
    const db = await open();
    const tree = db.tree('t');
    for (let n = 0; n < 2000; n++) tree.put(String(n).padStart(4, '0'), String(n));
    const range = tree.entries({ gte: '0100', lt: '1900' });
    const plain = [...range].map(([key]) => text(key));
    const waited: (string | undefined)[] = [];
    for await (const [key] of range) waited.push(text(key));
    expect(waited).toEqual(plain);
    expect(plain).toHaveLength(1800);
    let turns = 0;
    const timer = setImmediate(function again() {
      turns++;
      timers.push(setImmediate(again));
    });
    const timers = [timer];
    for await (const _ of tree.keys()) if (turns > 1) break;
    for (const each of timers) clearImmediate(each);
    expect(turns).toBeGreaterThan(0); // others had their turn meanwhile
    for (const key of tree.keys()) tree.delete(key); // writing while reading
    expect(tree.first()).toBeUndefined();
    await db.close();
  });

  it('what was handed out stays as it was', async () => {
    const db = await open();
    const tree = db.tree('t');
    tree.put('a', 'first');
    tree.put('b', 'second');
    const value = tree.get('a');
    const [entry] = [...tree.entries()];
    const popped = tree.popFirst();
    for (let n = 0; n < 5000; n++) tree.put(`k${n}`, 'other '.repeat(20));
    expect([text(value), text(entry[0]), text(entry[1]), text(popped?.[1])]).toEqual(['first', 'a', 'first', 'first']);
    await db.close();
  });
});

describe('the keeper', () => {
  it('is started again when it dies, and loses nothing', async () => {
    const path = freshPath();
    const db = await open(path, { durability: 'eager', checkpointBytes: 2 ** 18 });
    const tree = db.tree('t');
    let keeper = await workerStartedBy(() => tree.put('n', '0'));
    for (let round = 1; round <= 6; round++) {
      const successor = workerStartedBy(() => undefined);
      for (let n = 0; n < 2000; n++) tree.put(`k${n % 700}`, `${round} ${n} ${'x'.repeat(n % 300)}`);
      if (round % 3 === 0) tree.put('large', new Uint8Array(3_000_000).fill(round));
      if (round % 2 === 0) await delay(round);
      await keeper.terminate();
      keeper = await successor;
      tree.put('n', String(round));
      await db.flush();
      const crashed = await openCrashed(path);
      expect(text(crashed.tree('t').get('n'))).toBe(String(round));
      expect(verifyTree(crashed.tree('t'))).toBe([...tree.keys()].length);
      for (const [key, value] of tree.entries()) {
        expect(Buffer.compare(crashed.tree('t').get(key) ?? new Uint8Array(1), value)).toBe(0);
      }
      await crashed.close();
    }
    await db.close();
    const again = await open(path);
    expect(again.stats().recovery.clean).toBe(true);
    expect(verifyTree(again.tree('t'))).toBeGreaterThan(700);
    await again.close();
  });
});

describe('checkpoints', () => {
  it('let old log go, and hold everything', async () => {
    const path = freshPath();
    const db = await open(path, { checkpointBytes: 2 ** 20, durability: 'none' });
    const tree = db.tree('t');
    const value = 'x'.repeat(2000);
    for (let n = 0; n < 30_000; n++) {
      tree.put(`k${n % 1000}`, `${n} ${value}`);
      if (n % 2500 === 0) await db.flush();
    }
    await db.flush();
    const images = () => readdirSync(path).filter((name) => name.startsWith('image-')).length;
    await until(() => images() === 1);
    expect(readdirSync(path)).not.toContain('log-0000000001');
    const crashed = await openCrashed(path);
    expect(crashed.stats().recovery.imageEntries).toBeGreaterThan(900);
    expect(crashed.stats().recovery.logRecords).toBeLessThan(30_000);
    for (let n = 29_000; n < 30_000; n++) expect(text(crashed.tree('t').get(`k${n % 1000}`))).toBe(`${n} ${value}`);
    await crashed.close();
    await db.close();
    const again = await open(path);
    expect(verifyTree(again.tree('t'))).toBe(1000);
    await again.close();
  });

  it('run beside trees that are dropped and made again', async () => {
    const path = freshPath();
    const db = await open(path, { checkpointBytes: 2 ** 16, durability: 'none' });
    for (let n = 0; n < 400; n++) {
      const tree = db.tree(`t${n % 7}`);
      for (let k = 0; k < 60; k++) tree.put(`k${k}`, `${n} ${'x'.repeat(100)}`);
      if (n % 3 === 0) db.dropTree(`t${(n * 5) % 7}`);
      if (n % 50 !== 49) continue;
      await db.flush();
      const crashed = await openCrashed(path);
      expect(crashed.treeNames()).toEqual(db.treeNames());
      for (const name of db.treeNames()) {
        expect([...crashed.tree(name).entries()].map(([k, v]) => `${text(k)} ${text(v)}`)).toEqual(
          [...db.tree(name).entries()].map(([k, v]) => `${text(k)} ${text(v)}`),
        );
      }
      await crashed.close();
    }
    await db.close();
  });
});
