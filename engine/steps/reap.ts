import { retire } from '../../pagecache/allocator.ts';
import { BLOB_NEXT } from '../../pagecache/blob.ts';
import { asFree, LINKED, ownerOf, PRIVATE, stateOf } from '../../pagecache/block.ts';
import { pin } from '../../pagecache/epochs.ts';
import {
  NEXT_CHUNK_AT,
  NOTE_BLOB,
  NOTE_FRAME,
  NOTE_LEFT_PID,
  NOTE_NEW,
  NOTE_OLD,
  NOTE_PID,
  NOTE_RECORD,
  NOTE_RIGHT,
  NOTE_RIGHT_PID,
  NOTE_ROOT,
  threadArea,
} from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { addressOf, frameWord, isFrame, UNUSED } from '../../pagecache/page-word.ts';
import { help } from '../../wal/place.ts';
import { EMPTY_SLOT, FROZEN, highKeyAt, highKeyLength, LEVEL, SLOTS, slotAt, slotRecord } from '../frame.ts';
import { type EngineStep, NO_FAILURE, type Operation, searchFor } from '../operation.ts';
import { readPage } from './descend.ts';
import { findUnnamedBlobs } from './reap-blobs.ts';
import { releaseRoles } from './reap-roles.ts';
import { retireFrame, retireOld } from './retire-old.ts';

/*
 * Finishing what a dead thread left (README, "Death", Z1 to Z7). Its pin is cleared last, so nothing that it named has
 * been reused. In: `dead` (the thread; only its exit proves that it is); one reaper for one dead thread. Out: `planted`, a
 * page that the dead made for a new tree and that may be in no catalog; the reaper's own thread is pinned still.
 */

/** Z1: pins. */
export function reap(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.deadAt = threadArea(op.layout, op.dead);
  op.planted = 0;
  op.poster = null;
  op.compressor = null;
  op.onBroken = null;
  op.afterPin = findRecord;
  return pin(memory, op);
}

/** Z2: its record, if a slot names it, is public: it is decided. Else nobody has seen it, and nobody will. */
function findRecord(memory: Memory, op: Operation): EngineStep | null {
  op.subject = memory.read32(op.deadAt + NOTE_RECORD) >>> 0;
  op.frame = memory.read32(op.deadAt + NOTE_FRAME) >>> 0;
  op.filled = 0;
  return op.subject === 0 ? freeBlob(memory, op) : compareSlot;
}

function compareSlot(memory: Memory, op: Operation): EngineStep | null {
  const slot = memory.load(slotAt(op.frame, op.filled));
  if (slot === EMPTY_SLOT || slot === FROZEN) return freeBlob(memory, op);
  if (slotRecord(op.frame, slot) === op.subject) {
    op.afterDecide = readPageNote;
    return help;
  }
  op.filled++;
  return op.filled < memory.read32(op.frame + SLOTS) ? compareSlot : freeBlob(memory, op);
}

/** A large value that no public record names: freed, block by block. */
function freeBlob(memory: Memory, op: Operation): EngineStep | null {
  op.block = memory.read32(op.deadAt + NOTE_BLOB) >>> 0;
  return op.block === 0 ? readPageNote(memory, op) : readBlobBlock;
}

function readBlobBlock(memory: Memory, op: Operation): EngineStep | null {
  op.blockState = memory.load(op.block);
  return freeBlobBlock;
}

function freeBlobBlock(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(op.deadAt + NOTE_BLOB, memory.read32(op.block + BLOB_NEXT));
  free(memory, op);
  return freeBlob;
}

/** Z3: the page word that it was about to change. */
function readPageNote(memory: Memory, op: Operation): EngineStep | null {
  op.pid = memory.read32(op.deadAt + NOTE_PID);
  if (op.pid === 0) return walkHeap(memory, op);
  op.left = memory.read32(op.deadAt + NOTE_NEW) >>> 0;
  op.right = memory.read32(op.deadAt + NOTE_RIGHT) >>> 0;
  op.root = memory.read32(op.deadAt + NOTE_ROOT) >>> 0;
  op.rightPid = memory.read32(op.deadAt + NOTE_RIGHT_PID);
  op.leftPid = memory.read32(op.deadAt + NOTE_LEFT_PID);
  return readNotedWord;
}

function readNotedWord(memory: Memory, op: Operation): EngineStep | null {
  const old = memory.read32(op.deadAt + NOTE_OLD) >>> 0;
  const word = memory.load(op.layout.pageTableAt + op.pid);
  op.word = frameWord(old);
  const frame = isFrame(word) ? addressOf(word) : 0;
  if (old === 0 && frame === op.left) return walkHeap(memory, op); // a new tree's root, which has a note of its own
  if (frame === old) return withdrawRight;
  if (op.right === 0) return retireIfUnlinked(memory, op, op.left);
  if (frame === op.left || frame === op.root) return changed(memory, op);
  return findRight(memory, op);
}

/** Z4: the page changed again since: whether the dead's split came first, its right half tells: it is in the chain, or changed. */
function findRight(memory: Memory, op: Operation): EngineStep | null {
  op.place = op.pid;
  searchFor(memory, op, highKeyAt(memory, op.left), highKeyLength(memory, op.left), memory.read32(op.left + LEVEL));
  op.strict = false;
  op.parentPid = 0;
  op.forwarded = false;
  op.liveChild = 0;
  op.afterDescend = judgeRight;
  op.onBroken = walkHeap; // the tree was dropped meanwhile: its pages are the owner's
  return readPage;
}

function judgeRight(memory: Memory, op: Operation): EngineStep | null {
  const reached = op.pid;
  op.pid = op.place;
  op.word = frameWord(memory.read32(op.deadAt + NOTE_OLD) >>> 0);
  return reached === op.rightPid ? changed(memory, op) : readRightWord;
}

