/**
 * What a writer does, as a function of its seed and nothing else: so whoever knows how many of its operations were done
 * knows what it must have left. Each writer has trees and keys of its own.
 */
import type { Database, Tree } from '../../../engine/index.ts';
import { seededRandom } from '../../wal/random.ts';

/** One operation of a script. `tree` is a number of the writer's trees. */
export type ScriptOperation =
  | { readonly kind: 'put'; readonly tree: number; readonly key: string; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly tree: number; readonly key: string }
  | { readonly kind: 'popFirst' | 'popLast' | 'drop'; readonly tree: number };

/** How many trees a writer has. The first is never dropped. */
const TREES = 3;

/** The name of a writer's tree. */
export function treeName(writer: number, tree: number): string {
  return `writer ${writer} tree ${tree}`;
}

/** The operations of a writer, without end. */
export function* script(writer: number, largeBytes: number): Generator<ScriptOperation, never> {
  const random = seededRandom(writer * 7919 + 17);
  for (let n = 1; ; n++) {
    const tree = random(8) === 0 ? 1 + random(TREES - 1) : 0;
    const dice = random(1000);
    const key = keyOf(random);
    if (tree > 0 && dice < 15) yield { kind: 'drop', tree };
    else if (dice < 620)
      yield { kind: 'put', tree, key, value: numbered(n, random(24) === 0 ? random(700) : random(60)) };
    else if (dice < 626) yield { kind: 'put', tree, key, value: numbered(n, random(largeBytes)) };
    else if (dice < 900) yield { kind: 'delete', tree, key };
    else yield { kind: dice < 950 ? 'popFirst' : 'popLast', tree };
  }
}

function keyOf(random: (bound: number) => number): string {
  const number = random(1000);
  return `${'k'.repeat(1 + (number % 7))}${String(number).padStart(5, '0')}${number % 50 === 0 ? '-long'.repeat(150) : ''}`;
}

function numbered(n: number, bytes: number): Uint8Array {
  const value = Buffer.alloc(4 + bytes, n & 0xff);
  value.writeUInt32LE(n);
  return value;
}

/** Does operations of a script on a store. */
export class ScriptRunner {
  private readonly db: Database;
  private readonly writer: number;
  private readonly trees: (Tree | undefined)[] = [];

  constructor(db: Database, writer: number) {
    this.db = db;
    this.writer = writer;
  }

  do(operation: ScriptOperation): void {
    if (operation.kind === 'drop') {
      this.db.dropTree(treeName(this.writer, operation.tree));
      this.trees[operation.tree] = undefined;
      return;
    }
    const tree = this.tree(operation.tree);
    if (operation.kind === 'put') this.put(tree, operation.key, operation.value);
    else if (operation.kind === 'delete') tree.delete(operation.key);
    else tree[operation.kind]();
  }

  /** A put in one of the three ways there are. */
  private put(tree: Tree, key: string, value: Uint8Array): void {
    if (value.length % 3 === 0) tree.put(key, value);
    else if (value.length % 3 === 1) tree.update(key, () => value);
    else if (!tree.compareAndSwap(key, tree.get(key), value)) throw new Error('a lone writer lost a compare-and-swap');
  }

  private tree(number: number): Tree {
    const tree = this.trees[number] ?? this.db.tree(treeName(this.writer, number));
    this.trees[number] = tree;
    return tree;
  }
}

/** A writer's trees as they must be after some of its operations. Keys are ASCII. */
export class ScriptModel {
  readonly trees: Map<string, Uint8Array>[] = Array.from({ length: TREES }, () => new Map());
  done = 0;
  private readonly operations: Generator<ScriptOperation, never>;
  private readonly touched: (tree: number, key: string) => void;

  /** @param touched is told of each key whose value may have changed */
  constructor(writer: number, largeBytes: number, touched: (tree: number, key: string) => void = () => undefined) {
    this.operations = script(writer, largeBytes);
    this.touched = touched;
  }

  /** Does the writer's next operation. */
  step(): void {
    const operation = this.operations.next().value;
    const map = this.trees[operation.tree];
    this.done++;
    if (operation.kind === 'put') map.set(operation.key, operation.value);
    else if (operation.kind === 'delete') map.delete(operation.key);
    if (operation.kind === 'put' || operation.kind === 'delete') this.touched(operation.tree, operation.key);
    else if (operation.kind === 'drop') this.drop(operation.tree);
    else this.pop(operation.tree, operation.kind === 'popLast');
  }

  private pop(tree: number, last: boolean): void {
    let edge: string | undefined;
    for (const key of this.trees[tree].keys()) if (edge === undefined || key > edge === last) edge = key;
    if (edge === undefined) return;
    this.trees[tree].delete(edge);
    this.touched(tree, edge);
  }

  private drop(tree: number): void {
    const keys = [...this.trees[tree].keys()];
    this.trees[tree].clear();
    for (const key of keys) this.touched(tree, key);
  }
}

/**
 * Finds how many of a writer's operations a store holds: at least `atLeast`, at most `atMost`. Throws when its trees are
 * as they never were in between.
 */
export function findProgress(
  db: Database,
  writer: number,
  largeBytes: number,
  atLeast: number,
  atMost: number,
): number {
  const found = readTrees(db, writer);
  let different = 0;
  const wrong = Array.from({ length: TREES }, () => new Set<string>());
  const judge = (tree: number, key: string) => {
    const expected = model.trees[tree].get(key);
    const actual = found[tree].get(key);
    const same = expected === undefined ? actual === undefined : actual !== undefined && equal(expected, actual);
    if (same === wrong[tree].has(key)) different += same ? -1 : 1;
    if (same) wrong[tree].delete(key);
    else wrong[tree].add(key);
  };
  const model = new ScriptModel(writer, largeBytes, judge);
  found.forEach((map, tree) => {
    for (const key of map.keys()) judge(tree, key);
  });
  let least = Number.POSITIVE_INFINITY;
  let nearest = 0;
  for (;;) {
    if (different === 0 && model.done >= atLeast) return model.done;
    if (model.done >= atLeast && different < least) {
      least = different;
      nearest = model.done;
    }
    if (model.done === atMost) break;
    model.step();
  }
  throw new Error(
    `writer ${writer}: the store is in no state that it had after ${atLeast} to ${atMost} operations; ` +
      `after ${nearest}, ${least} of its keys differ`,
  );
}

function readTrees(db: Database, writer: number): Map<string, Uint8Array>[] {
  return Array.from({ length: TREES }, (_, tree) => {
    const map = new Map<string, Uint8Array>();
    const name = treeName(writer, tree);
    if (db.hasTree(name))
      for (const [key, value] of db.tree(name).entries()) map.set(Buffer.from(key).toString(), value);
    return map;
  });
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
