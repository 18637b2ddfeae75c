import { BLOB_BYTES, BLOB_LENGTH, BLOB_NEXT } from '../pagecache/blob.ts';
import type { Memory, SharedMemory } from '../pagecache/memory.ts';
import { blobOf, keyAt, keyLengthAt, kindAt, valueAt, valueLengthAt } from '../wal/memory-record.ts';
import { BLOB } from '../wal/record.ts';
import { freshBytes } from './bytes.ts';

/*
 * A record's value, inline or in a chain of blocks. The caller is pinned.
 */

/** Copies a record's value to `target`, which is at least as long, from `offset` on. */
export function copyValue(memory: Memory, record: number, target: Uint8Array, offset: number): void {
  if (kindAt(memory, record) !== BLOB) {
    memory.readBytes(valueAt(memory, record), target, offset, valueLengthAt(memory, record));
    return;
  }
  let at = offset;
  let block = blobOf(memory, record, keyLengthAt(memory, record));
  while (block !== 0) {
    const length = memory.read32(block + BLOB_LENGTH);
    memory.readBytes((block + BLOB_BYTES) * 4, target, at, length);
    at += length;
    block = memory.read32(block + BLOB_NEXT) >>> 0;
  }
}

/** Whether a record's value equals `expected`. */
export function valueEquals(memory: Memory, record: number, expected: Uint8Array): boolean {
  if (valueLengthAt(memory, record) !== expected.length) return false;
  if (kindAt(memory, record) !== BLOB) return bytesEqual(memory, valueAt(memory, record), expected, 0, expected.length);
  let at = 0;
  let block = blobOf(memory, record, keyLengthAt(memory, record));
  while (block !== 0) {
    const length = memory.read32(block + BLOB_LENGTH);
    if (!bytesEqual(memory, (block + BLOB_BYTES) * 4, expected, at, length)) return false;
    at += length;
    block = memory.read32(block + BLOB_NEXT) >>> 0;
  }
  return true;
}

/** A copy of a record's key. */
export function keyCopy(memory: Memory, record: number): Uint8Array {
  const length = keyLengthAt(memory, record);
  const key = freshBytes(length);
  memory.readBytes(keyAt(record), key, 0, length);
  return key;
}

/** A copy of a record's value. */
export function valueCopy(memory: Memory, record: number): Uint8Array {
  const value = freshBytes(valueLengthAt(memory, record));
  copyValue(memory, record, value, 0);
  return value;
}

/** Calls `use` with a record's value in place; with a copy, when it lies in several blocks. */
export function useValue<T>(memory: SharedMemory, record: number, use: (value: Uint8Array) => T): T {
  if (kindAt(memory, record) === BLOB) return use(valueCopy(memory, record));
  const at = valueAt(memory, record);
  return use(memory.bytes.subarray(at, at + valueLengthAt(memory, record)));
}

function bytesEqual(memory: Memory, at: number, bytes: Uint8Array, offset: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (memory.read8(at + i) !== bytes[offset + i]) return false;
  return true;
}
