import { markAsUntransferable } from 'node:worker_threads';
import { KEY_BYTES_MAX } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import { MAX_VALUE_BYTES } from '../wal/limits.ts';
import { ArgumentError, KeyTooLongError, ValueTooLongError } from './errors.ts';

/** A key or a value: bytes, or a string that stands for its UTF-8 bytes. */
export type Bytes = Uint8Array | string;

const encoder = new TextEncoder();

/** The bytes of a key; throws when it is none, or too long. */
export function keyBytes(key: Bytes): Uint8Array {
  const bytes = toBytes(key, 'A key');
  if (bytes.length > KEY_BYTES_MAX) throw new KeyTooLongError(bytes.length, KEY_BYTES_MAX);
  return bytes;
}

/** The bytes of a value; throws when it is none, or too long. */
export function valueBytes(value: Bytes): Uint8Array {
  const bytes = toBytes(value, 'A value');
  if (bytes.length > MAX_VALUE_BYTES) throw new ValueTooLongError(bytes.length, MAX_VALUE_BYTES);
  return bytes;
}

function toBytes(value: unknown, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return encoder.encode(value);
  const found = value === null ? 'null' : typeof value;
  throw new ArgumentError(`${what} is a Uint8Array (a Buffer, too) or a string, not ${found}.`);
}

/** Compares a key in shared memory with bytes: negative, zero or positive. */
export function compareWithBytes(memory: Memory, at: number, length: number, bytes: Uint8Array): number {
  const common = length < bytes.length ? length : bytes.length;
  for (let i = 0; i < common; i++) {
    const difference = memory.read8(at + i) - bytes[i];
    if (difference !== 0) return difference;
  }
  return length - bytes.length;
}

/** The least key above all keys with this prefix; null: there is none, the prefix is all 0xff. */
export function prefixEnd(prefix: Uint8Array): Uint8Array | null {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return null;
  const end = new Uint8Array(prefix.subarray(0, length)); // a Buffer's slice() would be the caller's bytes
  end[length - 1]++;
  return end;
}

const POOL_BYTES = 1 << 16;
const POOLED_MAX = 1 << 10;
let pool = new Uint8Array(0);
let poolUsed = 0;

/**
 * A fresh byte array for a value handed out. Small ones share a buffer, as Node's `Buffer.from` does: a view costs half of
 * an array of its own. The shared buffer cannot be transferred, so nobody can take others' values away with their own.
 */
export function freshBytes(length: number): Uint8Array {
  if (length > POOLED_MAX) return new Uint8Array(length);
  if (poolUsed + length > pool.length) {
    pool = new Uint8Array(POOL_BYTES);
    markAsUntransferable(pool.buffer);
    poolUsed = 0;
  }
  const bytes = pool.subarray(poolUsed, poolUsed + length);
  poolUsed = (poolUsed + length + 7) & ~7;
  return bytes;
}
