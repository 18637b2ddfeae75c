import type { Memory } from '../../pagecache/memory.ts';
import { addressOf, isDropped, isForwarding, isFrame, rightOf } from '../../pagecache/page-word.ts';
import {
  COUNT,
  childAt,
  entryAt,
  entryKeyAt,
  entryKeyLength,
  highKeyAt,
  highKeyLength,
  LEVEL,
  RIGHT,
} from '../frame.ts';
import { childIndex, isBeyond } from '../keys.ts';
import { POSTS_PER_OPERATION } from '../limits.ts';
import { BROKEN, type EngineStep, type Operation, ownKeyAt, searchFor, TREE_DROPPED } from '../operation.ts';

/*
 * Finding the page that covers a key (README, "Searching", S0 to S4). Inner pages are hints: they lead to the right page
 * or to one left of it, and right links do the rest. In: `keyAddress`, `keyLength`, `keyHead`, `strict`, `targetLevel`,
 * `afterDescend`; pinned. Out: `pid`, `word`, `frame`, the parent, and a lower bound of the page's keys.
 */

/** S0: (re)starts the operation: its own key, from the root, down to a leaf. */
export function restart(memory: Memory, op: Operation): EngineStep | null {
  searchFor(memory, op, ownKeyAt(op), op.ownKeyLength, 0);
  op.strict = op.ownStrict;
  op.afterDescend = op.body;
  return descend(memory, op);
}

/** S1: at the root. Private. */
export function descend(_memory: Memory, op: Operation): EngineStep | null {
  op.pid = op.rootPid;
  op.parentPid = 0;
  op.lowLength = 0;
  op.forwarded = false;
  op.liveChild = 0;
  return readPage;
}

/** S2: reads the page word. */
export function readPage(memory: Memory, op: Operation): EngineStep | null {
  op.word = memory.load(op.layout.pageTableAt + op.pid);
  if (isFrame(op.word)) {
    op.frame = addressOf(op.word);
    return visit(memory, op);
  }
  if (isForwarding(op.word)) {
    op.forwarded = true;
    op.pid = rightOf(op.word);
    return readPage;
  }
  if (op.onBroken === null) op.failure = isDropped(op.word) ? TREE_DROPPED : BROKEN;
  return op.onBroken;
}

/** S3: private: right, when the key is beyond the page; else here, when this is the level; else down to a child. */
function visit(memory: Memory, op: Operation): EngineStep | null {
  const { frame } = op;
  if (op.forwarded && op.liveChild === 0) op.liveChild = op.pid;
  if (isBeyond(memory, frame, op.keyAddress, op.keyLength, op.keyHead, op.strict)) return goRight(memory, op);
  const level = memory.read32(frame + LEVEL);
  if (level === op.targetLevel) return arrive(op);
  op.parentPid = op.pid;
  op.parentWord = op.word;
  op.parentIndex = childIndex(memory, frame, op.keyAddress, op.keyLength, op.strict);
  noteLow(memory, op);
  op.forwarded = false;
  op.liveChild = 0;
  op.pid = childAt(memory, frame, op.parentIndex);
  return readPage;
}

/**
 * S4: whoever walks right in order to write posts the separator first, which may be missing: its poster may have died. Not
 * without end: after collapses a parent's entry may lead further left than the one before it (the same child twice), and
 * then every search by it walks over several pages whose separators are all there.
 */
function goRight(memory: Memory, op: Operation): EngineStep | null {
  const { frame } = op;
  op.lowAt = highKeyAt(memory, frame);
  op.lowLength = highKeyLength(memory, frame);
  const right = memory.read32(frame + RIGHT);
  // The parent's entry leads to this page and is right: a collapsed page further right is not what it should skip.
  if (!op.forwarded) op.parentPid = 0;
  const posts = op.postedFor & 3;
  if (op.poster !== null && op.targetLevel === 0 && op.postedFor >>> 2 !== op.pid && posts < POSTS_PER_OPERATION) {
    op.postedFor = (op.pid << 2) | (posts + 1);
    op.postAt = op.lowAt;
    op.postLength = op.lowLength;
    op.postChild = right;
    op.postLevel = memory.read32(frame + LEVEL) + 1;
    op.afterPost = restart;
    return op.poster;
  }
  op.pid = right;
  return readPage;
}

function arrive(op: Operation): EngineStep | null {
  const stale = op.forwarded && op.parentPid !== 0 && op.targetLevel === 0;
  if (!stale || op.compressor === null) return op.afterDescend;
  op.afterPost = restart;
  return op.compressor;
}

function noteLow(memory: Memory, op: Operation): void {
  if (memory.read32(op.frame + COUNT) === 0) return;
  const entry = entryAt(memory, op.frame, op.parentIndex);
  const length = entryKeyLength(memory, false, entry);
  if (length === 0) return;
  op.lowAt = entryKeyAt(false, entry);
  op.lowLength = length;
}
