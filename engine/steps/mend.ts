import type { Memory } from '../../pagecache/memory.ts';
import { addressOf, isForwarding, isFrame, rightOf } from '../../pagecache/page-word.ts';
import { COUNT, childAt, entryAt, entryKeyLength, LEVEL, RIGHT } from '../frame.ts';
import { type EngineStep, NO_FAILURE, type Operation } from '../operation.ts';
import { boundWords, classForAll, LOWER, REDIRECT } from '../rebuild.ts';
import { collapse } from './collapse.ts';
import { consolidate } from './consolidate.ts';
import { finish } from './finish.ts';
import { freeFrames } from './note.ts';
import { readHint } from './slots.ts';
import { spare } from './spare.ts';

/*
 * What the collector of page ids does to pages that still name collapsed ones (README, "Page ids", M1 to M4): the same
 * replacements as everywhere, by somebody who passes. In: `pid`, `word`, `frame`, as read in the collector's walk.
 */

/** M1: the page is rebuilt with a right link that leads to a live page. */
export function mendLink(memory: Memory, op: Operation): EngineStep | null {
  op.afterFinish = op.nextPage;
  op.onLost = op.nextPage;
  op.onStarved = giveUp;
  if (memory.read32(op.frame + LEVEL) > 0) {
    op.newRight = op.spared;
    return redirect(memory, op, 0, childAt(memory, op.frame, 0), 1);
  }
  op.poster = leaveUnposted;
  op.needWords = 0;
  op.afterSlots = finish;
  return readHint;
}

/** The collector does not know the tree's root: whoever walks right will post. */
function leaveUnposted(_memory: Memory, op: Operation): EngineStep | null {
  return op.nextPage;
}

/** M2: all children of an inner page are looked at; the first run of entries that lead to one live page can be one entry. */
export function tendInner(memory: Memory, op: Operation): EngineStep | null {
  op.index = 0;
  op.changeIndex = 0;
  op.changeEnd = 0;
  op.postChild = 0;
  op.afterSpare = childFollowed;
  return followChild(memory, op);
}

function followChild(memory: Memory, op: Operation): EngineStep | null {
  if (op.index === memory.read32(op.frame + COUNT)) return childrenFollowed(memory, op);
  op.spared = childAt(memory, op.frame, op.index);
  return spare;
}

function childFollowed(memory: Memory, op: Operation): EngineStep | null {
  const stale = op.spared !== childAt(memory, op.frame, op.index);
  const same = op.spared === op.postChild;
  if (op.changeEnd === 0) {
    // No run yet: one begins with an entry that leads to a collapsed page, or where that one child was seen before.
    if (stale || same) op.changeEnd = op.index + 1;
    if (!same) op.changeIndex = op.index;
    op.postChild = op.spared;
  } else if (op.changeEnd === op.index && same) op.changeEnd++;
  op.index++;
  return followChild(memory, op);
}

function childrenFollowed(memory: Memory, op: Operation): EngineStep | null {
  const { frame } = op;
  op.newRight = memory.read32(frame + RIGHT);
  op.onLost = op.nextPage; // others change the page: it is looked at again in the next walk
  op.onStarved = giveUp;
  op.afterFinish = op.samePage;
  if (op.changeEnd > 0) return redirect(memory, op, op.changeIndex, op.postChild, op.changeEnd);
  if (op.newRight === 0 || memory.read32(frame + COUNT) > 1) return op.nextPage;
  op.afterFinish = op.nextPage;
  op.liveChild = op.postChild;
  return readRightInner;
}

function redirect(memory: Memory, op: Operation, from: number, child: number, to: number): EngineStep | null {
  op.change = REDIRECT;
  op.changeIndex = from;
  op.changeEnd = to;
  op.postChild = child;
  op.wantedClass = classForAll(memory, op, boundWords(memory, op));
  return consolidate(memory, op);
}

/**
 * M3: an inner page with a single entry collapses to the right when the page there leads to the same child by its first
 * entry. That entry's key must be empty then: a separator that is posted later comes behind it, not before.
 */
function readRightInner(memory: Memory, op: Operation): EngineStep | null {
  const word = memory.load(op.layout.pageTableAt + op.newRight);
  if (isForwarding(word)) {
    op.newRight = rightOf(word);
    return readRightInner;
  }
  if (!isFrame(word)) return op.nextPage;
  const right = addressOf(word);
  if (entryKeyLength(memory, false, entryAt(memory, right, 0)) > 0) return lower(memory, op, word);
  op.spared = childAt(memory, right, 0);
  op.afterSpare = compareChildren;
  return spare;
}

function lower(memory: Memory, op: Operation, word: number): EngineStep | null {
  op.pid = op.newRight;
  op.word = word;
  op.frame = addressOf(word);
  op.newRight = memory.read32(op.frame + RIGHT);
  op.afterFinish = op.samePage;
  op.change = LOWER;
  op.wantedClass = classForAll(memory, op, boundWords(memory, op));
  return consolidate(memory, op);
}

/** M4: collapses it, unless it has changed. */
function compareChildren(memory: Memory, op: Operation): EngineStep | null {
  if (op.spared !== op.liveChild) return op.nextPage;
  op.left = 0;
  op.right = 0;
  op.root = 0;
  return collapse(memory, op);
}

/** No memory for it: the next walk will do it. */
function giveUp(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.onLost = op.nextPage;
  return freeFrames(memory, op);
}
