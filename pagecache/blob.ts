/**
 * A value too large for a leaf lies in a chain of blocks of its own. The chain is private while it is written and
 * immutable once the record that names it is published.
 *
 *     word 0: block state · 1: next block, or 0 · 2: bytes in this block · 3: unused · 4…: the bytes
 */
export const BLOB_NEXT = 1;
export const BLOB_LENGTH = 2;
export const BLOB_BYTES = 4;

/** Bytes of a value that a block of `words` words holds: two words stay spare, so that whole words can be copied. */
export function blobCapacity(words: number): number {
  return (words - BLOB_BYTES - 2) * 4;
}
