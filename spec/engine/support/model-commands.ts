/** Commands for the property test: each does one operation on a store and on the oracle, and compares. */
import fc from 'fast-check';
import type { RangeOptions, Tree } from '../../../engine/index.ts';
import { type OracleEntry, SortedOracle } from './sorted-oracle.ts';

/** The oracle's side: the trees by name. */
export class OracleStore {
  trees = new Map<string, SortedOracle>();

  tree(name: string): SortedOracle {
    const tree = this.trees.get(name) ?? new SortedOracle();
    this.trees.set(name, tree);
    return tree;
  }
}

/** An operation on one tree: does it on both sides and gives what came back. */
export type TreeOperation = (tree: Tree, oracle: SortedOracle) => [actual: unknown, expected: unknown];

/** Few parts, so that keys collide and share prefixes; all lengths; many bytes 0xff and 0. */
const key = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 3, max: 3 }) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(40), fc.nat(30)).map(([n, length]) => Buffer.from('p'.repeat(length) + n)) },
  { weight: 2, arbitrary: fc.nat(1024).map((length) => new Uint8Array(length).fill(255)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 1024 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(1020), fc.nat(255)).map(([length, end]) => new Uint8Array(length + 1).fill(end, length)),
  },
);

const length = fc.oneof(
  { weight: 60, arbitrary: fc.nat(200) },
  { weight: 8, arbitrary: fc.nat(5000) },
  { weight: 3, arbitrary: fc.nat(200_000) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 24, 2 ** 24 - 1, 65_536, 5_000_000) },
);

const value = fc.tuple(length, fc.nat(255)).map(([bytes, fill]) => new Uint8Array(bytes).fill(fill));

const bound = fc.option(key, { nil: undefined });
const range: fc.Arbitrary<RangeOptions> = fc.record({
  gt: bound,
  gte: bound,
  lt: bound,
  lte: bound,
  prefix: fc.option(
    key.map((bytes) => bytes.subarray(0, 4)),
    { nil: undefined },
  ),
  reverse: fc.option(fc.boolean(), { nil: undefined }),
  limit: fc.option(fc.nat(20), { nil: undefined }),
});

/** At most one lower and one upper bound most of the time: else nearly all ranges are empty. */
const sparseRange = fc.tuple(range, fc.nat(31)).map(([options, mask]) => ({
  ...options,
  gt: (mask & 1) === 0 ? undefined : options.gt,
  gte: (mask & 2) === 0 ? undefined : options.gte,
  lt: (mask & 4) === 0 ? undefined : options.lt,
  lte: (mask & 8) === 0 ? undefined : options.lte,
  prefix: (mask & 16) === 0 ? undefined : options.prefix,
}));

