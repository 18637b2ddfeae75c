import { giveBack } from '../../pagecache/allocator.ts';
import { asLinked, asPrivate } from '../../pagecache/block.ts';
import {
  NOTE_LEFT_PID,
  NOTE_NEW,
  NOTE_OLD,
  NOTE_PID,
  NOTE_RIGHT,
  NOTE_RIGHT_PID,
  NOTE_ROOT,
} from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { addressOf } from '../../pagecache/page-word.ts';
import type { EngineStep, Operation } from '../operation.ts';

/*
 * What a thread is about to do to a page word, in shared memory, so that a reaper can finish it (README, "Death").
 */

/** Notes the change of `pid` from `word` to the frames `left`, `right`, `root`, and to the new pages of a split. */
export function writeNote(memory: Memory, op: Operation): void {
  const at = op.threadAt;
  memory.write32(at + NOTE_OLD, addressOf(op.word));
  memory.write32(at + NOTE_NEW, op.left);
  memory.write32(at + NOTE_RIGHT, op.right);
  memory.write32(at + NOTE_ROOT, op.root);
  memory.write32(at + NOTE_PID, op.pid);
}

/** The change is done, or given up. */
export function clearNote(memory: Memory, op: Operation): void {
  memory.write32(op.threadAt + NOTE_PID, 0);
}

/** The page ids that this thread took for a split are in use now. */
export function clearSparePids(memory: Memory, op: Operation): void {
  memory.write32(op.threadAt + NOTE_RIGHT_PID, 0);
  if (op.root !== 0) memory.write32(op.threadAt + NOTE_LEFT_PID, 0);
}

/** Marks `block` as about to be named by others, then goes to `afterLink`. */
export function link(memory: Memory, op: Operation): EngineStep | null {
  op.blockState = memory.load(op.block);
  return storeLinked;
}

function storeLinked(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.block, asLinked(op.blockState));
  return op.afterLink;
}

/**
 * A change was lost: the frame that no page word has named (`left`, or `root`) becomes private again, so that a reaper frees
 * it, before the note is cleared; then it is given back, and the operation goes to `onLost`.
 */
export function unlinkFrames(_memory: Memory, op: Operation): EngineStep | null {
  op.block = op.left !== 0 ? op.left : op.root;
  return readLinked;
}

function readLinked(memory: Memory, op: Operation): EngineStep | null {
  op.blockState = memory.load(op.block);
  return storePrivate;
}

function storePrivate(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.block, asPrivate(op.blockState, op.thread));
  clearNote(memory, op);
  return freeFrames;
}

/** Gives back the frames of a change that is not made, then goes to `onLost`. */
export function freeFrames(memory: Memory, op: Operation): EngineStep | null {
  op.afterRetire = freeFrames;
  if (op.left !== 0) {
    op.block = op.left;
    op.left = 0;
  } else if (op.right !== 0) {
    op.block = op.right;
    op.right = 0;
  } else if (op.root !== 0) {
    op.block = op.root;
    op.root = 0;
  } else return op.onLost;
  return giveBack(memory, op);
}
