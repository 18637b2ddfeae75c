/** Bytes of a key and of a value; a record's data is their sum. */
export const KEY_BYTES = 16;
export const VALUE_BYTES = 100;
export const RECORD_BYTES = KEY_BYTES + VALUE_BYTES;

const POOL_VALUES = 1024;

/**
 * Random keys, packed one behind the other, in memory that all threads of a run share. The same seed gives the same
 * keys; at 128 bits, two that are equal do not happen.
 */
export function randomKeys(count: number, seed: number): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(count * KEY_BYTES);
  fillRandom(new Uint32Array(buffer), seed);
  return buffer;
}

/** The same keys in another order, so that they are read in an order that is neither theirs nor that of writing. */
export function shuffledKeys(keys: SharedArrayBuffer, seed: number): SharedArrayBuffer {
  const count = keys.byteLength / KEY_BYTES;
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const random = new Uint32Array(count);
  fillRandom(random, seed);
  for (let i = count - 1; i > 0; i--) {
    const j = random[i] % (i + 1);
    const other = order[j];
    order[j] = order[i];
    order[i] = other;
  }
  const source = new Uint8Array(keys);
  const buffer = new SharedArrayBuffer(keys.byteLength);
  const target = new Uint8Array(buffer);
  for (let i = 0; i < count; i++) {
    target.set(source.subarray(order[i] * KEY_BYTES, (order[i] + 1) * KEY_BYTES), i * KEY_BYTES);
  }
  return buffer;
}

/** The values: a key's is told by its first two bytes, see {@link valueIndex}, so that every read can be checked. */
export function valuePool(): Buffer[] {
  const words = new Uint32Array((POOL_VALUES * VALUE_BYTES) / 4);
  fillRandom(words, 7);
  const bytes = Buffer.from(words.buffer);
  return Array.from({ length: POOL_VALUES }, (_, i) =>
    Buffer.from(bytes.subarray(i * VALUE_BYTES, (i + 1) * VALUE_BYTES)),
  );
}

/** Which value of the pool the key at `offset` has. */
export function valueIndex(keys: Uint8Array, offset: number): number {
  return keys[offset] | ((keys[offset + 1] & 3) << 8);
}

/** What {@link checksumOf} gives over all records: every run must come to it. */
export function expectedChecksum(keys: SharedArrayBuffer): number {
  const bytes = new Uint8Array(keys);
  const pool = valuePool();
  let sum = 0;
  for (let at = 0; at < bytes.length; at += KEY_BYTES) sum += checksumOf(pool[valueIndex(bytes, at)]);
  return sum;
}

/** A number that a read adds up, cheap enough to be measured along: from the value's ends and length. */
export function checksumOf(value: Uint8Array): number {
  return value[0] + value[value.length - 1] + value.length;
}

/** xoshiro128** (Blackman and Vigna), seeded by splitmix32. */
function fillRandom(words: Uint32Array, seed: number): void {
  let state = seed;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let a = next();
  let b = next();
  let c = next();
  let d = next();
  for (let i = 0; i < words.length; i++) {
    const product = Math.imul(b, 5);
    words[i] = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
  }
}
