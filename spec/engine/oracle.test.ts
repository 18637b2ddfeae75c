/** Random operations on several trees, from several handles, over closings and crashes, against a sorted map. */
import { cpSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { attach, type Database, type OpenOptions, open, type Store } from '../../engine/index.ts';
import { freshPath } from './support/directories.ts';
import { OracleStore, sameResult, treeOperation } from './support/model-commands.ts';

const OPTIONS: OpenOptions = { cacheBytes: 192 * 2 ** 20, durability: 'none', checkpointBytes: 2 ** 21 };
const NAMES = ['a', 'b', 'ü'];

/** The store's side: one of several handles does each operation. */
class Real {
  path: string | undefined;
  store: Store;
  handles: Database[] = [];

  constructor(store: Store, path: string | undefined) {
    this.path = path;
    this.store = store;
  }

  /** The handle of one of `count` users; attached when first needed. */
  handle(user: number): Database {
    if (user === 0) return this.store;
    this.handles[user] ??= attach(this.store.share());
    return this.handles[user];
  }
}

type Command = fc.AsyncCommand<OracleStore, Real>;

function command(label: string, run: (model: OracleStore, real: Real) => void | Promise<void>): Command {
  return { check: () => true, run: async (model, real) => run(model, real), toString: () => label };
}

const user = fc.nat(3);
const name = fc.constantFrom(...NAMES);

const commands = [
  fc.tuple(treeOperation, user, name).map(([operation, who, tree]) =>
    command(`${operation.label} ${tree} by ${who}`, (model, real) => {
      const [actual, expected] = operation.run(real.handle(who).tree(tree), model.tree(tree));
      if (!sameResult(actual, expected)) expect(actual).toEqual(expected);
    }),
  ),
];
const rare = [
  fc.tuple(user, name).map(([who, tree]) =>
    command(`drop ${tree} by ${who}`, (model, real) => {
      expect(real.handle(who).dropTree(tree)).toBe(model.trees.delete(tree));
      expect(real.handle(who).treeNames()).toEqual([...model.trees.keys()].sort());
    }),
  ),
  fc.constant(
    command('reopen', async (model, real) => {
      if (real.path === undefined) return;
      await real.store.close();
      real.store = await open(real.path, OPTIONS);
      real.handles = [];
      expect(real.store.stats().recovery.clean).toBe(true);
      verify(model, real);
    }),
  ),
  fc.constant(
    command('crash', async (model, real) => {
      if (real.path === undefined) return;
      await real.store.flush();
      const path = await copyOf(real.path);
      await real.store.close();
      real.path = path;
      real.store = await open(path, OPTIONS);
      real.handles = [];
      verify(model, real);
    }),
  ),
  user.map((who) =>
    command(`detach ${who}`, (_, real) => {
      const handle = real.handles[who];
      if (handle === undefined) return;
      real.handles.splice(who, 1, ...[]);
      if ('close' in handle && typeof handle.close === 'function') handle.close();
      real.handles = [];
    }),
  ),
];

/** The files as they are at one moment: what a crash of the process would leave. */
async function copyOf(path: string): Promise<string> {
  for (;;) {
    const before = readdirSync(path).toString();
    const copy = freshPath();
    try {
      cpSync(path, copy, { recursive: true, filter: (source) => !source.endsWith('/lock') });
    } catch (error) {
      if (before === readdirSync(path).toString()) throw error;
    }
    if (before === readdirSync(path).toString()) return copy;
  }
}

function verify(model: OracleStore, real: Real): void {
  expect(real.store.treeNames()).toEqual([...model.trees.keys()].sort());
  for (const [tree, oracle] of model.trees) {
    for (const reverse of [false, true]) {
      const actual = [...real.store.tree(tree).entries({ reverse })];
      const expected = oracle.range({ reverse });
      if (!sameResult(actual, expected)) expect(actual.map(([key]) => key)).toEqual(expected.map(([key]) => key));
      expect(sameResult(actual, expected)).toBe(true);
    }
  }
}

it.each([
  ['on disk', 3],
  ['in memory', 60],
])(
  'agrees with a sorted map, %s',
  async (where, runs) => {
    const each = fc.oneof(
      { weight: 24, arbitrary: commands[0] },
      ...rare.map((arbitrary) => ({ weight: 1, arbitrary })),
    );
    const seed = process.env.RIGHTLINK_SEED;
    await fc.assert(
      fc.asyncProperty(fc.commands([each], { maxCommands: 150, size: 'max' }), async (list) => {
        const path = where === 'on disk' ? freshPath() : undefined;
        const real = new Real(await open(path, OPTIONS), path);
        const model = new OracleStore();
        try {
          await fc.asyncModelRun(() => ({ model, real }), list);
          verify(model, real);
        } finally {
          await real.store.close();
        }
      }),
      { numRuns: runs, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  },
  120_000,
);
