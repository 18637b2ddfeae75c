import { ArgumentError } from './errors.ts';

/**
 * Where everything lies in the shared memory of one store. All fields are numbers (and one list of numbers), so the
 * layout travels to other threads as a plain object. The model checker explores the same code over tiny layouts.
 *
 *     | control words | thread areas | snapshot slots | log ring | page table | chunk table | heap: chunks of blocks |
 *
 * Words that different threads write often stand on cache lines of their own (16 words).
 */
export interface Layout {
  /** Most threads that can be attached at once; thread 0 is unused so that 0 can mean "nobody". */
  readonly threads: number;
  /** Places in the log ring, a power of two. */
  readonly ringWords: number;
  /** log2 of {@link Layout.ringWords}. */
  readonly ringShift: number;
  /** Page ids in the page table; PID 0 means "none". */
  readonly pages: number;
  /** Words in a chunk of the heap; a chunk holds blocks of one size class. */
  readonly chunkWords: number;
  /** Chunks in the heap. */
  readonly chunks: number;
  /** Block sizes in words, increasing, each a multiple of 16. */
  readonly classWords: readonly number[];
  /** Retired blocks that a thread remembers per size class, a power of two. */
  readonly hintWords: number;
  /** A leaf whose records take more words than this is split. */
  readonly leafContentWords: number;
  /** An inner page whose entries take more words than this is split. */
  readonly innerContentWords: number;
  /** Slots that a leaf's slot log has at least, and at most. */
  readonly slotsMin: number;
  readonly slotsMax: number;
  /** Append space of an empty leaf, in words. */
  readonly appendWords: number;
  /** A value whose record would take more words than this lives outside the leaf. */
  readonly inlineWords: number;
  /** Bytes of the keeper's staging buffer; 0: the log is not staged (a store without a path). */
  readonly stagingBytes: number;
  /** Snapshots that can be held at once. */
  readonly snapshots: number;
  /** Words of old versions that are kept for snapshots before the oldest one is given up. */
  readonly keptWords: number;
  /** First log position of the store's life in this memory (tests start near the wrap). */
  readonly firstPosition: number;

  readonly threadsAt: number;
  readonly threadWords: number;
  /** One word per snapshot slot, then, as many words behind, the thread that holds it. */
  readonly snapshotsAt: number;
  readonly ringAt: number;
  readonly pageTableAt: number;
  readonly chunkTableAt: number;
  readonly stagingAt: number;
  readonly heapAt: number;
  /** Words in all. */
  readonly totalWords: number;
}

/** The part of a {@link Layout} that is chosen; the rest follows. */
export type Geometry = Omit<
  Layout,
  | 'ringShift'
  | 'threadsAt'
  | 'threadWords'
  | 'snapshotsAt'
  | 'ringAt'
  | 'pageTableAt'
  | 'chunkTableAt'
  | 'stagingAt'
  | 'heapAt'
  | 'totalWords'
>;

/** Words in a cache line. */
const LINE = 16;

