/**
 * A record: one key's new value (or its deletion), in the one bit layout that memory and the log share.
 *
 * ```
 *          31                    14 13   11 10             0
 *  word 0  [            LSN, low 32 bits                   ]   in memory 0 means PENDING
 *  word 1  [ tree id, low 18 bits  | kind  | key bytes     ]   `meta`
 *  word 2  [ tree id, high 7 | value bytes (25 bits)       ]   `meta2`
 *  word 3… [ key bytes ][ value bytes ][ zeros to a multiple of 8 bytes ]
 * ```
 *
 * Words are little-endian. In a log block every record starts at a multiple of 8 bytes. Two kinds differ there:
 * - BLOB, a value too large for a leaf: in the log its value bytes are not behind the key; they came before it, as PARTs.
 * - PART, log only: no key; word 3 is the offset of this piece in the value, word 4 is zero, then the piece. Its LSN is
 *   that of the record it belongs to. Offset 0 begins the value anew (a successor keeper copies from the start again).
 *
 * Everything here is a pure function of words: no memory, no files.
 */

/** What a record says. Three bits; the numbers are in files and never change. */
export const PUT = 1;
/** The key is deleted; no value. */
export const TOMBSTONE = 2;
/** A value too large for a leaf; in the log its bytes precede it as PARTs. */
export const BLOB = 3;
/** In memory only: the record points at a descriptor that decides it. */
export const INTENT = 4;
/** In the log only: a piece of a BLOB's value. */
export const PART = 5;
/** A batch of writes in one record. */
export const BATCH = 6;
/** The commit of a batch that was logged in parts. */
export const COMMIT = 7;

/** Words before the key. */
export const RECORD_HEADER_WORDS = 3;
/** Bytes before the key. */
export const RECORD_HEADER_BYTES = RECORD_HEADER_WORDS * 4;
/** Bytes before the piece of a PART: the header, its offset in the value, a zero word. */
export const PART_HEADER_BYTES = RECORD_HEADER_BYTES + 8;
/** Longest key that the format can hold is 2,047 bytes; the store's limit is in `limits.ts`. */
export const KEY_BYTES_MASK = 0x7ff;
/** 25 bits, so that 2^24 itself fits. */
export const VALUE_BYTES_MASK = 0x1ffffff;
/** Tree ids have 25 bits. */
export const MAX_TREE_ID = 0x1ffffff;

const KIND_SHIFT = 11;
const KIND_MASK = 7;
const TREE_LOW_SHIFT = 14;
const TREE_LOW_BITS = 18;
const TREE_LOW_MASK = 0x3ffff;
const TREE_HIGH_SHIFT = 25;

/** Word 1 of a record, as an int32. */
export function packMeta(kind: number, treeId: number, keyBytes: number): number {
  return ((treeId & TREE_LOW_MASK) << TREE_LOW_SHIFT) | (kind << KIND_SHIFT) | keyBytes;
}

/** Word 2 of a record, as an int32. */
export function packMeta2(treeId: number, valueBytes: number): number {
  return ((treeId >>> TREE_LOW_BITS) << TREE_HIGH_SHIFT) | valueBytes;
}

/** Key length in bytes, from word 1. */
export function keyBytesOf(meta: number): number {
  return meta & KEY_BYTES_MASK;
}

/** Kind, from word 1. */
export function kindOf(meta: number): number {
  return (meta >>> KIND_SHIFT) & KIND_MASK;
}

/** Tree id, from words 1 and 2. */
export function treeIdOf(meta: number, meta2: number): number {
  return (meta >>> TREE_LOW_SHIFT) | ((meta2 >>> TREE_HIGH_SHIFT) << TREE_LOW_BITS);
}

/** Value length in bytes, from word 2. For a BLOB that of the whole value, for a PART that of the piece. */
export function valueBytesOf(meta2: number): number {
  return meta2 & VALUE_BYTES_MASK;
}

/** Rounds up to a multiple of 8. */
export function alignTo8(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** Length in bytes of a record with its value behind its key (PUT, TOMBSTONE, …), padding included. */
export function recordBytes(keyBytes: number, valueBytes: number): number {
  return alignTo8(RECORD_HEADER_BYTES + keyBytes + valueBytes);
}

/** Length in bytes of a PART with a piece of `pieceBytes`, padding included. */
export function partBytes(pieceBytes: number): number {
  return alignTo8(PART_HEADER_BYTES + pieceBytes);
}

/** Length in bytes that a record with these header words takes in the log, whatever its kind, padding included. */
export function loggedBytes(meta: number, meta2: number): number {
  switch (kindOf(meta)) {
    case PART:
      return partBytes(valueBytesOf(meta2));
    case BLOB:
      return recordBytes(keyBytesOf(meta), 0);
    default:
      return recordBytes(keyBytesOf(meta), valueBytesOf(meta2));
  }
}

/** The full LSN whose low 32 bits are `low`: the first such at or above `firstLsn`. */
export function fullLsn(low: number, firstLsn: number): number {
  return firstLsn + ((low - (firstLsn % 0x100000000)) >>> 0);
}
