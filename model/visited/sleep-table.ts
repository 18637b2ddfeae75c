/** Slots at the start; a power of two. */
const FIRST_SLOTS = 1 << 16;
/** The table doubles when more of it than this is used. */
const FULL = 0.6;
/** Words of a slot: the two halves of a fingerprint, and the set stored with it, plus one: 0 says that the slot is free. */
const SLOT = 3;

/** Fingerprints of visited states, each with a set of at most 31 threads as bits. */
export class SleepTable {
  size = 0;
  private words = new Int32Array(FIRST_SLOTS * SLOT);
  private mask = FIRST_SLOTS - 1;

  get bytes(): number {
    return this.words.byteLength;
  }

  /** The set stored with a state, or −1 when the state is new. */
  get(low: number, high: number): number {
    return this.words[this.find(low, high) + 2] - 1;
  }

  /** Stores a set with a state. */
  set(low: number, high: number, set: number): void {
    const at = this.find(low, high);
    const isNew = this.words[at + 2] === 0;
    this.words[at] = low;
    this.words[at + 1] = high;
    this.words[at + 2] = set + 1;
    if (!isNew) return;
    this.size += 1;
    if (this.size > (this.mask + 1) * FULL) this.grow();
  }

  /** Where a state is, or would be. */
  private find(low: number, high: number): number {
    const { words, mask } = this;
    let slot = (low ^ (high >>> 7)) & mask;
    for (;;) {
      const at = slot * SLOT;
      if (words[at + 2] === 0 || (words[at] === low && words[at + 1] === high)) return at;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const old = this.words;
    this.words = new Int32Array(old.length * 2);
    this.mask = this.mask * 2 + 1;
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 2] === 0) continue;
      const to = this.find(old[at], old[at + 1]);
      this.words[to] = old[at];
      this.words[to + 1] = old[at + 1];
      this.words[to + 2] = old[at + 2];
    }
  }
}
