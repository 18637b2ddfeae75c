/** Wrong arguments, wrong moments, wrong paths: a clear error each, and the store as it was. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attach, type Bytes, open, type Store, type Tree } from '../../engine/index.ts';
import { startProcess } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';

/** The code of the error that the action throws. */
function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `${error}`;
  }
  return 'nothing was thrown';
}

/** What a caller without types may pass. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe('arguments', () => {
  let db: Store;
  let tree: Tree;
  beforeAll(async () => {
    db = await open(undefined, { cacheBytes: 32 * 2 ** 20 });
    tree = db.tree('t');
    tree.put('kept', 'value');
  });
  afterAll(() => db.close());

  const longKey = new Uint8Array(1025);
  const longText = 'x'.repeat(1025);
  const withKey: Record<string, (key: Bytes) => unknown> = {
    get: (key) => tree.get(key),
    getView: (key) => tree.getView(key, () => 1),
    has: (key) => tree.has(key),
    put: (key) => tree.put(key, 'v'),
    delete: (key) => tree.delete(key),
    compareAndSwap: (key) => tree.compareAndSwap(key, undefined, 'v'),
    update: (key) => tree.update(key, () => 'v'),
    below: (key) => tree.below(key),
    above: (key) => tree.above(key),
    floor: (key) => tree.floor(key),
    ceiling: (key) => tree.ceiling(key),
    'a bound': (key) => [...tree.keys({ gte: key })],
    'a prefix': (key) => [...tree.keys({ prefix: key })],
  };

  it.each(Object.keys(withKey))('%s refuses keys that are too long, or none', (name) => {
    const call = withKey[name];
    expect(codeOf(() => call(longKey))).toBe('RIGHTLINK_KEY_TOO_LONG');
    expect(codeOf(() => call(longText))).toBe('RIGHTLINK_KEY_TOO_LONG');
    expect(codeOf(() => call('é'.repeat(513)))).toBe('RIGHTLINK_KEY_TOO_LONG');
    for (const wrong of [5, null, {}, [], new ArrayBuffer(2), new Uint16Array(1), Symbol('x'), () => 1]) {
      expect(codeOf(() => call(untyped(wrong)))).toBe('RIGHTLINK_ARGUMENT');
    }
  });

  it('values that are too long, or none, are refused', () => {
    const writes: Record<string, (value: Bytes) => unknown> = {
      put: (value) => tree.put('k', value),
      swap: (value) => tree.compareAndSwap('k', undefined, value),
      expected: (value) => tree.compareAndSwap('k', value, 'x'),
      update: (value) => tree.update('k', () => value),
    };
    for (const write of Object.values(writes)) {
      expect(codeOf(() => write(new Uint8Array(2 ** 24 + 1)))).toBe('RIGHTLINK_VALUE_TOO_LONG');
      for (const wrong of [5, null, {}, []]) expect(codeOf(() => write(untyped(wrong)))).toBe('RIGHTLINK_ARGUMENT');
    }
    expect(codeOf(() => tree.put('k', untyped(undefined)))).toBe('RIGHTLINK_ARGUMENT');
  });

  it('keys and values of the greatest length are taken', () => {
    tree.put(new Uint8Array(1024).fill(255), 'greatest');
    expect(Buffer.from(tree.last()?.[1] ?? []).toString()).toBe('greatest');
    const large = new Uint8Array(2 ** 24).fill(7);
    tree.put('large', large);
    expect(Buffer.compare(tree.get('large') ?? new Uint8Array(0), large)).toBe(0);
    expect(tree.delete('large')).toBe(true);
    expect(tree.delete(new Uint8Array(1024).fill(255))).toBe(true);
  });

  it('ranges, names of trees and shared stores are checked', () => {
    for (const limit of [-1, 1.5, Number.NaN, '3']) {
      expect(codeOf(() => [...tree.entries({ limit: untyped(limit) })])).toBe('RIGHTLINK_ARGUMENT');
    }
    expect(codeOf(() => tree.entries(untyped(null)))).toBe('RIGHTLINK_ARGUMENT');
    for (const name of ['', 5, undefined, null]) {
      expect(codeOf(() => db.tree(untyped(name)))).toBe('RIGHTLINK_ARGUMENT');
      expect(codeOf(() => db.dropTree(untyped(name)))).toBe('RIGHTLINK_ARGUMENT');
      expect(codeOf(() => db.hasTree(untyped(name)))).toBe('RIGHTLINK_ARGUMENT');
    }
    expect(codeOf(() => db.tree('x'.repeat(1025)))).toBe('RIGHTLINK_KEY_TOO_LONG');
    for (const shared of [undefined, null, 5, {}, { rightlink: 1 }, { rightlink: 2, buffer: 1, layout: 1 }]) {
      expect(codeOf(() => attach(untyped(shared)))).toBe('RIGHTLINK_ARGUMENT');
    }
  });

  it.each([
    { cacheBytes: 1 },
    { cacheBytes: Number.NaN },
    { cacheBytes: 2 ** 50 },
    { durability: 'always' },
    { flushMs: 0 },
    { flushMs: Number.NaN },
    { checkpointBytes: 5 },
  ])('open() refuses %o', async (options) => {
    await expect(open(undefined, untyped(options))).rejects.toMatchObject({ code: 'RIGHTLINK_ARGUMENT' });
  });

  it('open() refuses paths that are none', async () => {
    for (const path of ['', 5, null]) {
      await expect(open(untyped(path))).rejects.toMatchObject({ code: 'RIGHTLINK_ARGUMENT' });
    }
  });

  it('left the tree as it was', () => {
    expect([...tree.keys()].map((key) => Buffer.from(key).toString())).toEqual(['kept']);
  });

  it('an error in a function that the caller gave passes through, and leaves the store usable', () => {
    const fail = () => {
      throw new Error('mine');
    };
    expect(() => tree.getView('kept', fail)).toThrow('mine');
    expect(() => tree.update('kept', fail)).toThrow('mine');
    expect(Buffer.from(tree.get('kept') ?? []).toString()).toBe('value');
  });
});

describe('a store that is closed', () => {
  it('refuses everything, in all threads’ handles', async () => {
    const db = await open(freshPath(), { cacheBytes: 16 * 2 ** 20 });
    const shared = db.share();
    const other = attach(shared);
    const tree = db.tree('t');
    const others = other.tree('t');
    tree.put('k', 'v');
    const range = tree.entries()[Symbol.iterator]();
    await db.close();
    await db.close();
    for (const t of [tree, others]) {
      const calls = [
        () => t.get('k'),
        () => t.has('k'),
        () => t.put('k', 'v'),
        () => t.put('k', new Uint8Array(100_000)),
        () => t.delete('k'),
        () => t.compareAndSwap('k', undefined, undefined),
        () => t.update('k', () => 'x'),
        () => t.first(),
        () => t.popLast(),
        () => [...t.entries()],
      ];
      for (const call of calls) expect(codeOf(call)).toBe('RIGHTLINK_CLOSED');
    }
    expect(codeOf(() => range.next())).toBe('RIGHTLINK_CLOSED');
    for (const handle of [db, other]) {
      const calls = [
        () => handle.tree('t'),
        () => handle.treeNames(),
        () => handle.hasTree('t'),
        () => handle.dropTree('t'),
        () => handle.share(),
        () => handle.stats(),
        () => handle.durableSync(),
      ];
      for (const call of calls) expect(codeOf(call)).toBe('RIGHTLINK_CLOSED');
      await expect(handle.flush()).rejects.toMatchObject({ code: 'RIGHTLINK_CLOSED' });
      await expect(handle.durable()).rejects.toMatchObject({ code: 'RIGHTLINK_CLOSED' });
    }
    expect(codeOf(() => attach(shared))).toBe('RIGHTLINK_CLOSED');
    other.close();
  });

  it('a tree that was dropped refuses everything, for ever', async () => {
    const db = await open(undefined, { cacheBytes: 16 * 2 ** 20 });
    const tree = db.tree('t');
    for (let n = 0; n < 3000; n++) tree.put(`k${n}`, 'v');
    expect(db.dropTree('t')).toBe(true);
    expect(db.dropTree('t')).toBe(false);
    const refused = () => {
      for (const call of [() => tree.get('k'), () => tree.put('k', 'v'), () => tree.first(), () => [...tree.keys()]]) {
        expect(codeOf(call)).toBe('RIGHTLINK_TREE_DROPPED');
      }
      expect(codeOf(() => tree.put('k', new Uint8Array(50_000)))).toBe('RIGHTLINK_TREE_DROPPED');
      expect(codeOf(() => tree.popFirst())).toBe('RIGHTLINK_TREE_DROPPED');
    };
    refused();
    // Also when its pages have long been others'.
    for (let round = 0; round < 12; round++) {
      const next = db.tree(`next ${round}`);
      for (let n = 0; n < 3000; n++) next.put(`k${n}`, `${round}`);
      await new Promise((resolve) => setTimeout(resolve, 60));
      refused();
    }
    expect(db.treeNames()).toHaveLength(12);
    for (const name of db.treeNames()) expect([...db.tree(name).keys()]).toHaveLength(3000);
    await db.close();
  });
});

describe('paths', () => {
  it('a second open of the same path names the process', async () => {
    const path = freshPath();
    const db = await open(path);
    const locked = { code: 'RIGHTLINK_LOCKED', pid: process.pid, sameProcess: true };
    await expect(open(path)).rejects.toMatchObject(locked);
    await expect(open(`${path}/../store/`)).rejects.toMatchObject(locked);
    await db.close();
    await (await open(path)).close();
  });

  it('another process has it open: refused while it lives, taken over when it is dead', async () => {
    const path = freshPath();
    const child = startProcess('./support/holding-process.ts', import.meta.url, [path]);
    await once(child, 'message');
    await expect(open(path)).rejects.toMatchObject({ code: 'RIGHTLINK_LOCKED', pid: child.pid, sameProcess: false });
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const db = await open(path);
    expect(Buffer.from(db.tree('t').get('k') ?? []).toString()).toBe('v');
    await db.close();
  });

  it('what is no store is left alone', async () => {
    const path = freshPath();
    mkdirSync(path);
    writeFileSync(join(path, 'diary.txt'), 'mine');
    await expect(open(path)).rejects.toMatchObject({ code: 'RIGHTLINK_NOT_A_STORE' });
    await expect(open(join(path, 'diary.txt'))).rejects.toMatchObject({ code: 'RIGHTLINK_NOT_A_STORE' });
    expect(readFileSync(join(path, 'diary.txt'), 'utf8')).toBe('mine');
    await expect(open(join(path, 'no', 'such', 'parent', '\0'))).rejects.toThrow();
  });
});
