import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { kindAt } from '../../wal/memory-record.ts';
import { TOMBSTONE } from '../../wal/record.ts';
import { slotAt, slotFingerprint, slotRecord } from '../frame.ts';
import { type EngineStep, NO_FAILURE, type Operation, ownKeyAt } from '../operation.ts';
import { isVisibleInSlot, newestInHistory } from '../versions.ts';
import { restart } from './descend.ts';
import { holdsOwnKey, inSortedArea, readHint } from './slots.ts';
import { checkHeld } from './snapshot.ts';

/*
 * Reading one key at a snapshot (README, "Snapshots", T1 to T3): it takes the newest version below the snapshot's position,
 * ignores what is undecided, which will get a position above, and never helps. In: the own key, `snapshot`,
 * `snapshotSlot`, `snapshotWord`. Out: `result`, valid while pinned.
 */

/** T1: pins, then searches. */
export function getAt(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.result = 0;
  op.ownStrict = false;
  op.poster = null;
  op.compressor = null;
  op.body = readLeaf;
  op.afterPin = restart;
  return pin(memory, op);
}

function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = lookUp;
  return readHint(memory, op);
}

function lookUp(memory: Memory, op: Operation): EngineStep | null {
  op.index = op.filled;
  return nextSlot(memory, op);
}

/** T2: private: the next older slot of the key; none: the sorted area and the history, whose versions are decided. */
function nextSlot(memory: Memory, op: Operation): EngineStep | null {
  const { frame, fingerprint } = op;
  while (op.index > 0) {
    op.index--;
    const slot = memory.read32(slotAt(frame, op.index));
    if (slotFingerprint(slot) !== fingerprint) continue;
    op.match = slotRecord(frame, slot);
    if (holdsOwnKey(memory, op, op.match)) return readLsn;
  }
  op.match = newestInHistory(memory, inSortedArea(memory, op), ownKeyAt(op), op.ownKeyLength, op);
  return found(memory, op);
}

function readLsn(memory: Memory, op: Operation): EngineStep | null {
  return isVisibleInSlot(memory, memory.load(op.match), op) ? found(memory, op) : nextSlot(memory, op);
}

/** T3: it counts if the snapshot is still held. Private. */
function found(memory: Memory, op: Operation): EngineStep | null {
  op.result = op.match !== 0 && kindAt(memory, op.match) !== TOMBSTONE ? op.match : 0;
  return checkHeld;
}
