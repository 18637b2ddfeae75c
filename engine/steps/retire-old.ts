import { retire } from '../../pagecache/allocator.ts';
import { BLOB_NEXT } from '../../pagecache/blob.ts';
import { KEPT_AT } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { addressOf } from '../../pagecache/page-word.ts';
import { LEVEL } from '../frame.ts';
import { nextBlob } from '../leaf-blobs.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { keptWords } from '../versions.ts';
import { clearNote } from './note.ts';

/*
 * After a page word was changed: retires the frame it named, and before it the large values whose records the new frames
 * left out (README, "Consolidate", C8). In: `word`, `filled`, `left`, `right`, `afterFinish`; the note is cleared last.
 */

/** C8: first counts what is kept for snapshots. Only whoever changed the page word does that. */
export function replaced(memory: Memory, op: Operation): EngineStep | null {
  op.frame = addressOf(op.word);
  return keptChange(memory, op) === 0 ? retireOld(memory, op) : countKept;
}

function countKept(memory: Memory, op: Operation): EngineStep | null {
  memory.add(KEPT_AT, keptChange(memory, op));
  return retireOld;
}

function keptChange(memory: Memory, op: Operation): number {
  return keptIn(memory, op.left) + keptIn(memory, op.right) - keptIn(memory, op.frame);
}

function keptIn(memory: Memory, frame: number): number {
  return frame === 0 || memory.read32(frame + LEVEL) > 0 ? 0 : keptWords(memory, frame);
}

/** Large values first: once the frame is retired nobody could find them again. */
export function retireOld(memory: Memory, op: Operation): EngineStep | null {
  op.frame = addressOf(op.word);
  op.dropIndex = 0;
  return retireNextBlob(memory, op);
}

function retireNextBlob(memory: Memory, op: Operation): EngineStep | null {
  op.dropNext = memory.read32(op.frame + LEVEL) === 0 ? nextBlob(memory, op, op.left, op.right) : 0;
  if (op.dropNext !== 0) return retireChain(memory, op);
  return retireFrame(memory, op);
}

function retireChain(memory: Memory, op: Operation): EngineStep | null {
  if (op.dropNext === 0) return retireNextBlob(memory, op);
  op.block = op.dropNext;
  op.dropNext = memory.read32(op.block + BLOB_NEXT) >>> 0;
  op.afterRetire = retireChain;
  return retire;
}

/** Then the frame itself. Private. */
export function retireFrame(_memory: Memory, op: Operation): EngineStep | null {
  op.block = op.frame;
  op.afterRetire = retired;
  return retire;
}

function retired(memory: Memory, op: Operation): EngineStep | null {
  clearNote(memory, op);
  return op.afterFinish;
}
