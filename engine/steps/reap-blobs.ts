import { retire } from '../../pagecache/allocator.ts';
import { BLOB_NEXT } from '../../pagecache/blob.ts';
import { NOTE_OLD } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { blobOf, keyAt, keyLengthAt } from '../../wal/memory-record.ts';
import { namesBlob, nextBlobRecord } from '../leaf-blobs.ts';
import { type EngineStep, type Operation, searchFor } from '../operation.ts';
import { readPage } from './descend.ts';
import { retireFrame } from './retire-old.ts';

/*
 * A part of reaping (README, "Death", Z5): a leaf of the dead's note was replaced, by it or by somebody else. Which large
 * values were left out then, only the tree can tell: those that the leaf which now covers their key does not name. Nothing
 * comes back into a leaf, and of several that retire a value one wins.
 *
 * In: `frame` (the old one), `filled`, `pid` (its page), `deadAt`, `afterFinish`.
 */

/** Looks at one record after another. Private. */
export function findUnnamedBlobs(memory: Memory, op: Operation): EngineStep | null {
  op.dropIndex = 0;
  op.firstFilled = op.filled;
  op.place = op.pid;
  op.onBroken = giveUp;
  op.afterDescend = judgeBlob;
  op.parentPid = 0;
  op.forwarded = false;
  op.liveChild = 0;
  return findNext(memory, op);
}

function findNext(memory: Memory, op: Operation): EngineStep | null {
  op.frame = memory.read32(op.deadAt + NOTE_OLD) >>> 0;
  op.filled = op.firstFilled;
  op.match = nextBlobRecord(memory, op);
  if (op.match === 0) return giveUp(memory, op);
  searchFor(memory, op, keyAt(op.match), keyLengthAt(memory, op.match), 0);
  op.strict = false;
  op.pid = op.place;
  return readPage;
}

/** The leaf that covers the key now. Private. */
function judgeBlob(memory: Memory, op: Operation): EngineStep | null {
  if (namesBlob(memory, op.frame, op.match)) return findNext;
  op.dropNext = blobOf(memory, op.match, keyLengthAt(memory, op.match));
  return retireNext(memory, op);
}

function retireNext(memory: Memory, op: Operation): EngineStep | null {
  if (op.dropNext === 0) return findNext(memory, op);
  op.block = op.dropNext;
  op.dropNext = memory.read32(op.block + BLOB_NEXT) >>> 0;
  op.afterRetire = retireNext;
  return retire;
}

/** All were looked at, or the tree was dropped: then its pages are the owner's. Private. */
function giveUp(memory: Memory, op: Operation): EngineStep | null {
  op.onBroken = null;
  op.frame = memory.read32(op.deadAt + NOTE_OLD) >>> 0;
  return retireFrame(memory, op);
}
