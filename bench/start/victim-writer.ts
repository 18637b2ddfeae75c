import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../engine/index.ts';
import { runOperation, WRITERS } from './history.ts';
import type { Acknowledgement, VictimTask } from './victim.ts';

/*
 * A thread of the process that gets killed: writes for ever, and says after each group's sync how far it is durable.
 */

const OPERATIONS_A_SYNC = 50;

const task: VictimTask = workerData;
const store = attach(task.shared);
const tree = store.tree(task.tree);
const returned = new Int32Array(task.returned);
const other = (task.thread + 1) % WRITERS;

for (let index = task.first; ; index++) {
  runOperation(tree, task.thread, index, Atomics.load(returned, other));
  Atomics.store(returned, task.thread, index + 1);
  if ((index + 1) % OPERATIONS_A_SYNC === 0) {
    store.durableSync();
    const acknowledgement: Acknowledgement = { thread: task.thread, durable: index + 1 };
    parentPort?.postMessage(acknowledgement);
  }
}
