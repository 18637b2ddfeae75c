import { KEEPER_AT, KEEPER_WAKE_AT, STAGED_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import { advanceFrontier } from './frontier.ts';
import { ROOM_WAIT_MS, ROOM_WAITS_MAX } from './limits.ts';
import type { LogRegisters } from './log-registers.ts';
import { stage } from './staging.ts';

/*
 * What a thread does that finds the ring full: the one place where an operation may wait (README, "Back-pressure").
 * In: `place` (the position that has no room), `stagedSeen`, `afterRoom`; the caller is pinned.
 */

/** W1: with a keeper: wakes it. Without one (a store without a path): does its work. */
export function waitForRoom<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  if (op.layout.stagingBytes === 0) {
    op.goal = op.place;
    op.afterRecycle = checkRecycled;
    return recycleRing(memory, op);
  }
  memory.add(KEEPER_WAKE_AT, 1);
  return notifyKeeper;
}

function notifyKeeper<O extends LogRegisters<O>>(memory: Memory, _op: O): Step<O> | null {
  memory.notify(KEEPER_WAKE_AT, 1);
  return sleepForRoom;
}

function checkRecycled<O extends LogRegisters<O>>(_memory: Memory, op: O): Step<O> | null {
  return op.recycled ? op.afterRoom : sleepForRoom;
}

/** W2: sleeps until staging moves. Bounded, and not for ever: the keeper may have died, which this thread cannot
 * see while it sleeps; it then fails, so that its event loop can. */
function sleepForRoom<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  if (op.stalls++ >= ROOM_WAITS_MAX) {
    op.stalls = 0;
    op.stalled = true;
    return null;
  }
  memory.wait(STAGED_AT, op.stagedSeen, ROOM_WAIT_MS);
  return op.afterRoom;
}

/*
 * Recycling without a keeper's thread. In: `goal` (a position that the tail has passed), `afterRecycle`; pinned.
 * Out: `recycled`, false when another thread holds the role.
 */

/** W3: takes the keeper's role, so that only one thread recycles. */
export function recycleRing<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.recycled = memory.compareExchange(KEEPER_AT, 0, op.thread) === 0;
  if (!op.recycled) return op.afterRecycle;
  op.afterAdvance = recycleDecided;
  return advanceFrontier;
}

function recycleDecided<O extends LogRegisters<O>>(_memory: Memory, op: O): Step<O> | null {
  op.budget = op.layout.ringWords;
  op.afterStage = releaseKeeper;
  return stage;
}

function releaseKeeper<O extends LogRegisters<O>>(memory: Memory, _op: O): Step<O> | null {
  memory.store(KEEPER_AT, 0);
  return notifyRoom;
}

function notifyRoom<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.notify(STAGED_AT, op.layout.threads);
  return op.afterRecycle;
}
