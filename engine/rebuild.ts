import type { Memory } from '../pagecache/memory.ts';
import { recordWordsAt } from '../wal/memory-record.ts';
import { buildInner, buildLeaf, innerClass, leafClass } from './build.ts';
import { extendLeaf } from './extend-leaf.ts';
import { CONTENT, COUNT, highKeyAt, highKeyLength, LEVEL, slotAt, slotRecord } from './frame.ts';
import { insertIntoCopy } from './insert-entry.ts';
import { commonLength } from './keys.ts';
import { copyInner, insertEntry, mergeLeaf } from './merge.ts';
import type { Operation } from './operation.ts';
import { mergeVersions, oldVersionsBelow, oldVersionWords } from './versions.ts';

/*
 * A page's next content, and the frames that hold it: what consolidation, split, posting and compression share. Private.
 */

/** {@link Operation.change}: a closed leaf's visible records. */
export const MERGE = 0;
/** An inner page with the separator that is being posted, at `changeIndex`. */
export const INSERT = 1;
/**
 * An inner page whose entry at `changeIndex` leads to `postChild`, without those behind it up to `changeEnd`, and without
 * later entries for the same child.
 */
export const REDIRECT = 2;
/** An inner page whose first entry has the empty key: it leads to the left of all others, wherever a search comes from. */
export const LOWER = 3;

/** Fills the scratch space with the page's next content. Returns the words it takes. */
export function fillScratch(memory: Memory, op: Operation): number {
  const { scratch } = op;
  scratch.oldCount = 0;
  scratch.born = op.born;
  if (op.change === MERGE) {
    return op.held === 0 ? mergeLeaf(memory, scratch, op.frame, op.filled) : mergeVersions(memory, scratch, op);
  }
  const words = copyInner(memory, scratch, op.frame);
  if (op.change === INSERT) {
    return words + insertEntry(scratch, op.changeIndex, op.postAt, op.postLength, op.postChild);
  }
  return words - (op.change === LOWER ? lower(op) : redirect(op));
}

/**
 * A bound of the words that the page's next content takes, without merging: nothing that is there is taken to be
 * superseded. Exact for an insertion.
 */
export function boundWords(memory: Memory, op: Operation): number {
  const words = memory.read32(op.frame + CONTENT);
  if (op.change === INSERT) return words + 1 + ((op.postLength + 3) >>> 2);
  return op.change === MERGE ? words + slotWords(memory, op) : words;
}

/** The size class of one frame whose content takes `words`, and `oldWords`, at most; −1: none is large enough. */
export function classForAll(memory: Memory, op: Operation, words: number, oldWords = 0): number {
  const high = highKeyLength(memory, op.frame);
  const count = memory.read32(op.frame + COUNT);
  if (op.change === MERGE) return leafClass(op.layout, count + op.filled, words, high, op.needWords, oldWords);
  return innerClass(op.layout, count + 1, words, high);
}

function slotWords(memory: Memory, op: Operation): number {
  let words = 0;
  for (let i = 0; i < op.filled; i++) {
    words += recordWordsAt(memory, slotRecord(op.frame, memory.read32(slotAt(op.frame, i))));
  }
  return words;
}

/** Writes all of the next content into `op.left`. */
export function buildAll(memory: Memory, op: Operation): void {
  const words = op.layout.classWords[op.wantedClass];
  const plain = op.change === INSERT && memory.read32(op.frame + COUNT) > 0;
  if (plain && insertIntoCopy(memory, op.frame, op.left, words, op)) return;
  if (op.change === MERGE && op.held === 0 && extendLeaf(memory, op.left, words, op)) return;
  fillScratch(memory, op);
  const high = highKeyAt(memory, op.frame);
  buildPart(
    memory,
    op,
    op.left,
    op.wantedClass,
    0,
    op.scratch.count,
    op.newRight,
    high,
    highKeyLength(memory, op.frame),
    0,
    op.scratch.oldCount,
  );
}

