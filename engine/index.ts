/**
 * rightlink: an embedded, ordered key-value store whose B-link tree lives in shared memory and is used by all worker
 * threads at once, under a write-ahead log.
 *
 * @packageDocumentation
 */
import { AttachedStore } from './attach.ts';
import type { SharedStore } from './shared-store.ts';
import { type OpenOptions, Store } from './store.ts';

export type { Durability } from '../wal/keeper.ts';
export type { AttachedStore } from './attach.ts';
export type { Bytes } from './bytes.ts';
export type { Database } from './database.ts';
export * from './errors.ts';
export type { SharedSnapshot } from './held-snapshot.ts';
export type { RangeOptions } from './range.ts';
export type { Range } from './range-iterator.ts';
export type { Recovery } from './recovery-words.ts';
export type { SharedStore } from './shared-store.ts';
export type { Snapshot } from './snapshot.ts';
export type { SnapshotTree } from './snapshot-tree.ts';
export type { Statistics } from './statistics.ts';
export type { OpenOptions, Store } from './store.ts';
export type { Entry, Tree } from './tree.ts';

/**
 * Opens the store in the directory `path`, making it when it is absent, and recovers what it holds. Without a path: a
 * temporary store in memory.
 *
 * @throws LockedError when it is open already, NotAStoreError, NewerFormatError, CorruptError, DiskError, FullError when
 * the data does not fit `cacheBytes`, ArgumentError
 */
export async function open(path?: string, options: OpenOptions = {}): Promise<Store> {
  return Store.open(path, options);
}

/**
 * Attaches this thread to a store that another one opened: `shared` is what `db.share()` gave there. Each thread attaches
 * for itself; a thread that exits is detached, whatever it was doing.
 *
 * @throws ArgumentError, ClosedError when the store was closed, TooManyThreadsError
 */
export function attach(shared: SharedStore): AttachedStore {
  return AttachedStore.attach(shared);
}
