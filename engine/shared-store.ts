import { ArgumentError } from '../pagecache/errors.ts';
import { type Layout, MAGIC, MAGIC_AT } from '../pagecache/layout.ts';
import type { SharedBuffer, SharedMemory } from '../pagecache/memory.ts';

/**
 * What `db.share()` gives: a plain object that can travel to another thread through `workerData` or `postMessage`, and be
 * given to `attach` there.
 */
export interface SharedStore {
  /** Says that this is one, and of which version. */
  readonly rightlink: 1;
  readonly buffer: SharedBuffer;
  readonly layout: Layout;
  /** The thread that opened the store: Node's thread id. */
  readonly owner: number;
  /** Tells the stores of one owner apart. */
  readonly storeKey: string;
  /** Whether every write wakes the keeper. */
  readonly eager: boolean;
  readonly path: string | null;
}

/** Checks that a value is what `share()` gave; throws {@link ArgumentError}. */
export function checkShared(value: unknown): asserts value is SharedStore {
  const ok =
    typeof value === 'object' && value !== null && 'rightlink' in value && 'buffer' in value && 'layout' in value;
  if (!ok) throw new ArgumentError('attach() takes what db.share() gave in the thread that opened the store.');
  if (value.rightlink !== 1) throw new ArgumentError('The shared store is of another version of rightlink.');
}

/** Checks that memory holds a store. */
export function checkMagic(memory: SharedMemory): void {
  if (memory.load(MAGIC_AT) !== MAGIC) throw new ArgumentError('The shared memory holds no rightlink store.');
}
