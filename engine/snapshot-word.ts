/*
 * The word of a snapshot slot. While a snapshot is held it is the LSN word of its position (odd), as in a record: what
 * stands below that position is visible.
 */

/** Nobody has the slot. */
export const SLOT_FREE = 0;
/** The snapshot was given up: what it needs may be gone. The slot is still its owner's. */
export const SLOT_GIVEN_UP = 2;

/** The slot is taken by a thread whose snapshot has no position yet. */
export function claimedWord(thread: number): number {
  return (thread << 3) | 4;
}

/** Whether a slot's word is that of a snapshot that can be read. */
export function isHeld(word: number): boolean {
  return (word & 1) === 1;
}