// Control words, each on its own line.
/** Identifies the memory as rightlink's: holds {@link MAGIC}. */
export const MAGIC_AT = 0;
/** 0 open; else a bit set of STORE_CLOSED and STORE_POISONED. */
export const STORE_STATE_AT = 1;
/** Why the store is poisoned: an errno, negative as libuv gives it. */
export const POISON_CAUSE_AT = 2;
/** Counts attachments; each gets a ticket that is never used again. */
export const TICKET_AT = 3;
/** The next tree id to be given out. */
export const NEXT_TREE_AT = 4;
/** The global epoch. */
export const EPOCH_AT = 1 * LINE;
/** Frontier and staging must have passed this log position before the epoch moves again. */
export const MARK_AT = 1 * LINE + 1;
/** The thread that moves the epoch, or 0. */
export const MOVER_AT = 2 * LINE;
/** The thread that does a turn of getting page ids back, or 0; and where that stands: the walk, the last page id, the epoch. */
export const COLLECTOR_AT = 2 * LINE + 1;
export const COLLECT_PHASE_AT = 2 * LINE + 2;
export const COLLECT_CURSOR_AT = 2 * LINE + 3;
export const COLLECT_EPOCH_AT = 2 * LINE + 4;
/** The next log position to be taken (a wrapping 32-bit counter, as are the two below). */
export const TAIL_AT = 3 * LINE;
/** All positions below are decided. */
export const FRONTIER_AT = 4 * LINE;
/** All positions below are copied out of the ring and recycled. */
export const STAGED_AT = 5 * LINE;
/** The thread that holds the keeper's role, or 0. */
export const KEEPER_AT = 6 * LINE;
/** All positions below are on disk. */
export const DURABLE_AT = 7 * LINE;
/** Counts requests to the keeper: it sleeps on this word. */
export const KEEPER_WAKE_AT = 8 * LINE;
/** The position up to which a sync was asked for. */
export const SYNC_WANTED_AT = 8 * LINE + 1;
/** Never-used page ids start here. */
export const NEXT_PID_AT = 9 * LINE;
/** Head of the stack of reusable page ids, linked through their page words. */
export const FREE_PID_AT = 9 * LINE + 1;
/** Never-used chunks start here. */
export const NEXT_CHUNK_AT = 10 * LINE;
/** Words for the keeper's own use: see `wal/staging.ts`. */
export const KEEPER_WORDS_AT = 11 * LINE;
/** How many {@link KEEPER_WORDS_AT} there are. */
export const KEEPER_WORDS = 4 * LINE;
/** Root page ids of trees that are being dropped, or were and still hold pages; 0: free place. */
export const DROPS_AT = 17 * LINE;
export const DROPS = 32 * LINE;
/** A report of what opening the store found, in bytes: see `engine/recovery-words.ts`. */
export const RECOVERY_AT = DROPS_AT + DROPS;
export const RECOVERY_BYTES = 1024 * 4;
/** How many times 2^28 log positions have been given out: the high part of positions, see `wal/era.ts`. */
export const ERA_AT = RECOVERY_AT + RECOVERY_BYTES / 4;
/** Snapshot slots from here on were never used. */
export const SNAPSHOT_TOP_AT = ERA_AT + 1;
/** Versions that were replaced below this log position may be gone: no snapshot begins below it. */
export const HORIZON_AT = ERA_AT + LINE;
/** Words of old versions that leaves keep for snapshots. */
export const KEPT_AT = HORIZON_AT + 1;
/** 1: a snapshot was given up for memory, and the leaves have not been swept since. */
export const PRUNED_AT = HORIZON_AT + 2;
/** The low word of the next id of `generateId`, see `engine/steps/generate-id.ts`. */
export const ID_NEXT_AT = HORIZON_AT + LINE;
/** How many blocks of ids the store has reserved in its life: those below their end may be given out. */
export const ID_BLOCKS_AT = ID_NEXT_AT + 1;
const CONTROL_WORDS = ID_NEXT_AT + LINE;

/** Says "rightlink" and the version of this memory's layout. */
export const MAGIC = 0x726c0001;
/** Bit of {@link STORE_STATE_AT}: the store was closed. */
export const STORE_CLOSED = 1;
/** Bit of {@link STORE_STATE_AT}: a write or sync failed; see {@link POISON_CAUSE_AT}. */
export const STORE_POISONED = 2;

// Words of a thread's area.
/** The epoch the thread is pinned in, as `epoch << 1 | 1`, or 0. */
export const PIN = 0;
/** The ticket of the attachment that owns the area, or 0: free. */
export const TICKET = 1;
/** The record being written, before it becomes public. */
export const NOTE_RECORD = LINE;
/** The frame that holds that record. */
export const NOTE_FRAME = LINE + 7;
/** The page whose word is about to be changed; written last, so that it vouches for the words below. */
export const NOTE_PID = LINE + 1;
/** The frame that the page word names before. */
export const NOTE_OLD = LINE + 2;
/** The frame that it will name. */
export const NOTE_NEW = LINE + 3;
/** A second and a third frame of the change (a split), or 0. */
export const NOTE_RIGHT = LINE + 8;
export const NOTE_ROOT = LINE + 9;
/** A page id that this thread took for the right half of a split; kept for the next one until a split has used it; or 0. */
export const NOTE_RIGHT_PID = LINE + 4;
/** The same for the left half of a root split. */
export const NOTE_LEFT_PID = LINE + 5;
/** The chain of a large value that no public record names yet, or 0. */
export const NOTE_BLOB = LINE + 10;
/** Reusable page ids that the thread took off the stack, linked through their page words. */
export const NOTE_FREE_PIDS = LINE + 11;
/** The root page that this thread made for a tree whose name may not be in the catalog yet, or 0. */
export const NOTE_PLANTED = LINE + 12;
/** Counts pages that the thread collapsed since it last saw their ids come back. */
export const COLLAPSED_COUNT = LINE + 13;
/** Counts blocks that the thread retired, to pace the epoch. */
export const RETIRED_COUNT = LINE + 6;
/** First of the thread's counters for statistics: see `engine/statistics.ts`. */
export const COUNTERS = 2 * LINE;
/** The key the operation looks for. */
export const KEY = 3 * LINE;
/** Longest key in bytes. */
export const KEY_BYTES_MAX = 1024;
/** The words of the size classes follow. */
const CLASSES = KEY + KEY_BYTES_MAX / 4;

