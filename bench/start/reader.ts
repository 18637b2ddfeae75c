import { parentPort, workerData } from 'node:worker_threads';
import { attach, type Tree } from '../../engine/index.ts';
import { countryPrefix, decodeCity } from '../cities.ts';
import { assertSame, Difference, show } from './difference.ts';
import { type LoadTask, type ReaderResult, STOP } from './load-state.ts';
import { Source } from './source.ts';

/*
 * A worker thread that reads while others write: single keys, countries, and stretches of keys in both directions. What
 * was written before it looked it must find; what it finds must be right and in order.
 */

const GETS_A_ROUND = 500;
const STRETCH_RECORDS = 400;

const task: LoadTask = workerData;
using store = attach(task.shared);
const tree = store.tree(task.tree);
const source = new Source(task.source);
const state = new Int32Array(task.state);
const written = new Uint8Array(task.written);
const result: ReaderResult = { gets: 0, scans: 0, entries: 0 };

while (Atomics.load(state, STOP) === 0) {
  for (let i = 0; i < GETS_A_ROUND; i++) getOne(tree, anyIndex());
  scanStretch(tree, anyIndex(), false);
  scanStretch(tree, anyIndex(), true);
  scanCountry(tree, anyIndex());
}
parentPort?.postMessage(result);

function anyIndex(): number {
  return Math.floor(Math.random() * source.count);
}

function getOne(tree: Tree, index: number): void {
  const mustBe = Atomics.load(written, index) === 1;
  const value = tree.get(source.key(index));
  if (value !== undefined || mustBe) assertSame('get while others write', value, source.value(index));
  result.gets++;
}

function scanStretch(tree: Tree, from: number, reverse: boolean): void {
  const to = Math.min(from + STRETCH_RECORDS, source.count);
  const mustBe = written.slice(from, to);
  const lt = to === source.count ? undefined : source.key(to);
  const entries = tree.entries({ gte: source.key(from), lt, reverse });
  compare(reverse ? [...entries].reverse() : entries, from, to, mustBe);
}

function scanCountry(tree: Tree, index: number): void {
  const prefix = countryPrefix(decodeCity(source.value(index).slice()).country);
  const from = source.ceiling(prefix);
  const end = prefix.slice();
  end[end.length - 1]++;
  const to = source.ceiling(end);
  const mustBe = written.slice(from, to);
  compare(tree.entries({ prefix }), from, to, mustBe);
}

/** The entries must be records of the source, in its order; of those that had been written before, none may be missing. */
function compare(entries: Iterable<[Uint8Array, Uint8Array]>, from: number, to: number, mustBe: Uint8Array): void {
  let next = from;
  for (const [key, value] of entries) {
    const index = source.ceiling(key);
    if (index < next || index >= to) throw new Difference('scan while others write', `${show(key)} is out of order`);
    assertNoneSkipped(next, index, from, mustBe);
    assertSame('scan while others write', key, source.key(index));
    assertSame('scan while others write', value, source.value(index));
    next = index + 1;
    result.entries++;
  }
  assertNoneSkipped(next, to, from, mustBe);
  result.scans++;
}

function assertNoneSkipped(next: number, index: number, from: number, mustBe: Uint8Array): void {
  const skipped = mustBe.subarray(next - from, index - from).indexOf(1);
  if (skipped >= 0) throw new Difference('scan while others write', `${show(source.key(next + skipped))} is missing`);
}
