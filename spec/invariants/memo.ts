import type { Memory, ProgramInvariant } from '../../model/index.ts';

/** Entries of the table, a power of two. */
const SIZE = 1 << 14;

/**
 * An invariant that depends on memory alone, asked once for a memory, not once for a state: many states differ in
 * registers only. The checker's memory keeps a 64-bit hash of its words; the verdict `true` is remembered for it.
 */
export function onceForMemory(invariant: (memory: Memory) => boolean | string): ProgramInvariant {
  const lows = new Int32Array(SIZE);
  const highs = new Int32Array(SIZE);
  const used = new Uint8Array(SIZE);
  return (memory) => {
    const { low, high } = memory as unknown as { readonly low: number; readonly high: number };
    const at = (low ^ high) & (SIZE - 1);
    if (used[at] === 1 && lows[at] === low && highs[at] === high) return true;
    const verdict = invariant(memory);
    if (verdict !== true) return verdict;
    used[at] = 1;
    lows[at] = low;
    highs[at] = high;
    return true;
  };
}