/** Words per size class in a thread's area before its ring of hints: where fresh blocks come from, and the ring's ends. */
export const CLASS_CURSOR = 0;
export const CLASS_END = 1;
export const CLASS_HINT_HEAD = 2;
export const CLASS_HINT_TAIL = 3;
export const CLASS_SCAN = 4;
export const CLASS_HINTS = 5;

/** Completes a geometry to a layout; throws {@link ArgumentError} when its parts do not fit one another. */
export function layoutOf(geometry: Geometry): Layout {
  checkGeometry(geometry);
  const perClass = CLASS_HINTS + geometry.hintWords;
  const threadWords = aligned(CLASSES + geometry.classWords.length * perClass + geometry.snapshots);
  const threadsAt = CONTROL_WORDS;
  const snapshotsAt = threadsAt + threadWords * geometry.threads;
  const ringAt = aligned(snapshotsAt + 2 * geometry.snapshots);
  const pageTableAt = aligned(ringAt + geometry.ringWords);
  const chunkTableAt = aligned(pageTableAt + geometry.pages);
  const stagingAt = aligned(chunkTableAt + geometry.chunks);
  const heapAt = aligned(stagingAt + geometry.stagingBytes / 4);
  const totalWords = heapAt + geometry.chunks * geometry.chunkWords;
  const ringShift = Math.log2(geometry.ringWords);
  return {
    ...geometry,
    ringShift,
    threadsAt,
    threadWords,
    snapshotsAt,
    ringAt,
    pageTableAt,
    chunkTableAt,
    stagingAt,
    heapAt,
    totalWords,
  };
}

/** The area of a thread. */
export function threadArea(layout: Layout, thread: number): number {
  return layout.threadsAt + thread * layout.threadWords;
}

/** A thread's words for one size class. */
export function classArea(layout: Layout, thread: number, sizeClass: number): number {
  return threadArea(layout, thread) + CLASSES + sizeClass * (CLASS_HINTS + layout.hintWords);
}

/** Where a thread notes the snapshots that it found while it consolidates a leaf: as many words as there are slots. */
export function seenAt(layout: Layout, thread: number): number {
  return classArea(layout, thread, layout.classWords.length);
}

/** The smallest size class that holds `words`; -1 when none does. */
export function classFor(layout: Layout, words: number): number {
  const sizes = layout.classWords;
  for (let i = 0; i < sizes.length; i++) if (sizes[i] >= words) return i;
  return -1;
}

function aligned(words: number): number {
  return Math.ceil(words / LINE) * LINE;
}

function checkGeometry(geometry: Geometry): void {
  const { ringWords, hintWords, classWords, chunkWords } = geometry;
  const powers = [ringWords, hintWords].every((n) => Number.isInteger(Math.log2(n)));
  if (!powers) throw new ArgumentError('ringWords and hintWords must be powers of two');
  const increasing = classWords.every((n, i) => n % LINE === 0 && n > (classWords[i - 1] ?? 0) && n <= chunkWords);
  if (!increasing) throw new ArgumentError('classWords must increase in multiples of 16 and fit a chunk');
  if (chunkWords % LINE !== 0) throw new ArgumentError('chunkWords must be a multiple of 16');
  if (geometry.slotsMax > 32) throw new ArgumentError("slotsMax must be at most 32: a leaf's slots are a set of bits");
  if (geometry.threads < 2 || geometry.threads > 255) throw new ArgumentError('threads must be 2 to 255');
}
