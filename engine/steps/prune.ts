import { HORIZON_AT, KEPT_AT, PRUNED_AT, SNAPSHOT_TOP_AT, seenAt } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { startOfEra } from '../../wal/era.ts';
import { hasPosition, positionsAbove } from '../../wal/memory-record.ts';
import { bornAt, slotAt, slotRecord } from '../frame.ts';
import { SNAPSHOT_POSITIONS_MAX } from '../limits.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { isHeld, SLOT_GIVEN_UP } from '../snapshot-word.ts';

/*
 * What a consolidation must keep (README, "Snapshots", P1 to P4): the snapshots are looked for after the horizon was raised,
 * so one that is not found yet will find the horizon above itself, and begin again above it.
 *
 * In: `frame`, `filled` (all decided), `era`, `afterPrune`; pinned. Out: `born`, above every version of the leaf; `held`
 * snapshots below it, whose distances from it stand in the thread's area, ascending; `oldestSlot`, `oldestWord`.
 */

/** P1: reads the horizon: what this leaf leaves out may be gone below `born`. */
export function prune(memory: Memory, op: Operation): EngineStep | null {
  op.born = bornNext(memory, op);
  return readHorizon;
}

function readHorizon(memory: Memory, op: Operation): EngineStep | null {
  op.horizon = memory.load(HORIZON_AT);
  return ((op.born - op.horizon) | 0) > 0 ? raiseHorizon : readSlotsTop;
}

/** P2: raises it. */
function raiseHorizon(memory: Memory, op: Operation): EngineStep | null {
  return memory.compareExchange(HORIZON_AT, op.horizon, op.born | 0) === op.horizon ? readSlotsTop : readHorizon;
}

/** P3: then looks at the slots that were ever used. */
function readSlotsTop(memory: Memory, op: Operation): EngineStep | null {
  op.held = 0;
  op.oldestWord = 0;
  op.index = 0;
  op.top = memory.load(SNAPSHOT_TOP_AT);
  return nextSnapshot(memory, op);
}

function nextSnapshot(_memory: Memory, op: Operation): EngineStep | null {
  if (op.index < op.top) return readSnapshot;
  return op.held === 0 ? op.afterPrune : readKept;
}

/** Distances are between 31-bit positions: a snapshot that is too far behind for them is given up. */
function readSnapshot(memory: Memory, op: Operation): EngineStep | null {
  const slot = op.layout.snapshotsAt + op.index++;
  const word = memory.load(slot);
  const distance = ((((op.born | 0) << 1) | 1) - word) >> 1;
  if (!isHeld(word) || distance <= 0) return nextSnapshot(memory, op);
  if (op.held === 0 || distance > memory.read32(seenAt(op.layout, op.thread) + op.held - 1)) {
    op.oldestSlot = slot;
    op.oldestWord = word;
  }
  if (distance >= SNAPSHOT_POSITIONS_MAX) return giveUpOldest;
  note(memory, op, distance);
  return nextSnapshot(memory, op);
}

/** P4: too much is kept: the oldest snapshot is given up; again only after the leaves were swept, unless it is far too much. */
function readKept(memory: Memory, op: Operation): EngineStep | null {
  const kept = memory.load(KEPT_AT);
  if (kept <= op.layout.keptWords) return op.afterPrune;
  return kept > 2 * op.layout.keptWords ? giveUpOldest : claimPruning;
}

function claimPruning(memory: Memory, op: Operation): EngineStep | null {
  return memory.compareExchange(PRUNED_AT, 0, 1) === 0 ? giveUpOldest : op.afterPrune;
}

/** Gives the oldest snapshot up, then looks again: its reads fail from now on. In: `oldestSlot`, `oldestWord`. */
export function giveUpOldest(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(op.oldestSlot, op.oldestWord, SLOT_GIVEN_UP);
  return readSlotsTop;
}

/** Above everything in the leaf, not above the log's tail, and at least where the era began: then its age stays bounded. */
function bornNext(memory: Memory, op: Operation): number {
  const { frame } = op;
  const old = bornAt(memory, frame);
  let born = Math.max(old, startOfEra(op.era));
  for (let i = 0; i < op.filled; i++) {
    const lsn = memory.read32(slotRecord(frame, memory.read32(slotAt(frame, i))));
    if (hasPosition(lsn)) born = Math.max(born, old + 1 + positionsAbove(lsn, old));
  }
  return born;
}

/** Adds a distance to the thread's list, in order and once. Private. */
function note(memory: Memory, op: Operation, distance: number): void {
  const list = seenAt(op.layout, op.thread);
  let at = op.held;
  while (at > 0 && memory.read32(list + at - 1) > distance) at--;
  if (at > 0 && memory.read32(list + at - 1) === distance) return;
  for (let i = op.held; i > at; i--) memory.write32(list + i, memory.read32(list + i - 1));
  memory.write32(list + at, distance);
  op.held++;
}
