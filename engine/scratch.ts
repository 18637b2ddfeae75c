import type { Layout } from '../pagecache/layout.ts';

/** Most entries that a page of the layout can hold, its slots included: a record takes four words, an entry two. */
export function scratchEntries(layout: Layout): number {
  return layout.leafContentWords + layout.innerContentWords + 2 * layout.slotsMax;
}

/** Most records that a frame of the layout can hold, and a leaf's slots besides. */
export function scratchVersions(layout: Layout): number {
  return (layout.classWords[layout.classWords.length - 1] >>> 2) + layout.slotsMax;
}

/**
 * Private work space for merging a page: the keys, lengths and records (or children) of its future content, in order.
 * It is written and read within one step and holds nothing between steps, so all operations of a thread share one.
 */
export class Scratch {
  /** Byte addresses of keys. They may pass 2^32, hence doubles. */
  readonly keyAt: Float64Array;
  readonly keyLength: Int32Array;
  /** Addresses of records (leaf), or child PIDs (inner page). */
  readonly reference: Float64Array;
  /** Words that each takes in a frame's content. */
  readonly words: Int32Array;
  /** The newest slot record of each key among a leaf's slots, in key order, as slot indexes. */
  readonly slots: Int32Array;
  /** The LSN word that each record gets in the new frame. Only where versions are kept. */
  readonly lsn: Int32Array;
  /** Versions kept besides, in key order, of each key the newest first: the records, and their new LSN words. */
  readonly old: Float64Array;
  readonly oldLsn: Int32Array;
  oldCount = 0;
  /** Whether `lsn` and the old versions count. */
  versioned = false;
  /** The new leaf's birth. */
  born = 0;
  /** Of no use but to keep a read that warms the cache from being optimised away. */
  touched = 0;
  /** Entries in use. */
  count = 0;

  /**
   * @param entries most entries that a page of the layout can hold, slots included
   * @param versions most records that any frame can hold
   */
  constructor(entries: number, versions: number) {
    this.keyAt = new Float64Array(entries);
    this.keyLength = new Int32Array(entries);
    this.reference = new Float64Array(entries);
    this.words = new Int32Array(entries);
    this.slots = new Int32Array(entries);
    this.lsn = new Int32Array(entries);
    this.old = new Float64Array(versions);
    this.oldLsn = new Int32Array(versions);
  }
}
