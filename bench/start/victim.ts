import type { SharedStore } from '../../engine/index.ts';
import { open } from '../../engine/index.ts';
import { startWorker } from '../../spec/workers/start.ts';
import { WRITERS } from './history.ts';

/*
 * The process that gets killed: opens the store and writes from several threads, each its own sequence of operations.
 * Tells its parent which of them are acknowledged as durable. Arguments: the store's directory, and for each thread the
 * operation to go on with.
 */

/** What a thread of the process is given. */
export interface VictimTask {
  shared: SharedStore;
  tree: string;
  thread: number;
  first: number;
  /** How many operations of each thread have returned, as 32-bit words. */
  returned: SharedArrayBuffer;
}

/** An acknowledgement: the first so many operations of the thread are durable. */
export interface Acknowledgement {
  thread: number;
  durable: number;
}

const [directory, ...firsts] = process.argv.slice(2);
const store = await open(directory, { durability: 'eager' });
const returned = new Int32Array(new SharedArrayBuffer(WRITERS * 4));
for (const [thread, first] of firsts.entries()) {
  returned[thread] = Number(first);
}
for (const [thread, first] of firsts.entries()) {
  const workerData: VictimTask = {
    shared: store.share(),
    tree: 'history',
    thread,
    first: Number(first),
    returned: returned.buffer,
  };
  const worker = startWorker('./victim-writer.ts', import.meta.url, { workerData });
  worker.on('message', (acknowledgement: Acknowledgement) => process.send?.(acknowledgement));
}
