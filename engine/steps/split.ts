import { allocate, retire } from '../../pagecache/allocator.ts';
import { NOTE_LEFT_PID, NOTE_RIGHT_PID } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { takePid } from '../../pagecache/page-ids.ts';
import { frameWord, UNUSED } from '../../pagecache/page-word.ts';
import { buildInner } from '../build.ts';
import { LEVEL } from '../frame.ts';
import { takeEntry } from '../merge.ts';
import { type EngineStep, type Operation, OUT_OF_PAGES } from '../operation.ts';
import { buildHalves } from '../rebuild.ts';
import { clearSparePids, link, unlinkFrames, writeNote } from './note.ts';
import { replaced } from './retire-old.ts';

/*
 * Splitting a page (README, "Split", X1 to X6): the right half is published under a new PID, then one CAS on the page word
 * installs the left half, whose right link names it. Every state in between is a correct tree. The root's PID is fixed:
 * both halves get new PIDs, and the CAS turns the root into an inner page above them.
 *
 * In: as for consolidating, with `cut`, `separatorLength` and the size classes planned.
 */

/** X1: page ids for the new pages: what an earlier split of this thread did not use, or new ones. */
export function split(memory: Memory, op: Operation): EngineStep | null {
  op.left = 0;
  op.right = 0;
  op.root = 0;
  op.rightPid = memory.read32(op.threadAt + NOTE_RIGHT_PID);
  op.leftPid = memory.read32(op.threadAt + NOTE_LEFT_PID);
  if (op.rightPid === 0) {
    op.afterTakePid = haveRightPid;
    return takePid(memory, op);
  }
  return needsLeftPid(memory, op);
}

function haveRightPid(memory: Memory, op: Operation): EngineStep | null {
  op.rightPid = op.newPid;
  if (op.rightPid >= op.layout.pages) return outOfPages(op);
  memory.write32(op.threadAt + NOTE_RIGHT_PID, op.rightPid);
  return needsLeftPid(memory, op);
}

function needsLeftPid(memory: Memory, op: Operation): EngineStep | null {
  if (!isRoot(op) || op.leftPid !== 0) return allocateLeft(memory, op);
  op.afterTakePid = haveLeftPid;
  return takePid(memory, op);
}

function haveLeftPid(memory: Memory, op: Operation): EngineStep | null {
  op.leftPid = op.newPid;
  if (op.leftPid >= op.layout.pages) return outOfPages(op);
  memory.write32(op.threadAt + NOTE_LEFT_PID, op.leftPid);
  return allocateLeft(memory, op);
}

function outOfPages(op: Operation): EngineStep | null {
  op.failure = OUT_OF_PAGES;
  return op.onStarved;
}

/** X2: allocates all frames before anything is changed. */
function allocateLeft(memory: Memory, op: Operation): EngineStep | null {
  op.wantedClass = op.leftClass;
  op.afterAllocate = allocateRight;
  return allocate(memory, op);
}

function allocateRight(memory: Memory, op: Operation): EngineStep | null {
  if (op.block === 0) return op.onStarved;
  op.left = op.block;
  op.wantedClass = op.rightClass;
  op.afterAllocate = allocateRoot;
  return allocate(memory, op);
}

function allocateRoot(memory: Memory, op: Operation): EngineStep | null {
  if (op.block === 0) return op.onStarved;
  op.right = op.block;
  if (!isRoot(op)) return build(memory, op);
  op.wantedClass = op.rootClass;
  op.afterAllocate = haveRoot;
  return allocate(memory, op);
}

function haveRoot(memory: Memory, op: Operation): EngineStep | null {
  if (op.block === 0) return op.onStarved;
  op.root = op.block;
  return build(memory, op);
}

/** X3: private: writes the frames, and notes the change before they are marked as linked. */
function build(memory: Memory, op: Operation): EngineStep | null {
  buildHalves(memory, op);
  if (op.root !== 0) buildRoot(memory, op);
  writeNote(memory, op);
  op.block = op.left;
  op.afterLink = linkRight;
  return link(memory, op);
}

function linkRight(_memory: Memory, op: Operation): EngineStep | null {
  op.block = op.right;
  op.afterLink = op.root === 0 ? publishRight : linkRoot;
  return link;
}

function linkRoot(_memory: Memory, op: Operation): EngineStep | null {
  op.block = op.root;
  op.afterLink = publishRight;
  return link;
}

/** X4: publishes the right half under its PID, which nothing names yet. */
function publishRight(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.layout.pageTableAt + op.rightPid, frameWord(op.right));
  return op.root === 0 ? install : publishLeft;
}

function publishLeft(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.layout.pageTableAt + op.leftPid, frameWord(op.left));
  return install;
}

/** X5: CASes the page word: to the left half, or to the new root above both. The separator is posted after this. */
function install(memory: Memory, op: Operation): EngineStep | null {
  const at = op.layout.pageTableAt + op.pid;
  const replacement = frameWord(op.root === 0 ? op.left : op.root);
  if (memory.compareExchange(at, op.word, replacement) !== op.word) return withdrawRight;
  clearSparePids(memory, op);
  op.postAt = op.separatorAt;
  op.postLength = op.separatorLength;
  op.postChild = op.rightPid;
  op.postLevel = memory.read32(op.left + LEVEL) + 1;
  op.afterFinish = op.root === 0 ? op.poster : op.afterPost;
  return replaced;
}

/**
 * X6: lost: withdraws the pages, whose frames are retired (who walks over the page table may have seen them), and frees the
 * frame that was not published. The PIDs are kept for the next split.
 */
function withdrawRight(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(op.layout.pageTableAt + op.rightPid, frameWord(op.right), UNUSED);
  op.block = op.right;
  op.right = 0;
  op.afterRetire = op.root === 0 ? unlinkFrames : withdrawLeft;
  return retire;
}

function withdrawLeft(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(op.layout.pageTableAt + op.leftPid, frameWord(op.left), UNUSED);
  op.block = op.left;
  op.left = 0;
  op.afterRetire = unlinkFrames;
  return retire;
}

function isRoot(op: Operation): boolean {
  return op.pid === op.rootPid;
}

function buildRoot(memory: Memory, op: Operation): void {
  const { scratch, layout } = op;
  scratch.count = 0;
  const level = memory.read32(op.left + LEVEL) + 1;
  takeEntry(scratch, op.separatorAt, 0, op.leftPid);
  takeEntry(scratch, op.separatorAt, op.separatorLength, op.rightPid);
  buildInner(memory, scratch, op.root, layout.classWords[op.rootClass], 0, 2, level, 0, op.separatorAt, 0);
}
