/** A set of 64-bit fingerprints: what is known to have been visited. */
export interface Visited {
  readonly size: number;
  readonly bytes: number;
  /** Adds a fingerprint; true when it was new. */
  insert(low: number, high: number): boolean;
  /** Looks at where fingerprints belong, all at once, so that the processor fetches these places side by side. */
  prefetch(highs: Int32Array, count: number): void;
}

/** A bucket is one cache line of 16 words: 10 low halves, then 10 times 16 bits of places, then 10 times 3 bits of them. */
const BUCKET_WORDS = 16;
const BUCKET_SLOTS = 10;
/** Where the 16-bit parts of a bucket begin, in half words. */
const BUCKET_HALVES = 20;
/** The word of the 3-bit parts. */
const BUCKET_TOPS = 15;

/** Large buffers begin 16 bytes after a page does (the allocator's header): this puts buckets on cache lines. */
const ALIGNMENT = 48;

/** Bits of the high half that count. With the low half they are 61 bits of fingerprint. */
const PLACE_BITS = 29;
/** The bits of a place that a slot keeps: its last. */
const KEPT_BITS = 16 + 3;
const KEPT = 2 ** KEPT_BITS - 1;
/** How many values the bits of a place can have that only the bucket tells. */
const UNKNOWN = 2 ** (PLACE_BITS - KEPT_BITS);
const INITIAL_BUCKETS = 1 << 12;
/** Buckets past the last one, so that what overflows there needs no wrap. */
const SPARE_BUCKETS = 256;
/** Share of filled slots at which the set grows, and that with the number of fingerprints that were expected. */
const FULL = 0.9;
const AS_EXPECTED = 0.82;
/** Tables below this many buckets, 8 MiB, double. */
const DOUBLES_BELOW = 1 << 17;
/** Larger ones grow little by little, to stay below 8 bytes a fingerprint: 6.4 / FULL * GROWTH. */
const GROWTH = 1.11;

/**
 * A compact hash set of fingerprints, 6.4 bytes a slot, less than 8 bytes a fingerprint once it has 8 MiB.
 *
 * A fingerprint's home is the bucket that its place, 29 bits of the high half taken as a fraction, points at; what the
 * bucket says of the place need not be stored (J. Cleary, Compact hash tables using bidirectional linear probing, 1984):
 * the low half and the last 19 bits of the place remain. A full bucket overflows into the next. An entry is never further
 * from home than its 19 bits can tell: a table whose entries would be is made larger. So all 61 bits are compared, and
 * can be had back when the table grows. Homes are in the order of places, so growing reads and writes memory in order.
 */
export class FingerprintSet implements Visited {
  size = 0;
  private buckets = 0;
  private scale = 0;
  private reach = 0;
  private limit = 0;
  private words = new Int32Array(0);
  private halves = new Uint16Array(0);
  /** Keeps the compiler from dropping the reads of `prefetch`. */
  protected fetched = 0;

  /** @param expected fingerprints to make room for from the start */
  constructor(expected = 0) {
    this.allocate(Math.max(INITIAL_BUCKETS, Math.ceil(expected / (BUCKET_SLOTS * AS_EXPECTED))));
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  /** The table as it is, for a checkpoint; not a copy. */
  get table(): Int32Array {
    return this.words;
  }

  /** A set with a table of so many words, to be filled with what {@link table} gave for one of this size. */
  static withTable(words: number, size: number): FingerprintSet {
    const set = new FingerprintSet();
    set.allocate(words / BUCKET_WORDS - SPARE_BUCKETS);
    set.size = size;
    return set;
  }

  insert(low: number, high: number): boolean {
    // Zero marks a free slot.
    const tag = low === 0 ? 1 : low;
    const place = high >>> (32 - PLACE_BITS);
    const half = place & 0xffff;
    const top = (place >>> 16) & 7;
    let bucket = (place * this.scale) >>> 0;
    const { words, halves } = this;
    for (let steps = 0; steps <= this.reach; steps++) {
      const base = bucket * BUCKET_WORDS;
      for (let i = 0; i < BUCKET_SLOTS; i++) {
        const found = words[base + i];
        if (found === 0) {
          words[base + i] = tag;
          halves[base * 2 + BUCKET_HALVES + i] = half;
          words[base + BUCKET_TOPS] |= top << (3 * i);
          this.size += 1;
          if (this.size >= this.limit) this.grow();
          return true;
        }
        if (found !== tag || halves[base * 2 + BUCKET_HALVES + i] !== half) continue;
        if (((words[base + BUCKET_TOPS] >>> (3 * i)) & 7) === top) return false;
      }
      bucket += 1;
    }
    this.grow();
    return this.insert(low, high);
  }

  prefetch(highs: Int32Array, count: number): void {
    const { words, scale } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum |= words[(((highs[i] >>> (32 - PLACE_BITS)) * scale) >>> 0) * BUCKET_WORDS];
    }
    this.fetched = sum;
  }

