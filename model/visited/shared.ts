import { ModelError } from '../errors.ts';
import type { Visited } from './fingerprints.ts';

/** A bucket is one cache line of 16 words: 10 low halves, then 10 times 16 bits, then a spare word. */
const BUCKET_WORDS = 16;
const BUCKET_SLOTS = 10;
const BUCKET_HALVES = 20;
/** Bits of the high half that say where a fingerprint belongs. */
const PLACE_BITS = 29;
/** Buckets looked at before the set counts as full. */
const REACH = 256;
/** Share of slots that may be filled: what `expected` is divided by. */
const FULL = 0.86;

/**
 * A set of fingerprints in a SharedArrayBuffer, used by several threads at once without locks, of a fixed size: 7.5 bytes a
 * fingerprint. Words are only ever written once, from zero.
 *
 * To insert: (1) the first free slot from home on is claimed by a CAS of its word from 0 to the low half; (2) a CAS of its half
 * word from 0 decides whose it is. Whoever finds its own low half in a slot that is claimed but not decided does (2) itself: one
 * of those who want the slot gets it, and the others go on, or, having the same 16 bits, find that they are not new. So
 * nobody waits, and equal fingerprints are inserted once.
 */
export class SharedFingerprintSet implements Visited {
  readonly buffer: SharedArrayBuffer;
  /** Inserted by this thread. */
  size = 0;
  private readonly words: Int32Array;
  private readonly halves: Uint16Array;
  private readonly scale: number;
  private fetched = 0;

  /** @param buffer from {@link sharedSetBuffer} */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.scale = (this.words.length / BUCKET_WORDS - REACH) / 2 ** PLACE_BITS;
  }

  get bytes(): number {
    return this.buffer.byteLength;
  }

  insert(low: number, high: number): boolean {
    const tag = low === 0 ? 1 : low;
    const place = high >>> (32 - PLACE_BITS);
    // Never zero: zero is a slot that is not decided.
    const half = (place & 0x7fff) | 0x8000;
    const home = (place * this.scale) >>> 0;
    const { words, halves } = this;
    for (let bucket = home; bucket < home + REACH; bucket++) {
      const base = bucket * BUCKET_WORDS;
      for (let i = 0; i < BUCKET_SLOTS; i++) {
        // Plain reads: a word that is not zero is final, and a zero is looked at again by the CAS.
        let found = words[base + i];
        if (found === 0) found = Atomics.compareExchange(words, base + i, 0, tag);
        if (found !== 0 && found !== tag) continue;
        const at = base * 2 + BUCKET_HALVES + i;
        let decided = halves[at];
        if (decided === 0) decided = Atomics.compareExchange(halves, at, 0, half);
        if (decided === 0) {
          this.size += 1;
          return true;
        }
        if (decided === half) return false;
      }
    }
    throw new ModelError(
      'RIGHTLINK_MODEL_FULL',
      'the shared set of visited states is full: give a larger expectedStates',
    );
  }

  prefetch(highs: Int32Array, count: number): void {
    const { words, scale } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum |= words[(((highs[i] >>> (32 - PLACE_BITS)) * scale) >>> 0) * BUCKET_WORDS];
    }
    this.fetched |= sum;
  }
}

/** Memory for a {@link SharedFingerprintSet} of so many fingerprints. */
export function sharedSetBuffer(expected: number): SharedArrayBuffer {
  const buckets = Math.max(1 << 16, Math.ceil(expected / (BUCKET_SLOTS * FULL)));
  return new SharedArrayBuffer((buckets + REACH) * BUCKET_WORDS * 4);
}
