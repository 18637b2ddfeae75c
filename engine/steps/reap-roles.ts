import {
  COLLECTOR_AT,
  KEEPER_AT,
  MARK_AT,
  MOVER_AT,
  NOTE_BLOB,
  NOTE_PID,
  NOTE_PLANTED,
  NOTE_RECORD,
  PIN,
  SNAPSHOT_TOP_AT,
  TICKET,
} from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { claimedWord, isHeld, SLOT_FREE, SLOT_GIVEN_UP } from '../snapshot-word.ts';

/*
 * The last part of reaping (README, "Death", Z7): the dead's roles, then its pin, then its slot. In: `dead`, `deadAt`.
 */

/** Z7: the mover's claim: the mark may be missing that belongs to the epoch it stored, so it is set again, later. */
export function releaseRoles(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(MOVER_AT) !== op.dead) return releaseKeeper;
  op.afterHelpTail = storeMark;
  return op.helpTail;
}

function storeMark(memory: Memory, op: Operation): EngineStep | null {
  memory.store(MARK_AT, op.mark);
  return releaseMover;
}

function releaseMover(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(MOVER_AT, op.dead, 0);
  return releaseKeeper;
}

/** A successor finds in the staging words where the dead keeper stopped. */
function releaseKeeper(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(KEEPER_AT, op.dead, 0);
  return releaseCollector;
}

/** The walk over the page table goes on where the last turn ended. */
function releaseCollector(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(COLLECTOR_AT, op.dead, 0);
  adoptPlanted(memory, op);
  // The blocks before the record that names them, in case this thread dies in between: see `raiseHint`.
  memory.write32(op.deadAt + NOTE_BLOB, 0);
  memory.write32(op.deadAt + NOTE_RECORD, 0);
  memory.write32(op.deadAt + NOTE_PID, 0);
  return readDeadsSnapshots;
}

/** The snapshots that it held end: nobody else ends them. */
function readDeadsSnapshots(memory: Memory, op: Operation): EngineStep | null {
  op.index = 0;
  op.top = memory.load(SNAPSHOT_TOP_AT);
  return nextDeadsSnapshot(memory, op);
}

function nextDeadsSnapshot(_memory: Memory, op: Operation): EngineStep | null {
  return op.index < op.top ? readDeadsSlot : clearPin;
}

/** A slot that is being taken names the taker in its word; later the owner's word is true, which is written in between. */
function readDeadsSlot(memory: Memory, op: Operation): EngineStep | null {
  const word = memory.load(op.layout.snapshotsAt + op.index++);
  if (word === claimedWord(op.dead)) return endDeadsSnapshot;
  return isHeld(word) || word === SLOT_GIVEN_UP ? readSlotOwner : nextDeadsSnapshot(memory, op);
}

function readSlotOwner(memory: Memory, op: Operation): EngineStep | null {
  const owner = memory.load(op.layout.snapshotsAt + op.layout.snapshots + op.index - 1);
  return owner === op.dead ? endDeadsSnapshot : nextDeadsSnapshot(memory, op);
}

function endDeadsSnapshot(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.layout.snapshotsAt + op.index - 1, SLOT_FREE);
  return nextDeadsSnapshot;
}

/** A page that the dead made for a new tree is the reaper's now, which finds out whether the tree has got its name. */
function adoptPlanted(memory: Memory, op: Operation): void {
  op.planted = memory.read32(op.deadAt + NOTE_PLANTED);
  if (op.planted === 0) return;
  memory.write32(op.threadAt + NOTE_PLANTED, op.planted);
  memory.write32(op.deadAt + NOTE_PLANTED, 0);
}

/** The pin is cleared last: until then nothing that the dead named could be reused. */
function clearPin(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.deadAt + PIN, 0);
  return clearTicket;
}

/** The slot can be taken by another thread. */
function clearTicket(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.deadAt + TICKET, 0);
  return null;
}