function readRightWord(memory: Memory, op: Operation): EngineStep | null {
  const word = memory.load(op.layout.pageTableAt + op.rightPid);
  // Withdrawn by the dead itself, or still as published: the split lost. A right half in use has another word by now.
  return word === UNUSED || word === frameWord(op.right) ? withdrawRight : changed(memory, op);
}

/** The change took place: its page ids are in use; the frames that it made may have been replaced, the old one is retired. */
function changed(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(op.deadAt + NOTE_RIGHT_PID, 0);
  if (op.root !== 0) memory.write32(op.deadAt + NOTE_LEFT_PID, 0);
  return retireDeadsOld(memory, op);
}

/**
 * A single new frame that the page word does not name: replaced already, or never installed; in either case retired. So it
 * is not known whose frames took the old one's place: what they left out the tree must tell. The same for a collapse.
 */
function retireIfUnlinked(memory: Memory, op: Operation, frame: number): EngineStep | null {
  if (frame === 0) return retireUnnamedBlobs(memory, op);
  op.other = frame;
  return rereadNotedWord;
}

function rereadNotedWord(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(op.layout.pageTableAt + op.pid) === frameWord(op.other)) return retireDeadsOld(memory, op);
  op.block = op.other;
  op.afterRetire = retireUnnamedBlobs;
  return retire;
}

/** Z5: the frame that the page word named before, and the large values that it alone named. */
function retireDeadsOld(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = retireOld;
  return readOld(memory, op);
}

function retireUnnamedBlobs(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = findUnnamedBlobs;
  return readOld(memory, op);
}

/** How many slots of the old frame hold records. */
function readOld(memory: Memory, op: Operation): EngineStep | null {
  op.frame = addressOf(op.word);
  op.filled = 0;
  op.afterFinish = walkHeap;
  if (op.frame === 0) return walkHeap(memory, op);
  if (memory.read32(op.frame + LEVEL) > 0) return retireFrame(memory, op);
  return memory.read32(op.frame + SLOTS) > 0 ? countSlots : op.afterSlots;
}

function countSlots(memory: Memory, op: Operation): EngineStep | null {
  const slot = memory.load(slotAt(op.frame, op.filled));
  if (slot === EMPTY_SLOT || slot === FROZEN) return op.afterSlots;
  op.filled++;
  return op.filled < memory.read32(op.frame + SLOTS) ? countSlots : op.afterSlots;
}

/** The change did not take place, and cannot any more: its pages are withdrawn, its frames retired. */
function withdrawRight(memory: Memory, op: Operation): EngineStep | null {
  if (op.right === 0) return freeNew(memory, op);
  memory.store(op.layout.pageTableAt + op.rightPid, UNUSED);
  return op.root === 0 ? freeNew : withdrawLeft;
}

function withdrawLeft(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.layout.pageTableAt + op.leftPid, UNUSED);
  return freeNew;
}

function freeNew(_memory: Memory, op: Operation): EngineStep | null {
  op.block = op.left !== 0 ? op.left : op.right !== 0 ? op.right : op.root;
  if (op.block === 0) return walkHeap;
  if (op.left !== 0) op.left = 0;
  else if (op.right !== 0) op.right = 0;
  else op.root = 0;
  return readNew;
}

function readNew(memory: Memory, op: Operation): EngineStep | null {
  op.blockState = memory.load(op.block);
  op.afterRetire = freeNew;
  return stateOf(op.blockState) === LINKED ? retire : freeNew(memory, op);
}

/** Z6: whatever the dead had taken and not linked is free again: the heap is walked for it. */
function walkHeap(_memory: Memory, op: Operation): EngineStep | null {
  op.onBroken = null;
  op.chunk = 0;
  return readChunkCount;
}

function readChunkCount(memory: Memory, op: Operation): EngineStep | null {
  op.scanned = Math.min(memory.load(NEXT_CHUNK_AT) + 1, op.layout.chunks);
  return nextChunk(memory, op);
}

function nextChunk(_memory: Memory, op: Operation): EngineStep | null {
  return op.chunk < op.scanned ? readChunkClass : releaseRoles;
}

function readChunkClass(memory: Memory, op: Operation): EngineStep | null {
  const { layout } = op;
  op.wantedClass = memory.load(layout.chunkTableAt + op.chunk) - 1;
  op.block = layout.heapAt + op.chunk * layout.chunkWords;
  op.chunk++;
  return op.wantedClass < 0 ? nextChunk(memory, op) : readBlock;
}

function readBlock(memory: Memory, op: Operation): EngineStep | null {
  op.blockState = memory.load(op.block);
  const lost = stateOf(op.blockState) === PRIVATE && ownerOf(op.blockState) === op.dead;
  if (lost) return freeLost;
  return nextBlock(memory, op);
}

function freeLost(memory: Memory, op: Operation): EngineStep | null {
  free(memory, op);
  return nextBlock(memory, op);
}

function nextBlock(memory: Memory, op: Operation): EngineStep | null {
  const { layout } = op;
  const words = layout.classWords[op.wantedClass];
  op.block += words;
  const end = layout.heapAt + op.chunk * layout.chunkWords;
  return op.block + words <= end ? readBlock : nextChunk(memory, op);
}

/** Frees `block`, whose state word is `blockState`: nobody can name it any more. The one atomic action of its step. */
function free(memory: Memory, op: Operation): void {
  const { layout } = op;
  const chunk = Math.floor((op.block - layout.heapAt) / layout.chunkWords);
  memory.released(op.block + 1, layout.classWords[memory.read32(layout.chunkTableAt + chunk) - 1] - 1);
  memory.store(op.block, asFree(op.blockState));
}
