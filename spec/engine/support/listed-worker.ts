/** A thread that does a list of operations on its own keys of a shared tree, then ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../engine/index.ts';

/** `[key, value]` puts, `[key, null]` deletes. */
export type ListedOperation = readonly [key: string, value: string | null];

const { shared, operations } = workerData;
const list: readonly ListedOperation[] = operations;
const db = attach(shared);
const tree = db.tree('shared');
for (const [key, value] of list) {
  if (value === null) tree.delete(key);
  else tree.put(key, value);
}
parentPort?.postMessage('done');
db.close();
