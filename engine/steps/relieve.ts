import { moveEpoch, pin, unpin } from '../../pagecache/epochs.ts';
import { EPOCH_AT } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { PRESSURE_ATTEMPTS, PRESSURE_WAIT_MS } from '../limits.ts';
import { type EngineStep, NO_FAILURE, type Operation, OUT_OF_MEMORY } from '../operation.ts';
import { restart } from './descend.ts';
import { freeFrames } from './note.ts';

/*
 * No block is free (README, "Back-pressure"): leaves the pages, moves the epoch, so that retired blocks become free, and
 * starts again; after some attempts the operation fails, having changed nothing.
 */

/** M1: gives back what was allocated, then unpins. */
export function relieve(memory: Memory, op: Operation): EngineStep | null {
  op.onLost = leave;
  return freeFrames(memory, op);
}

function leave(memory: Memory, op: Operation): EngineStep | null {
  if (op.failure === NO_FAILURE && op.pressure >= PRESSURE_ATTEMPTS) op.failure = OUT_OF_MEMORY;
  if (op.failure !== NO_FAILURE) return null;
  op.pressure++;
  op.afterUnpin = move;
  return unpin(memory, op);
}

/** M2: one move frees nothing yet; the attempts together make the grace period. */
function move(memory: Memory, op: Operation): EngineStep | null {
  op.afterMove = rest;
  return moveEpoch(memory, op);
}

/** M3: lets others leave, then starts again. */
function rest(memory: Memory, op: Operation): EngineStep | null {
  memory.wait(EPOCH_AT, op.epoch, op.pressure < PRESSURE_ATTEMPTS / 2 ? 0 : PRESSURE_WAIT_MS);
  op.afterPin = op.onSlotLost ?? restart;
  return pin;
}
