import type { CacheRegisters } from './cache-registers.ts';
import { EPOCH_AT, MARK_AT, MOVER_AT, PIN, threadArea } from './layout.ts';
import type { Memory, Step } from './memory.ts';

/*
 * Epochs (README, "Epochs"). A thread pins before it follows a page word or a reference from the log ring. After Fraser,
 * "Practical lock-freedom" (2004), with one addition: the epoch also waits for the log, whose ring holds references.
 */

/** P1: reads the epoch. */
export function pin<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.epoch = memory.load(EPOCH_AT);
  return publishPin;
}

/** P2: publishes it. A stale epoch is safe: the epoch cannot move again before it is current. */
function publishPin<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.threadAt + PIN, (op.epoch << 1) | 1);
  return op.afterPin;
}

/** P3: leaves. */
export function unpin<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.threadAt + PIN, 0);
  return op.afterUnpin;
}

/** E1: one mover at a time; only its exit frees the claim for it. The mover is not pinned yet. */
export function moveEpoch<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  return memory.compareExchange(MOVER_AT, 0, op.thread) === 0 ? readMovingEpoch : op.afterMove;
}

/** E2: reads the epoch before the pins, and pins in it: the mover itself follows references of the ring. */
function readMovingEpoch<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.epoch = memory.load(EPOCH_AT);
  op.other = 1;
  return pinMover;
}

function pinMover<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.threadAt + PIN, (op.epoch << 1) | 1);
  return checkPin;
}

/** E3: every pin must be current. */
function checkPin<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const pinned = memory.load(threadArea(op.layout, op.other) + PIN);
  if (pinned !== 0 && pinned !== ((op.epoch << 1) | 1)) return unpinMover;
  op.other++;
  return op.other < op.layout.threads ? checkPin : readMark;
}

/** E4: the log must have passed the mark: until then ring entries may name blocks that were retired before. */
function readMark<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.mark = memory.load(MARK_AT);
  op.afterDrain = checkDrained;
  return op.drain;
}

function checkDrained<O extends CacheRegisters<O>>(_memory: Memory, op: O): Step<O> | null {
  return op.drained ? advanceEpoch : unpinMover;
}

/** E5: moves the epoch. */
function advanceEpoch<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(EPOCH_AT, (op.epoch + 1) & 0x3fffffff);
  op.afterHelpTail = storeMark;
  return op.helpTail;
}

/** E6: the next mark: every reference that the ring holds by now stands below it. */
function storeMark<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(MARK_AT, op.mark);
  return unpinMover;
}

/** E7: gives the claim back. */
function unpinMover<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.threadAt + PIN, 0);
  return releaseMover;
}

function releaseMover<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(MOVER_AT, 0);
  return op.afterMove;
}
