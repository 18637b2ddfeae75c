/** Contents of memory remembered for one invariant, a power of two. */
const ENTRIES = 1 << 13;

/**
 * The contents of memory for which an invariant is known to hold whatever the threads do: known by the memory's 64-bit hash, the
 * latest in each place of a table.
 */
export class Verdicts {
  private readonly lows = new Int32Array(ENTRIES);
  private readonly highs = new Int32Array(ENTRIES);
  private readonly used = new Uint8Array(ENTRIES);

  has(low: number, high: number): boolean {
    const at = (low ^ high) & (ENTRIES - 1);
    return this.used[at] === 1 && this.lows[at] === low && this.highs[at] === high;
  }

  add(low: number, high: number): void {
    const at = (low ^ high) & (ENTRIES - 1);
    this.used[at] = 1;
    this.lows[at] = low;
    this.highs[at] = high;
  }
}
