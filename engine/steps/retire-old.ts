import { retire } from '../../pagecache/allocator.ts';
import { BLOB_NEXT } from '../../pagecache/blob.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { addressOf } from '../../pagecache/page-word.ts';
import { blobOf, keyAt, keyLengthAt, kindAt } from '../../wal/memory-record.ts';
import { BLOB } from '../../wal/record.ts';
import { COUNT, entryAt, LEVEL, slotAt, slotRecord } from '../frame.ts';
import { compareKeys } from '../keys.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { clearNote } from './note.ts';

/*
 * After a page word was changed: retires the frame it named, and before it the large values whose records the new frame
 * left out (README, "Consolidate", C8). In: `word`, `filled`, `afterFinish`; the note is cleared last.
 */

/** C8: large values first: once the frame is retired nobody could find them again. */
export function retireOld(memory: Memory, op: Operation): EngineStep | null {
  op.frame = addressOf(op.word);
  op.dropIndex = 0;
  return retireNextBlob(memory, op);
}

function retireNextBlob(memory: Memory, op: Operation): EngineStep | null {
  op.dropNext = memory.read32(op.frame + LEVEL) === 0 ? nextDroppedBlob(memory, op) : 0;
  if (op.dropNext !== 0) return retireChain(memory, op);
  op.block = op.frame;
  op.afterRetire = retired;
  return retire;
}

function retireChain(memory: Memory, op: Operation): EngineStep | null {
  if (op.dropNext === 0) return retireNextBlob(memory, op);
  op.block = op.dropNext;
  op.dropNext = memory.read32(op.block + BLOB_NEXT) >>> 0;
  op.afterRetire = retireChain;
  return retire;
}

function retired(memory: Memory, op: Operation): EngineStep | null {
  clearNote(memory, op);
  return op.afterFinish;
}

/** The chain of the next superseded record from `dropIndex` on: slots are numbered first, then the sorted area; or 0. */
export function nextDroppedBlob(memory: Memory, op: Operation): number {
  const { frame, filled } = op;
  const total = filled + memory.read32(frame + COUNT);
  while (op.dropIndex < total) {
    const index = op.dropIndex++;
    const record =
      index < filled ? slotRecord(frame, memory.read32(slotAt(frame, index))) : entryAt(memory, frame, index - filled);
    if (kindAt(memory, record) !== BLOB) continue;
    if (isSuperseded(memory, op, record, index)) return blobOf(memory, record, keyLengthAt(memory, record));
  }
  return 0;
}

function isSuperseded(memory: Memory, op: Operation, record: number, index: number): boolean {
  const { frame, filled } = op;
  const length = keyLengthAt(memory, record);
  for (let i = index < filled ? index + 1 : 0; i < filled; i++) {
    const later = slotRecord(frame, memory.read32(slotAt(frame, i)));
    if (compareKeys(memory, keyAt(later), keyLengthAt(memory, later), keyAt(record), length) === 0) return true;
  }
  return false;
}
