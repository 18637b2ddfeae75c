import type { Memory } from '../pagecache/memory.ts';
import {
  BLOB,
  keyBytesOf,
  kindOf,
  RECORD_HEADER_BYTES,
  RECORD_HEADER_WORDS,
  recordBytes,
  valueBytesOf,
} from './record.ts';

/*
 * A record in memory: the layout of `record.ts`, its first word being the LSN word:
 *
 *     0 PENDING · odd: decided, position << 1 | 1 · 2 ABORTED · 4 ANCIENT (older than any snapshot)
 *
 * A BLOB's value bytes are replaced by one word, the address of the first block of its chain, behind the padded key.
 */

/** LSN word of a record that is older than any snapshot can be, for instance one that was recovered. */
export const ANCIENT = 4;

/** How far a decided record's position is above a whole one: it is not below it, and less than 2^31 above it. */
export function positionsAbove(lsn: number, whole: number): number {
  return ((lsn >>> 1) - (whole | 0)) & 0x7fffffff;
}

/** How far a decided record's position is below a whole one: it is not above it, and less than 2^31 below it. */
export function positionsBelow(lsn: number, whole: number): number {
  return ((whole | 0) - (lsn >>> 1)) & 0x7fffffff;
}

/** Whether an LSN word is that of a decided record that has a position: not PENDING, not ABORTED, not ANCIENT. */
export function hasPosition(lsn: number): boolean {
  return (lsn & 1) === 1;
}

/** Byte address of a record's key. */
export function keyAt(record: number): number {
  return (record + RECORD_HEADER_WORDS) * 4;
}

/** Length of a record's key in bytes. */
export function keyLengthAt(memory: Memory, record: number): number {
  return keyBytesOf(memory.read32(record + 1));
}

/** The kind of a record. */
export function kindAt(memory: Memory, record: number): number {
  return kindOf(memory.read32(record + 1));
}

/** Length of a record's value in bytes. */
export function valueLengthAt(memory: Memory, record: number): number {
  return valueBytesOf(memory.read32(record + 2));
}

/** Byte address of an inline value. */
export function valueAt(memory: Memory, record: number): number {
  return record * 4 + RECORD_HEADER_BYTES + keyLengthAt(memory, record);
}

/** Address of the word that names a BLOB's first block. */
export function blobWordAt(record: number, keyBytes: number): number {
  return record + RECORD_HEADER_WORDS + ((keyBytes + 3) >>> 2);
}

/** The first block of a BLOB's chain. */
export function blobOf(memory: Memory, record: number, keyBytes: number): number {
  return memory.read32(blobWordAt(record, keyBytes)) >>> 0;
}

/** Words that a record takes in memory, an even number. */
export function recordWords(kind: number, keyBytes: number, valueBytes: number): number {
  return (kind === BLOB ? recordBytes((keyBytes + 3) & ~3, 4) : recordBytes(keyBytes, valueBytes)) >>> 2;
}

/** Words that the record at `record` takes. */
export function recordWordsAt(memory: Memory, record: number): number {
  const meta = memory.read32(record + 1);
  return recordWords(kindOf(meta), keyBytesOf(meta), valueLengthAt(memory, record));
}
