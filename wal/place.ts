import { STAGED_AT, TAIL_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import type { LogRegisters } from './log-registers.ts';
import { emptyWord, lsnWord, placeOf } from './ring.ts';
import { waitForRoom } from './room.ts';

/*
 * Deciding a record, by its writer or by anyone who meets it PENDING (README, "Deciding", L0 to L4). In: `subject`, `afterDecide`; the caller is pinned.
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
  const staged = memory.load(STAGED_AT);
  if (staged !== op.stagedSeen) op.stalls = 0;
  op.stagedSeen = staged;
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
