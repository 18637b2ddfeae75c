import type { Memory } from '../../pagecache/memory.ts';
import { keyAt, keyLengthAt } from '../../wal/memory-record.ts';
import {
  bornEra,
  COUNT,
  EMPTY_SLOT,
  entryAt,
  FROZEN,
  HINT,
  isTombstoneSlot,
  SLOTS,
  slotAt,
  slotFingerprint,
  slotRecord,
} from '../frame.ts';
import { compareKeys, lowerBound } from '../keys.ts';
import { LEAF_ERAS_MAX } from '../limits.ts';
import { type EngineStep, type Operation, ownKeyAt } from '../operation.ts';

/*
 * Reading a leaf's slot log (README, "Reading a leaf", R1 and R2). In: `frame`, `afterSlots`; pinned. Out: `filled`, the
 * number of slots that hold records, and `frozen`. Slots below the hint were written before it: they are read plainly.
 */

/** R1: the hint is a lower bound of the filled slots. */
export function readHint(memory: Memory, op: Operation): EngineStep | null {
  op.filled = memory.load(op.frame + HINT);
  op.frozen = false;
  return op.filled < memory.read32(op.frame + SLOTS) ? readSlot : op.afterSlots;
}

/** R2: on from there, up to an empty slot, FROZEN or the end. */
export function readSlot(memory: Memory, op: Operation): EngineStep | null {
  const slot = memory.load(slotAt(op.frame, op.filled));
  if (slot === FROZEN) op.frozen = true;
  if (slot === EMPTY_SLOT || slot === FROZEN) return op.afterSlots;
  op.filled++;
  return op.filled < memory.read32(op.frame + SLOTS) ? readSlot : op.afterSlots;
}

/** The newest slot record of the operation's own key, or 0. Private: the slots below `filled` never change. */
export function newestInSlots(memory: Memory, op: Operation): number {
  const { frame, fingerprint } = op;
  for (let i = op.filled - 1; i >= 0; i--) {
    const slot = memory.read32(slotAt(frame, i));
    if (slotFingerprint(slot) !== fingerprint) continue;
    const record = slotRecord(frame, slot);
    if (holdsOwnKey(memory, op, record)) return record;
  }
  return 0;
}

/** The record of the operation's own key in the sorted area, or 0. Private. */
export function inSortedArea(memory: Memory, op: Operation): number {
  const bound = lowerBound(memory, op.frame, ownKeyAt(op), op.ownKeyLength);
  return (bound & 1) === 1 ? entryAt(memory, op.frame, bound >>> 1) : 0;
}

/** Whether a record has the operation's own key. */
export function holdsOwnKey(memory: Memory, op: Operation, record: number): boolean {
  const length = keyLengthAt(memory, record);
  return length === op.ownKeyLength && compareKeys(memory, keyAt(record), length, ownKeyAt(op), length) === 0;
}

/**
 * Whether the leaf was born so many eras ago that it takes no more records: their positions are known only within 2^31 from
 * its birth. It is consolidated instead.
 */
export function isAged(memory: Memory, op: Operation): boolean {
  return op.era - bornEra(memory, op.frame) > LEAF_ERAS_MAX;
}

/** Whether the leaf may hold no visible key: each tombstone took one away, each other record added one at most. */
export function mayBeEmpty(memory: Memory, op: Operation): boolean {
  let visible = memory.read32(op.frame + COUNT);
  for (let i = 0; i < op.filled; i++) visible += isTombstoneSlot(memory.read32(slotAt(op.frame, i))) ? -1 : 1;
  return visible <= 0;
}
