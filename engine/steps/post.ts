import type { Memory } from '../../pagecache/memory.ts';
import { isForwarding, rightOf } from '../../pagecache/page-word.ts';
import { COUNT, childAt, RIGHT } from '../frame.ts';
import { lowerBound } from '../keys.ts';
import { type EngineStep, type Operation, searchFor } from '../operation.ts';
import { boundWords, classForAll, fillScratch, INSERT, planSplit, REDIRECT } from '../rebuild.ts';
import { consolidate } from './consolidate.ts';
import { descend } from './descend.ts';
import { freeFrames } from './note.ts';
import { spareChildren } from './spare.ts';
import { split } from './split.ts';

/*
 * Posting a separator to the parent's level (README, "Post", O1 to O3). Anyone who walks right may post; late posts are
 * harmless. In: `postAt`, `postLength` (the separator), `postChild`, `postLevel`, `afterPost`; pinned since the link to the
 * child was read.
 */

/** O1: finds the inner page that covers the separator. */
export function post(memory: Memory, op: Operation): EngineStep | null {
  searchFor(memory, op, op.postAt, op.postLength, op.postLevel);
  op.strict = false;
  op.afterDescend = skipRight;
  return descend(memory, op);
}

/** The page's right link skips what has collapsed, as a leaf's does. */
function skipRight(memory: Memory, op: Operation): EngineStep | null {
  op.newRight = memory.read32(op.frame + RIGHT);
  return op.newRight === 0 ? insert(memory, op) : readRight;
}

function readRight(memory: Memory, op: Operation): EngineStep | null {
  const word = memory.load(op.layout.pageTableAt + op.newRight);
  if (!isForwarding(word)) return insert(memory, op);
  op.newRight = rightOf(word);
  return readRight;
}

/** O2: private: the page's next content has one entry more, or one that leads elsewhere; there already: done. */
function insert(memory: Memory, op: Operation): EngineStep | null {
  const bound = lowerBound(memory, op.frame, op.postAt, op.postLength);
  op.changeIndex = bound >>> 1;
  op.onLost = post;
  op.onStarved = abandon;
  if ((bound & 1) === 1) return repoint(memory, op);
  op.change = INSERT;
  const words = boundWords(memory, op);
  if (words > op.layout.innerContentWords && memory.read32(op.frame + COUNT) >= 3) {
    fillScratch(memory, op);
    planSplit(memory, op, words, op.newRight === 0 && op.changeIndex === op.scratch.count - 1);
    op.afterSpareAll = split;
    return spareChildren(memory, op);
  }
  op.wantedClass = classForAll(memory, op, words);
  op.afterFinish = op.afterPost;
  return consolidate(memory, op);
}

/**
 * The separator is there. After collapses its entry may lead far to the left, and every search would walk all the way: it is
 * made to lead to the child, which is where the separator's range begins, or did until it collapsed to the right. Private.
 */
function repoint(memory: Memory, op: Operation): EngineStep | null {
  if (childAt(memory, op.frame, op.changeIndex) === op.postChild) return op.afterPost;
  op.change = REDIRECT;
  op.changeEnd = 0;
  op.wantedClass = classForAll(memory, op, boundWords(memory, op));
  op.afterFinish = op.afterPost;
  return consolidate(memory, op);
}

/** O3: no memory for it: someone who walks right will post it later. */
function abandon(_memory: Memory, op: Operation): EngineStep | null {
  op.failure = 0;
  op.onLost = op.afterPost;
  return freeFrames;
}
