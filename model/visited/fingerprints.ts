/** A set of 64-bit fingerprints: what is known to have been visited. */
export interface Visited {
  readonly size: number;
  readonly bytes: number;
  /** Adds a fingerprint; true when it was new. */
  insert(low: number, high: number): boolean;
}

const INITIAL_SLOTS = 1 << 16;
/** Grow above this share of filled slots: longer probes cost more than the memory is worth. */
const FULL = 0.7;

/** Open addressing with linear probes over pairs of words, for one thread, growing as needed. */
export class FingerprintSet implements Visited {
  size = 0;
  private slots = INITIAL_SLOTS;
  private pairs = new Int32Array(2 * INITIAL_SLOTS);
  private limit = Math.floor(INITIAL_SLOTS * FULL);

  get bytes(): number {
    return this.pairs.byteLength;
  }

  insert(low: number, high: number): boolean {
    if (this.size >= this.limit) this.grow();
    if (!place(this.pairs, this.slots - 1, low, high)) return false;
    this.size += 1;
    return true;
  }

  private grow(): void {
    const old = this.pairs;
    this.slots *= 2;
    this.pairs = new Int32Array(2 * this.slots);
    this.limit = Math.floor(this.slots * FULL);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) place(this.pairs, this.slots - 1, old[i], old[i + 1]);
    }
  }
}

function place(pairs: Int32Array, mask: number, low: number, high: number): boolean {
  // A pair of zeros marks a free slot.
  const stored = low === 0 && high === 0 ? 1 : low;
  let slot = stored & mask;
  for (;;) {
    const at = 2 * slot;
    const foundLow = pairs[at];
    const foundHigh = pairs[at + 1];
    if (foundLow === stored && foundHigh === high) return false;
    if (foundLow === 0 && foundHigh === 0) {
      pairs[at] = stored;
      pairs[at + 1] = high;
      return true;
    }
    slot = (slot + 1) & mask;
  }
}
