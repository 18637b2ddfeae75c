import { allocate, giveBack } from '../../pagecache/allocator.ts';
import { BLOB_BYTES, BLOB_LENGTH, BLOB_NEXT, blobCapacity } from '../../pagecache/blob.ts';
import { asPrivate } from '../../pagecache/block.ts';
import { classFor, NOTE_BLOB } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { type EngineStep, NO_FAILURE, type Operation, OUT_OF_MEMORY } from '../operation.ts';
import { link } from './note.ts';

/*
 * Writing a large value outside the leaf, before the record that will name it (README, "Large values", H1 to H4): the
 * chain is written from its last block to its first, noted as it grows. In: `value`, `valueLength`. Out: `blob`, or
 * `failure`. Not pinned: nothing shared is followed.
 */

/** H1: where the chain ends. */
export function writeBlob(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.blob = 0;
  op.index = op.valueLength;
  op.afterAllocate = writeBlock;
  return nextBlock(memory, op);
}

/** H2: a block for the last bytes that are not written yet: full ones, but for the chain's last block. Private. */
function nextBlock(memory: Memory, op: Operation): EngineStep | null {
  if (op.index === 0) return null;
  const { layout } = op;
  const full = blobCapacity(layout.classWords[layout.classWords.length - 1]);
  const length = op.index % full === 0 ? full : op.index % full;
  op.wantedClass = classFor(layout, BLOB_BYTES + 2 + ((length + 3) >>> 2));
  return allocate(memory, op);
}

/** H3: writes it and puts it before the chain. */
function writeBlock(memory: Memory, op: Operation): EngineStep | null {
  if (op.block === 0) {
    op.failure = OUT_OF_MEMORY;
    return freeChain(memory, op);
  }
  const { layout, block } = op;
  const full = blobCapacity(layout.classWords[layout.classWords.length - 1]);
  const length = op.index % full === 0 ? full : op.index % full;
  op.index -= length;
  memory.write32(block + BLOB_NEXT, op.blob);
  memory.write32(block + BLOB_LENGTH, length);
  memory.write32(block + BLOB_BYTES + (length >>> 2), 0);
  memory.write32(block + BLOB_BYTES + (length >>> 2) + 1, 0);
  memory.writeBytes((block + BLOB_BYTES) * 4, op.value, op.index, length);
  op.blob = block;
  memory.write32(op.threadAt + NOTE_BLOB, block);
  op.afterLink = nextBlock;
  return link(memory, op);
}

/** H4: frees a chain that no record came to name. In: `blob`. */
export function freeChain(_memory: Memory, op: Operation): EngineStep | null {
  op.block = op.blob;
  return op.block === 0 ? null : readChained;
}

function readChained(memory: Memory, op: Operation): EngineStep | null {
  op.blockState = memory.load(op.block);
  return takeBack;
}

/** The block is this thread's again before the note lets go of it: there a reaper finds it, too. */
function takeBack(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.block, asPrivate(op.blockState, op.thread));
  op.blob = memory.read32(op.block + BLOB_NEXT) >>> 0;
  memory.write32(op.threadAt + NOTE_BLOB, op.blob);
  op.afterRetire = freeChain;
  return giveBack;
}
