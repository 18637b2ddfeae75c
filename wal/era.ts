import { ERA_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import type { LogRegisters } from './log-registers.ts';

/*
 * The high part of log positions (README, "Positions over a long life"). A position in memory is a wrapping 32-bit counter,
 * in a record only 31 bits of it. What must compare positions that may be further apart, leaves and snapshots, has whole
 * ones: an *era* is 2^28 positions, and the count of eras is a word of its own, which whoever takes a place moves on.
 */

/** An era is 2 to the power of this many positions. */
export const ERA_SHIFT = 28;
const ERA = 2 ** ERA_SHIFT;

/** The whole position (an LSN) of a wrapping one that was read after the era was, and while pinned. */
export function wholePosition(era: number, position: number): number {
  return era * ERA + ((position - (era << ERA_SHIFT)) >>> 0);
}

/** The first position of an era. */
export function startOfEra(era: number): number {
  return era * ERA;
}

/** The era of a whole position. */
export function eraOf(whole: number): number {
  return Math.floor(whole / ERA);
}

/** A1: reads the era, then goes to `afterEra`; pinned: so it stays good to the end of the operation. */
export function readEra<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.era = memory.load(ERA_AT);
  return op.afterEra;
}

/** How many eras later than the one that was read a record was decided: few, for the reader was pinned meanwhile. */
export function erasAhead(era: number, lsn: number): number {
  return ((lsn >>> (ERA_SHIFT + 1)) - era) & 7;
}

/** A2: moves the era on to that of a record just decided. In: `subject`. */
export function moveEra<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(ERA_AT, op.era, op.era + erasAhead(op.era, memory.read32(op.subject)));
  return op.afterEra;
}
