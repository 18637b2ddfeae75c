/**
 * Every block of the heap starts with one state word, and that word is the truth about the block: lists of free or
 * retired blocks are only hints. One CAS on it allocates, retires or frees, so a thread may die at any step and nothing
 * is lost that a walk over the heap does not find again.
 *
 *     31          22 21          10 9         2 1     0
 *     | generation  | epoch tag    | thread    | state |
 *
 * - `FREE → PRIVATE(thread)`: taken by an allocator. The generation grows.
 * - `PRIVATE → LINKED`: about to be named by a page word or a published record.
 * - `LINKED → RETIRED(thread, tag)`: unlinked; the tag is the epoch, read after the unlinking.
 * - `RETIRED → PRIVATE` (or `FREE`): only once the epoch is {@link GRACE_EPOCHS} past the tag.
 *
 * The tag is the epoch modulo 4,096, compared by its signed distance: a thread knows the epoch it pinned, and a block may
 * have been retired in the epoch after that. A wrapped tag can only make a block look younger: it then waits longer.
 */
export const FREE = 0;
/** Taken by a thread and not yet reachable by others. */
export const PRIVATE = 1;
/** Reachable by others, or about to be. */
export const LINKED = 2;
/** No longer reachable from the tree; older readers may still be inside. */
export const RETIRED = 3;

/** A retired block may be reused when the epoch is this far past its tag (3 is too few: use after free in 81 steps). */
export const GRACE_EPOCHS = 4;

const TAG_MASK = 0xfff;
/** Shifting left and right by this extends the sign of a tag's distance. */
const TAG_SHIFT = 20;

/** The state of a block: {@link FREE}, {@link PRIVATE}, {@link LINKED} or {@link RETIRED}. */
export function stateOf(word: number): number {
  return word & 3;
}

/** The thread that took (PRIVATE) or retired (RETIRED) the block. */
export function ownerOf(word: number): number {
  return (word >>> 2) & 0xff;
}

/** The state word after `thread` took a block whose state word was `word`. */
export function asPrivate(word: number, thread: number): number {
  return ((((word >>> 22) + 1) & 0x3ff) << 22) | (thread << 2) | PRIVATE;
}

/** The state word of a block that is about to be published. */
export function asLinked(word: number): number {
  return (word & ~0x3fffff) | LINKED;
}

/** The state word after `thread` retired the block in `epoch`. */
export function asRetired(word: number, thread: number, epoch: number): number {
  return (word & ~0x3fffff) | ((epoch & TAG_MASK) << 10) | (thread << 2) | RETIRED;
}

/** The state word of the block once it is free; the generation stays and grows when it is taken again. */
export function asFree(word: number): number {
  return (word & ~0x3fffff) | FREE;
}

/** Whether the grace period of a retired block is over at `epoch`. */
export function graceIsOver(word: number, epoch: number): boolean {
  return ((epoch - (word >>> 10)) << TAG_SHIFT) >> TAG_SHIFT >= GRACE_EPOCHS;
}
