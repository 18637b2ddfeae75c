import { BLOB_BYTES, BLOB_LENGTH, BLOB_NEXT } from '../pagecache/blob.ts';
import { FRONTIER_AT, KEEPER_WORDS_AT, type Layout, STAGED_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import type { LogRegisters } from './log-registers.ts';
import { blobOf } from './memory-record.ts';
import {
  BLOB,
  keyBytesOf,
  kindOf,
  loggedBytes,
  PART,
  PART_HEADER_BYTES,
  packMeta,
  packMeta2,
  partBytes,
  treeIdOf,
  valueBytesOf,
} from './record.ts';
import { emptyWord, lsnWord, placeOf } from './ring.ts';

/*
 * Staging: the holder of the keeper's role copies the bytes of every entry that counts into the staging buffer and
 * recycles the entry's place (README, "Staging", G1 to G7). The order of its stores lets a successor go on after its
 * death: bytes, their end offset, the place, the staged position. Without a path there are no bytes; the rest is the same.
 *
 * In: `budget` (entries), `afterStage`; pinned, and the keeper's role held. Offsets are wrapping byte counters.
 */

/** Two end offsets, by parity of the position: a successor finds where the entry at `staged` starts. */
export const STAGING_ENDS_AT = KEEPER_WORDS_AT;
/** Everything below is written to the log file. */
export const STAGING_WRITTEN_AT = KEEPER_WORDS_AT + 2;

/** G1: where staging stands. */
export function stage<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const position = memory.load(STAGED_AT);
  if (position !== op.position) op.partOffset = 0; // else a large value that did not fit whole goes on
  op.position = position;
  op.stagingGoal = position;
  return readStart;
}

/** G2: where the bytes of the next entry start: behind those of the one before, and never before what is written. */
function readStart<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagingStart = memory.read32(STAGING_ENDS_AT + ((op.position - 1) & 1));
  const written = memory.read32(STAGING_WRITTEN_AT);
  if (((written - op.stagingStart) | 0) > 0) op.stagingStart = written;
  return nextEntry(memory, op);
}

function nextEntry<O extends LogRegisters<O>>(_memory: Memory, op: O): Step<O> | null {
  if (op.budget === 0) return op.afterStage;
  return op.position === op.stagingGoal ? readStagingGoal : readStagingEntry;
}

/** G3: only what the frontier has passed is staged. */
function readStagingGoal<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagingGoal = memory.load(FRONTIER_AT);
  return op.position === op.stagingGoal ? op.afterStage : readStagingEntry;
}

/** G4: the entry; recycled already: a predecessor died before it published. */
function readStagingEntry<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.entry = memory.load(placeOf(op.layout, op.position));
  if (op.entry === nextLap(op.layout, op.position)) {
    op.stagingStart = memory.read32(STAGING_ENDS_AT + (op.position & 1));
    return publishStaged;
  }
  op.entry >>>= 0;
  return copyEntry;
}

/** G5: the bytes, when the entry counts: its record was decided at this very position. Duplicates of helpers are void. */
function copyEntry<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const counts = memory.load(op.entry) === lsnWord(op.position);
  op.stagingEnd = op.stagingStart;
  if (!counts || op.layout.stagingBytes === 0) return storeEnd;
  if (!copyParts(memory, op)) return op.afterStage;
  return copyRecord(memory, op) ? storeEnd : op.afterStage;
}

function storeEnd<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagingStart = op.stagingEnd;
  op.partOffset = 0;
  memory.store(STAGING_ENDS_AT + (op.position & 1), op.stagingEnd);
  return recyclePlace;
}

/** G6: the place is free for the next lap. */
function recyclePlace<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(placeOf(op.layout, op.position), nextLap(op.layout, op.position));
  return publishStaged;
}

/** G7: staged is last. */
function publishStaged<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.position = (op.position + 1) | 0;
  op.budget--;
  memory.store(STAGED_AT, op.position);
  return nextEntry;
}

function nextLap(layout: Layout, position: number): number {
  return emptyWord(layout, (position + layout.ringWords) | 0);
}

/** Copies the record's header, key and inline value; false when the staging buffer has no room for them. Private. */
function copyRecord<O extends LogRegisters<O>>(memory: Memory, op: O): boolean {
  const meta = memory.read32(op.entry + 1);
  const meta2 = memory.read32(op.entry + 2);
  const bytes = loggedBytes(meta, meta2);
  if (!hasStagingRoom(memory, op, bytes)) return false;
  const header = op.stagingEnd;
  putStaging(memory, op, op.position);
  copyStaging(memory, op, op.entry + 1, bytes / 4 - 1);
  op.stagingEnd = (header + bytes) | 0;
  return true;
}

/** Copies what remains of a large value, in PARTs, as far as there is room; false when some of it still remains. */
function copyParts<O extends LogRegisters<O>>(memory: Memory, op: O): boolean {
  const meta = memory.read32(op.entry + 1);
  if (kindOf(meta) !== BLOB) return true;
  const meta2 = memory.read32(op.entry + 2);
  if (op.partOffset === 0) op.partBlock = blobOf(memory, op.entry, keyBytesOf(meta));
  while (op.partOffset < valueBytesOf(meta2)) {
    const length = memory.read32(op.partBlock + BLOB_LENGTH);
    if (!hasStagingRoom(memory, op, partBytes(length))) return false;
    const start = op.stagingEnd;
    const tree = treeIdOf(meta, meta2);
    putStaging(memory, op, op.position);
    putStaging(memory, op, packMeta(PART, tree, 0));
    putStaging(memory, op, packMeta2(tree, length));
    putStaging(memory, op, op.partOffset);
    putStaging(memory, op, 0);
    copyStaging(memory, op, op.partBlock + BLOB_BYTES, Math.ceil((partBytes(length) - PART_HEADER_BYTES) / 4));
    op.stagingEnd = (start + partBytes(length)) | 0;
    op.partOffset += length;
    op.partBlock = memory.read32(op.partBlock + BLOB_NEXT) >>> 0;
  }
  return true;
}

function hasStagingRoom<O extends LogRegisters<O>>(memory: Memory, op: O, bytes: number): boolean {
  const used = (op.stagingEnd - memory.read32(STAGING_WRITTEN_AT)) | 0;
  return used + bytes <= op.layout.stagingBytes;
}

function putStaging<O extends LogRegisters<O>>(memory: Memory, op: O, word: number): void {
  const offset = op.stagingEnd & (op.layout.stagingBytes - 1);
  memory.write32(op.layout.stagingAt + offset / 4, word);
  op.stagingEnd = (op.stagingEnd + 4) | 0;
}

function copyStaging<O extends LogRegisters<O>>(memory: Memory, op: O, source: number, words: number): void {
  const { stagingAt, stagingBytes } = op.layout;
  const offset = (op.stagingEnd & (stagingBytes - 1)) / 4;
  const first = Math.min(words, stagingBytes / 4 - offset);
  memory.copy(stagingAt + offset, source, first);
  if (first < words) memory.copy(stagingAt, source + first, words - first);
}