/** Decides where the scratch space, which takes `words`, is cut in two, and how large the halves' frames are. */
export function planSplit(memory: Memory, op: Operation, words: number, ascending: boolean): void {
  const { scratch, layout } = op;
  const wanted = ascending ? words - (words >>> 3) : words >>> 1;
  let left = scratch.words[0];
  op.cut = 1;
  while (op.cut < scratch.count - 1 && left + scratch.words[op.cut] <= wanted) left += scratch.words[op.cut++];
  op.separatorLength = separatorLength(memory, op);
  const high = highKeyLength(memory, op.frame);
  const behind = scratch.count - op.cut;
  const leaf = op.change === MERGE;
  const oldCut = oldVersionsBelow(memory, scratch, scratch.keyAt[op.cut], op.separatorLength);
  const oldLeft = oldVersionWords(memory, scratch, 0, oldCut);
  const oldRight = oldVersionWords(memory, scratch, oldCut, scratch.oldCount);
  op.leftClass = leaf
    ? leafClass(layout, op.cut, left, op.separatorLength, op.needWords, oldLeft)
    : innerClass(layout, op.cut, left, op.separatorLength);
  op.rightClass = leaf
    ? leafClass(layout, behind, words - left, high, op.needWords, oldRight)
    : innerClass(layout, behind, words - left, high);
  op.rootClass = innerClass(layout, 2, 2 + ((op.separatorLength + 3) >>> 2), 0);
}

/** Writes both halves into `op.left` and `op.right`, and notes where the separator between them is. */
export function buildHalves(memory: Memory, op: Operation): void {
  fillScratch(memory, op);
  const { scratch } = op;
  const high = highKeyAt(memory, op.frame);
  const highLength = highKeyLength(memory, op.frame);
  const separator = scratch.keyAt[op.cut];
  const oldCut = oldVersionsBelow(memory, scratch, separator, op.separatorLength);
  const { count, oldCount } = scratch;
  buildPart(memory, op, op.left, op.leftClass, 0, op.cut, op.rightPid, separator, op.separatorLength, 0, oldCut);
  buildPart(memory, op, op.right, op.rightClass, op.cut, count, op.newRight, high, highLength, oldCut, oldCount);
  op.separatorAt = separator;
}

function buildPart(
  memory: Memory,
  op: Operation,
  frame: number,
  sizeClass: number,
  from: number,
  to: number,
  right: number,
  highAt: number,
  highLength: number,
  oldFrom: number,
  oldTo: number,
): void {
  const { scratch, layout } = op;
  const words = layout.classWords[sizeClass];
  const level = memory.read32(op.frame + LEVEL);
  if (level === 0)
    buildLeaf(memory, layout, scratch, frame, words, from, to, right, highAt, highLength, oldFrom, oldTo);
  else buildInner(memory, scratch, frame, words, from, to, level, right, highAt, highLength);
}

/** A leaf's separator need only tell the halves apart; an inner page's must be the very key that its child starts at. */
function separatorLength(memory: Memory, op: Operation): number {
  const { keyAt, keyLength } = op.scratch;
  const { cut } = op;
  if (op.change !== MERGE) return keyLength[cut];
  return commonLength(memory, keyAt[cut - 1], keyLength[cut - 1], keyAt[cut], keyLength[cut]) + 1;
}

/** Returns the words that the entries left out took. */
function redirect(op: Operation): number {
  const { scratch, changeIndex } = op;
  scratch.reference[changeIndex] = op.postChild;
  let last = changeIndex + 1;
  let words = 0;
  while (last < scratch.count && (last < op.changeEnd || scratch.reference[last] === op.postChild)) {
    words += scratch.words[last++];
  }
  scratch.keyAt.copyWithin(changeIndex + 1, last, scratch.count);
  scratch.keyLength.copyWithin(changeIndex + 1, last, scratch.count);
  scratch.reference.copyWithin(changeIndex + 1, last, scratch.count);
  scratch.words.copyWithin(changeIndex + 1, last, scratch.count);
  scratch.count -= last - changeIndex - 1;
  return words;
}

function lower({ scratch }: Operation): number {
  const words = scratch.words[0] - 1;
  scratch.keyLength[0] = 0;
  scratch.words[0] = 1;
  return words;
}