  private allocate(buckets: number): void {
    this.buckets = buckets;
    this.scale = buckets / 2 ** PLACE_BITS;
    this.reach = Math.min(SPARE_BUCKETS, Math.floor(buckets / UNKNOWN)) - 1;
    this.limit = Math.floor(buckets * BUCKET_SLOTS * FULL);
    const bytes = (buckets + SPARE_BUCKETS) * BUCKET_WORDS * 4;
    const buffer = new ArrayBuffer(ALIGNMENT + bytes);
    this.words = new Int32Array(buffer, ALIGNMENT, bytes / 4);
    this.halves = new Uint16Array(buffer, ALIGNMENT, bytes / 2);
  }

  private grow(): void {
    const { buckets, words, halves, scale } = this;
    this.allocate(Math.ceil(buckets * (buckets < DOUBLES_BELOW ? 2 : GROWTH)));
    const { words: newWords, halves: newHalves, scale: newScale } = this;
    const filled = new Uint8Array(this.buckets + SPARE_BUCKETS);
    for (let bucket = 0; bucket < buckets + SPARE_BUCKETS; bucket++) {
      const base = bucket * BUCKET_WORDS;
      if (words[base] === 0) continue;
      const last = lastPlace(bucket, scale);
      const tops = words[base + BUCKET_TOPS];
      for (let i = 0; i < BUCKET_SLOTS && words[base + i] !== 0; i++) {
        const kept = (((tops >>> (3 * i)) & 7) << 16) | halves[base * 2 + BUCKET_HALVES + i];
        // The greatest place with these bits whose home is not behind its bucket.
        let place = (last & ~KEPT) | kept;
        if (place > last) place -= KEPT + 1;
        // What was within reach in a smaller table is in a larger one.
        let home = (place * newScale) >>> 0;
        while (filled[home] === BUCKET_SLOTS) home += 1;
        const slot = filled[home]++;
        const newBase = home * BUCKET_WORDS;
        newWords[newBase + slot] = words[base + i];
        newHalves[newBase * 2 + BUCKET_HALVES + slot] = place;
        newWords[newBase + BUCKET_TOPS] |= ((place >>> 16) & 7) << (3 * slot);
      }
    }
  }
}

/** The last place whose home is not behind a bucket. */
function lastPlace(bucket: number, scale: number): number {
  let place = Math.min(2 ** PLACE_BITS, Math.ceil((bucket + 1) / scale)) - 1;
  // Quotients are rounded in very large tables.
  while (Math.floor(place * scale) > bucket) place -= 1;
  while (place < 2 ** PLACE_BITS - 1 && Math.floor((place + 1) * scale) <= bucket) place += 1;
  return place;
}

/**
 * The probability that at least two of so many different states have the same 61 bits of fingerprint, and one of them
 * was therefore taken for visited: about n² / 2^62.
 */
export function collisionProbability(states: number): number {
  return -Math.expm1(-(states * states) / 2 ** (33 + PLACE_BITS));
}
