import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../engine/index.ts';
import { type LoaderResult, type LoadTask, NEXT, WRITTEN } from './load-state.ts';
import { Source } from './source.ts';

/*
 * A worker thread that writes records: it takes a few at a time, in the order given, until none is left.
 */

const RECORDS_AT_A_TIME = 64;

const task: LoadTask = workerData;
using store = attach(task.shared);
const tree = store.tree(task.tree);
const source = new Source(task.source);
const order = new Uint32Array(task.order);
const state = new Int32Array(task.state);
const written = new Uint8Array(task.written);

const start = process.hrtime.bigint();
for (;;) {
  const from = Atomics.add(state, NEXT, RECORDS_AT_A_TIME);
  if (from >= source.count) break;
  const to = Math.min(from + RECORDS_AT_A_TIME, source.count);
  for (let i = from; i < to; i++) {
    const index = order[i];
    tree.put(source.key(index), source.value(index));
    Atomics.store(written, index, 1);
  }
  Atomics.add(state, WRITTEN, to - from);
}
const result: LoaderResult = { start, end: process.hrtime.bigint() };
parentPort?.postMessage(result);
