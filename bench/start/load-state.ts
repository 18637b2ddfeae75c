import type { SharedStore } from '../../engine/index.ts';
import type { PackedSource } from './source.ts';

/*
 * What the threads of the loading share, beside the store.
 */

/** Words of {@link LoadTask.state}: the next place in the order to be written, how many are written, and the end. */
export const NEXT = 0;
export const WRITTEN = 1;
export const STOP = 2;
export const STATE_WORDS = 3;

/** What each of them is given. */
export interface LoadTask {
  shared: SharedStore;
  tree: string;
  source: PackedSource;
  /** The order in which the records are written, as 32-bit words. */
  order: SharedArrayBuffer;
  state: SharedArrayBuffer;
  /** A byte a record: 1 once its put has returned. From then on every reader must find it. */
  written: SharedArrayBuffer;
}

/** When a loader began and ended, by `process.hrtime.bigint()`, the same clock in all threads. */
export interface LoaderResult {
  start: bigint;
  end: bigint;
}

/** What the reader did. */
export interface ReaderResult {
  gets: number;
  scans: number;
  entries: number;
}
