/** Numbers 64-bit fingerprints in the order in which they are met. */
export class Numbering {
  size = 0;
  private mask = (1 << 12) - 1;
  private low = new Int32Array(1 << 12);
  private high = new Int32Array(1 << 12);
  /** Number + 1; 0: a free slot. */
  private numbers = new Int32Array(1 << 12);

  /** The fingerprint's number; a new one gets the next, which is `size` before the call. */
  of(low: number, high: number): number {
    if (this.size * 2 > this.mask) this.grow();
    const slot = this.slotOf(low, high);
    if (this.numbers[slot] === 0) {
      this.size += 1;
      this.low[slot] = low;
      this.high[slot] = high;
      this.numbers[slot] = this.size;
    }
    return this.numbers[slot] - 1;
  }

  private slotOf(low: number, high: number): number {
    let slot = low & this.mask;
    while (this.numbers[slot] !== 0 && (this.low[slot] !== low || this.high[slot] !== high))
      slot = (slot + 1) & this.mask;
    return slot;
  }

  private grow(): void {
    const { low, high, numbers } = this;
    const slots = 2 * (this.mask + 1);
    this.mask = slots - 1;
    this.low = new Int32Array(slots);
    this.high = new Int32Array(slots);
    this.numbers = new Int32Array(slots);
    for (let i = 0; i < numbers.length; i++) {
      if (numbers[i] === 0) continue;
      const slot = this.slotOf(low[i], high[i]);
      this.low[slot] = low[i];
      this.high[slot] = high[i];
      this.numbers[slot] = numbers[i];
    }
  }
}
