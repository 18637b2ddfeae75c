import { FRONTIER_AT, STAGED_AT, TAIL_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import type { LogRegisters } from './log-registers.ts';
import { emptyWord, isEmpty, lsnWord, placeOf } from './ring.ts';

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
  return placeIsRecycled(op) ? readTailPlace : readStagedForTail;
}

/** T2: in a full ring the place still holds an entry of the lap before: nobody can have taken it. */
function readStagedForTail<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagedSeen = memory.load(STAGED_AT);
  return placeIsRecycled(op) ? readTailPlace : op.afterHelpTail;
}

/** T3: a place that is taken already belongs below. */
function readTailPlace<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const empty = memory.load(placeOf(op.layout, op.mark)) === emptyWord(op.layout, op.mark);
  return empty ? op.afterHelpTail : moveTail;
}

function moveTail<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(TAIL_AT, op.mark, (op.mark + 1) | 0);
  return helpTail;
}

function placeIsRecycled<O extends LogRegisters<O>>(op: O): boolean {
  return ((op.mark - op.stagedSeen) | 0) < op.layout.ringWords;
}
