import { type Layout, layoutOf } from '../../pagecache/layout.ts';

/** Words of every block: a leaf with two records and room for a few more, or an inner page with five entries. */
export const BLOCK_WORDS = 64;

/** Snapshot slots. */
const SNAPSHOTS = 2;

/** What a scenario may ask for; the rest is as small as it can be. */
export interface Tiny {
  /** Threads of the scenario. */
  threads: number;
  /** Slots of a leaf's slot log. Default 2. */
  slots?: number;
  /** Places in the log ring. Default 16: no place is used twice. */
  ringWords?: number;
  /** Page ids. Default 12. */
  pages?: number;
  /** Blocks in each thread's own chunk. Default 10. */
  blocks?: number;
  /** Chunks that belong to nobody yet. Default 0. */
  spareChunks?: number;
  /** Whether each thread has page ids for its first split, so that they do not depend on who comes first. Default true. */
  spares?: boolean;
  /** Only the thread that builds the tree has a chunk of its own: memory is short from the start. */
  scarce?: boolean;
  /** Block sizes; the chunks that threads own hold the first. Default {@link BLOCK_WORDS} only. */
  classWords?: readonly number[];
  /** Bytes of the staging buffer. Default 0: a store without a path. */
  stagingBytes?: number;
  /** First log position. Default one in which positions wrap from 2^31 − 1 to −2^31 after three entries. */
  firstPosition?: number;
  /** A leaf whose records take more words is split. Default 8: two records. */
  leafContentWords?: number;
  /** Words of old versions after which the oldest snapshot fails. Default: far away. */
  keptWords?: number;
  /** An inner page whose entries take more words is split. Default 11: six entries. */
  innerContentWords?: number;
}

/** The log position just before the wrap: LSN words, laps and comparisons all cross it. */
export const NEAR_WRAP = 0x7ffffffd;

/**
 * The engine's own layout over a tiny memory: leaves of two records, one size class.
 *
 * Records here take four words (one byte of key, one of value), so two make `leafContentWords`.
 */
export function tinyLayout(tiny: Tiny): Layout {
  const slots = tiny.slots ?? 2;
  const threads = tiny.threads + 1;
  const blocks = tiny.blocks ?? 10;
  const layout = layoutOf({
    threads,
    ringWords: tiny.ringWords ?? 16,
    pages: tiny.pages ?? 12,
    chunkWords: BLOCK_WORDS * blocks,
    chunks: (tiny.scarce === true ? 1 : threads - 1) + (tiny.spareChunks ?? 0),
    classWords: tiny.classWords ?? [BLOCK_WORDS],
    hintWords: 4,
    leafContentWords: tiny.leafContentWords ?? 8,
    innerContentWords: tiny.innerContentWords ?? 11,
    slotsMin: slots,
    slotsMax: slots,
    appendWords: 4 * slots,
    inlineWords: 16,
    stagingBytes: tiny.stagingBytes ?? 0,
    snapshots: SNAPSHOTS,
    keptWords: tiny.keptWords ?? 1 << 20,
    firstPosition: tiny.firstPosition ?? NEAR_WRAP,
  });
  if (tiny.scarce === true) scarce.add(layout);
  return layout;
}

const scarce = new WeakSet<Layout>();

/** Whether only the thread that builds the tree has a chunk of its own; see {@link Tiny.scarce}. */
export function isScarce(layout: Layout): boolean {
  return scarce.has(layout);
}
