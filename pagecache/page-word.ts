/**
 * The page table holds one word per page id (PID), and that word is the page's identity: replacing a page is one CAS.
 *
 *     | frame or stub address / 16, or right PID: 28 bits | tag: 4 bits |
 *
 * Blocks are aligned to 16 words, so an address and its tag simply share the word.
 */
export const UNUSED = 0;

const FRAME_TAG = 1;
const STUB_TAG = 2;
const COLLAPSED_TAG = 3;
const DEAD_TAG = 4;
const DROPPED_TAG = 5;
const FREE_PID_TAG = 6;
const TAG_MASK = 15;

/** The page word that names a frame in memory. */
export function frameWord(frame: number): number {
  return frame | FRAME_TAG;
}

/** The page word that names a stub: the page is only on disk. (Nothing writes one before pages can leave memory.) */
export function stubWord(stub: number): number {
  return stub | STUB_TAG;
}

/** The page word of a page that collapsed to its right sibling: high key −∞, so every search goes right. */
export function collapsedWord(right: number): number {
  return (right << 4) | COLLAPSED_TAG;
}

/** The page word of a collapsed page that nothing but old links can name: it forwards right until its PID is reused. */
export function deadWord(right: number): number {
  return (right << 4) | DEAD_TAG;
}

/** The page word of a dropped tree's root that was `word`: it still names the frame, for whoever frees the pages. */
export function droppedWord(word: number): number {
  return (word & ~TAG_MASK) | DROPPED_TAG;
}

/** Whether the page is the root of a dropped tree. */
export function isDropped(word: number): boolean {
  return (word & TAG_MASK) === DROPPED_TAG;
}

/** The page word of a page id that can be used again; `next` is the one below it on its stack, 0: none. */
export function freePidWord(next: number): number {
  return (next << 4) | FREE_PID_TAG;
}

/** Whether the word names a frame in memory. */
export function isFrame(word: number): boolean {
  return (word & TAG_MASK) === FRAME_TAG;
}

/** Whether the word names a stub. */
export function isStub(word: number): boolean {
  return (word & TAG_MASK) === STUB_TAG;
}

/** Whether the page has collapsed or is dead: follow {@link rightOf}. */
export function isForwarding(word: number): boolean {
  const tag = word & TAG_MASK;
  return tag === COLLAPSED_TAG || tag === DEAD_TAG;
}

/** Whether the page has collapsed and is not marked as dead. */
export function isCollapsed(word: number): boolean {
  return (word & TAG_MASK) === COLLAPSED_TAG;
}

/** Whether the page has collapsed and its id will be given up, unless something is found that names it. */
export function isDead(word: number): boolean {
  return (word & TAG_MASK) === DEAD_TAG;
}

/** The address of the frame (or stub) that the word names. */
export function addressOf(word: number): number {
  return (word & ~TAG_MASK) >>> 0;
}

/** The right sibling that a collapsed or dead page forwards to; the next id on the stack of one that can be used again. */
export function rightOf(word: number): number {
  return word >>> 4;
}
