import { moveEpoch, pin, unpin } from '../../pagecache/epochs.ts';
import { EPOCH_AT, KEEPER_WAKE_AT } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { readEra } from '../../wal/era.ts';
import { PRESSURE_ATTEMPTS, PRESSURE_ATTEMPTS_AT_ONCE, PRESSURE_EPOCHS, PRESSURE_WAIT_MS } from '../limits.ts';
import { type EngineStep, NO_FAILURE, type Operation, OUT_OF_MEMORY } from '../operation.ts';
import { restart } from './descend.ts';
import { freeFrames } from './note.ts';

/*
 * No block is free (README, "Back-pressure"): leaves the pages, moves the epoch, so that retired blocks become free, and
 * starts again; when the epoch has moved often and still nothing is free, the operation fails, having changed nothing.
 */

/** M1: gives back what was allocated, then unpins. */
export function relieve(memory: Memory, op: Operation): EngineStep | null {
  op.onLost = leave;
  return freeFrames(memory, op);
}

function leave(memory: Memory, op: Operation): EngineStep | null {
  if (op.pressure === 0) op.pressureEpoch = op.epoch;
  const waited = op.pressure >= PRESSURE_ATTEMPTS || op.epoch - op.pressureEpoch >= PRESSURE_EPOCHS;
  if (op.failure === NO_FAILURE && waited) op.failure = OUT_OF_MEMORY;
  if (op.failure !== NO_FAILURE) return null;
  op.pressure++;
  op.afterUnpin = move;
  return unpin(memory, op);
}

/** M2: one move frees nothing yet; the attempts together make the grace period. */
function move(memory: Memory, op: Operation): EngineStep | null {
  op.afterMove = wakeKeeper;
  return moveEpoch(memory, op);
}

/** M3: lets the keeper take what the log holds, and others leave, then starts again. */
function wakeKeeper(memory: Memory, _op: Operation): EngineStep | null {
  memory.add(KEEPER_WAKE_AT, 1);
  return notifyKeeper;
}

function notifyKeeper(memory: Memory, op: Operation): EngineStep | null {
  memory.notify(KEEPER_WAKE_AT, 1);
  return op.pressure < PRESSURE_ATTEMPTS_AT_ONCE ? again(memory, op) : rest;
}

function rest(memory: Memory, op: Operation): EngineStep | null {
  memory.wait(EPOCH_AT, op.epoch, PRESSURE_WAIT_MS);
  return again(memory, op);
}

function again(_memory: Memory, op: Operation): EngineStep | null {
  op.afterPin = readEra;
  op.afterEra = op.onSlotLost ?? restart;
  return pin;
}