/** Any operation of a tree. */
export const treeOperation: fc.Arbitrary<{ label: string; run: TreeOperation }> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(key, value).map(([k, v]) => named('put', put(k, v))) },
  {
    weight: 4,
    arbitrary: fc.tuple(key, fc.nat(300), fc.nat(255)).map(([k, n, fill]) => named('putMany', putMany(k, n, fill))),
  },
  { weight: 2, arbitrary: fc.nat(400).map((n) => named('deleteMany', deleteMany(n))) },
  { weight: 4, arbitrary: key.map((k) => named('delete', (tree, oracle) => [tree.delete(k), oracle.delete(k)])) },
  { weight: 3, arbitrary: key.map((k) => named('get', (tree, oracle) => [tree.get(k), oracle.get(k)])) },
  { weight: 1, arbitrary: key.map((k) => named('has', (tree, oracle) => [tree.has(k), oracle.get(k) !== undefined])) },
  {
    weight: 1,
    arbitrary: key.map((k) =>
      named('getView', (tree, oracle) => [tree.getView(k, (view) => view.slice()), oracle.get(k)]),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(key, value, fc.nat(3)).map(([k, v, how]) => named('compareAndSwap', swap(k, v, how))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(key, value, fc.boolean())
      .map(([k, v, gone]) => named('update', update(k, gone ? undefined : v))),
  },
  { weight: 1, arbitrary: fc.constant(named('popFirst', (tree, oracle) => [tree.popFirst(), popped(oracle, false)])) },
  { weight: 1, arbitrary: fc.constant(named('popLast', (tree, oracle) => [tree.popLast(), popped(oracle, true)])) },
  { weight: 4, arbitrary: key.map((k) => named('neighbours', neighbours(k))) },
  { weight: 4, arbitrary: sparseRange.map((options) => named('range', ranges(options))) },
);

function named(label: string, run: TreeOperation): { label: string; run: TreeOperation } {
  return { label, run };
}

function put(k: Uint8Array, v: Uint8Array): TreeOperation {
  return (tree, oracle) => [tree.put(k, v), oracle.put(k, v)];
}

/** Enough neighbouring keys to split leaves. */
function putMany(k: Uint8Array, count: number, fill: number): TreeOperation {
  return (tree, oracle) => {
    for (let n = 0; n < count; n++) {
      const each = Buffer.concat([k.subarray(0, 1000), Buffer.from(String((n * 7) % count))]);
      const v = new Uint8Array(n % 90).fill(fill);
      tree.put(each, v);
      oracle.put(each, v);
    }
    return [undefined, undefined];
  };
}

/** Enough to empty leaves. */
function deleteMany(count: number): TreeOperation {
  return (tree, oracle) => {
    const keys = oracle.range({ limit: count }).map(([k]) => k);
    return [keys.map((k) => tree.delete(k)), keys.map((k) => oracle.delete(k))];
  };
}

function swap(k: Uint8Array, v: Uint8Array, how: number): TreeOperation {
  return (tree, oracle) => {
    const old = oracle.get(k);
    const expected = how === 0 ? undefined : how === 1 ? v : old;
    const next = how === 3 ? undefined : v;
    const applies = (old === undefined) === (expected === undefined) && (old === undefined || same(old, expected));
    if (applies && next === undefined) oracle.delete(k);
    else if (applies && next !== undefined) oracle.put(k, next);
    return [tree.compareAndSwap(k, expected, next), applies];
  };
}

function update(k: Uint8Array, v: Uint8Array | undefined): TreeOperation {
  return (tree, oracle) => {
    const seen: (Uint8Array | undefined)[] = [];
    const actual = tree.update(k, (old) => {
      seen.push(old);
      return v;
    });
    const expected = oracle.get(k);
    if (v === undefined) oracle.delete(k);
    else oracle.put(k, v);
    return [
      [actual, seen],
      [v, [expected]],
    ];
  };
}

function popped(oracle: SortedOracle, last: boolean): OracleEntry | undefined {
  const entry = oracle.edge({ reverse: last });
  if (entry !== undefined) oracle.delete(entry[0]);
  return entry;
}

function neighbours(k: Uint8Array): TreeOperation {
  return (tree, oracle) => [
    [tree.first(), tree.last(), tree.below(k), tree.above(k), tree.floor(k), tree.ceiling(k)],
    [
      oracle.edge({}),
      oracle.edge({ reverse: true }),
      oracle.edge({ lt: k, reverse: true }),
      oracle.edge({ gt: k }),
      oracle.edge({ lte: k, reverse: true }),
      oracle.edge({ gte: k }),
    ],
  ];
}

function ranges(options: RangeOptions): TreeOperation {
  return (tree, oracle) => {
    const expected = oracle.range(options);
    return [
      [[...tree.entries(options)], [...tree.keys(options)], [...tree.values(options)]],
      [expected, expected.map(([k]) => k), expected.map(([, v]) => v)],
    ];
  };
}

function same(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0;
}

/** Whether two results are the same: arrays by their parts, bytes by their content. Fast for large values. */
export function sameResult(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, i) => sameResult(each, b[i]));
  return a === b;
}
