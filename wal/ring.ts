import {
  DURABLE_AT,
  ERA_AT,
  FRONTIER_AT,
  HORIZON_AT,
  type Layout,
  MARK_AT,
  STAGED_AT,
  SYNC_WANTED_AT,
  TAIL_AT,
} from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import { eraOf } from './era.ts';

/*
 * The log ring: one word per place, EMPTY(lap) or the address of a record (README, "Ring").
 * Positions are wrapping 32-bit counters. A record's address is even, EMPTY is odd.
 *
 * A position cannot wrap under a thread that still acts on an old one: such a thread is pinned, every position uses at
 * least 16 bytes that cannot be freed meanwhile, and 2^31 times 16 bytes is more than the memory can hold.
 */

/** The word of a place that is free for `position`'s lap. The lap makes a stale CAS fail. */
export function emptyWord(layout: Layout, position: number): number {
  return ((position >>> layout.ringShift) << 1) | 1;
}

/** Whether the word of a place is EMPTY, in whichever lap. */
export function isEmpty(word: number): boolean {
  return (word & 1) === 1;
}

/** The address of a position's place. */
export function placeOf(layout: Layout, position: number): number {
  return layout.ringAt + (position & (layout.ringWords - 1));
}

/** The LSN word of a record that was decided at `position`. (0 is PENDING, and every decided LSN is odd.) */
export function lsnWord(position: number): number {
  return (position << 1) | 1;
}

/** Starts the log at a whole position: every place free for its first lap, nothing behind. */
export function initialiseRing(memory: Memory, layout: Layout, firstLsn: number): void {
  const first = firstLsn | 0;
  for (let i = 0; i < layout.ringWords; i++) {
    memory.store(placeOf(layout, first + i), emptyWord(layout, (first + i) | 0));
  }
  memory.store(ERA_AT, eraOf(firstLsn));
  memory.store(HORIZON_AT, first);
  memory.store(TAIL_AT, first);
  memory.store(FRONTIER_AT, first);
  memory.store(STAGED_AT, first);
  memory.store(MARK_AT, first);
  memory.store(DURABLE_AT, first);
  memory.store(SYNC_WANTED_AT, first);
}
