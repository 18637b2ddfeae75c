import { FRONTIER_AT, type Layout, STAGED_AT, TAIL_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import type { LogRegisters } from './log-registers.ts';
import { waitForRoom } from './room.ts';

/*
 * The log ring: one word per place, EMPTY(lap) or the address of a record (README, "Ring", steps L1 to L4 and F1 to F4).
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

/** Writes the ring of a new store: every place free for its first lap. */
export function initialiseRing(memory: Memory, layout: Layout): void {
  const first = layout.firstPosition;
  for (let i = 0; i < layout.ringWords; i++) {
    memory.store(placeOf(layout, first + i), emptyWord(layout, (first + i) | 0));
  }
  memory.store(TAIL_AT, first);
  memory.store(FRONTIER_AT, first);
  memory.store(STAGED_AT, first);
}

/*
 * Deciding a record, by its writer or by anyone who meets it PENDING. In: `subject`, `afterDecide`; the caller is pinned.
 */

/** L0: a helper looks first: most records are decided by their writers. */
export function help<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  return memory.load(op.subject) === 0 ? takePlace : op.afterDecide;
}

/** L1: reads the tail; the place is there only while the tail is less than a ring ahead of staging. */
export function takePlace<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.place = memory.load(TAIL_AT);
  return ringHasRoom(op) ? claimPlace : readStaged;
}

function readStaged<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagedSeen = memory.load(STAGED_AT);
  if (ringHasRoom(op)) return claimPlace;
  op.afterRoom = help;
  return waitForRoom;
}

/** L2: CASes the place from EMPTY(lap) to the record. */
function claimPlace<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { layout } = op;
  const empty = emptyWord(layout, op.place);
  const found = memory.compareExchange(placeOf(layout, op.place), empty, op.subject);
  return found === empty ? advanceTail : advanceTailForOther;
}

/** L3: moves the tail on; whoever finds a place taken does this for its owner. */
function advanceTail<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(TAIL_AT, op.place, (op.place + 1) | 0);
  return decide;
}

function advanceTailForOther<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(TAIL_AT, op.place, (op.place + 1) | 0);
  return help;
}

/** L4: CASes the record's LSN from PENDING to the position. This word decides; one winner. */
function decide<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(op.subject, 0, lsnWord(op.place));
  return op.afterDecide;
}

function ringHasRoom<O extends LogRegisters<O>>(op: O): boolean {
  return ((op.place - op.stagedSeen) | 0) < op.layout.ringWords;
}

/*
 * Advancing the frontier, by whoever needs it: the keeper, the mover of the epoch, later a snapshot. In: `goal`,
 * `afterAdvance`; the caller is pinned.
 */

/** F1: reads the frontier. */
export function advanceFrontier<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.frontier = memory.load(FRONTIER_AT);
  return ((op.goal - op.frontier) | 0) > 0 ? readEntry : op.afterAdvance;
}

/** F2: reads the entry there. */
function readEntry<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.entry = memory.load(placeOf(op.layout, op.frontier));
  return rereadFrontier;
}

/** F3: reads the frontier again: else a stalled advancer decides a later lap's record into an old position. */
function rereadFrontier<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  if (memory.load(FRONTIER_AT) !== op.frontier) return advanceFrontier;
  if (isEmpty(op.entry)) return op.afterAdvance;
  op.entry >>>= 0;
  return decideEntry;
}

/** F4: decides the entry, then moves the frontier past it. */
function decideEntry<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(op.entry, 0, lsnWord(op.frontier));
  return passEntry;
}

function passEntry<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(FRONTIER_AT, op.frontier, (op.frontier + 1) | 0);
  return advanceFrontier;
}

/*
 * The helped tail: in `mark`, a position above every place that is taken by now.
 */

/** T1: reads the tail. */
export function helpTail<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.mark = memory.load(TAIL_AT);
  return readTailPlace;
}

/** T2: a place that is taken already belongs below. */
function readTailPlace<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const empty = memory.load(placeOf(op.layout, op.mark)) === emptyWord(op.layout, op.mark);
  return empty ? op.afterHelpTail : moveTail;
}

function moveTail<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(TAIL_AT, op.mark, (op.mark + 1) | 0);
  return helpTail;
}
