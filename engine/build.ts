import { classFor, type Layout } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import {
  APPEND,
  CONTENT,
  COUNT,
  EMPTY_SLOT,
  END,
  HEADER_WORDS,
  HIGH,
  HIGH_HEAD,
  HINT,
  HISTORY,
  LEVEL,
  PREFIX,
  RIGHT,
  SLOTS,
  writeBorn,
} from './frame.ts';
import { commonLength, headOf } from './keys.ts';
import type { Scratch } from './scratch.ts';
import { copyOldVersions, oldVersionWords } from './versions.ts';

/*
 * Writing a frame from the scratch space: entries `from` to `to` (not included). Private, into a block just allocated.
 */

/** The words of a leaf's frame without its slots and append space. */
function leafFixedWords(count: number, contentWords: number, highLength: number): number {
  return HEADER_WORDS + count + even((count + 1) >>> 1) + even((highLength + 3) >>> 2) + contentWords + 2;
}

/**
 * The size class of a leaf with such content, `oldWords` of old versions, and room for `needWords` of new records at least;
 * −1: none is large enough.
 */
export function leafClass(
  layout: Layout,
  count: number,
  contentWords: number,
  highLength: number,
  needWords: number,
  oldWords: number,
): number {
  const room = Math.max(needWords, appendTarget(layout, count, contentWords));
  return classFor(layout, leafFixedWords(count, contentWords, highLength) + layout.slotsMax + room + oldWords);
}

/** The size class of an inner page; −1: none is large enough. */
export function innerClass(layout: Layout, count: number, contentWords: number, highLength: number): number {
  return classFor(layout, leafFixedWords(count, contentWords, highLength) + count);
}

/** Writes a leaf frame into a block of `blockWords` words; `oldFrom` to `oldTo` are its old versions in the scratch space. */
export function buildLeaf(
  memory: Memory,
  layout: Layout,
  scratch: Scratch,
  frame: number,
  blockWords: number,
  from: number,
  to: number,
  right: number,
  highAt: number,
  highLength: number,
  oldFrom: number,
  oldTo: number,
): void {
  const count = to - from;
  const oldWords = oldVersionWords(memory, scratch, oldFrom, oldTo);
  let content = 0;
  for (let i = from; i < to; i++) content += scratch.words[i];
  const spare = blockWords - leafFixedWords(count, content, highLength) - oldWords;
  const slots = slotsFor(layout, count, content, spare);
  for (let i = 0; i < slots; i++) memory.write32(frame + HEADER_WORDS + i, EMPTY_SLOT);
  memory.write32(frame + SLOTS, slots);
  const records = writeIndex(memory, scratch, frame, slots, from, to, 0, right, highAt, highLength, 3);
  let at = records;
  for (let i = from; i < to; ) {
    const run = runLength(scratch, i, to);
    memory.copy(frame + at, scratch.reference[i], run);
    at += run;
    let copied = 0;
    while (copied < run) {
      if (scratch.versioned) memory.write32(frame + at - run + copied, scratch.lsn[i]);
      copied += scratch.words[i++];
    }
  }
  copyOldVersions(memory, scratch, frame + at, oldFrom, oldTo);
  memory.write32(frame + HISTORY, (at << 16) | oldWords);
  writeBorn(memory, frame, scratch.born);
  memory.write32(frame + CONTENT, content);
  memory.write32(frame + APPEND, at + oldWords);
  memory.write32(frame + HINT, 0);
  memory.write32(frame + END, blockWords);
}

/** Writes the frame of an inner page. */
export function buildInner(
  memory: Memory,
  scratch: Scratch,
  frame: number,
  blockWords: number,
  from: number,
  to: number,
  level: number,
  right: number,
  highAt: number,
  highLength: number,
): void {
  const count = to - from;
  for (let i = 0; i < count; i++) memory.write32(frame + HEADER_WORDS + i, scratch.reference[from + i]);
  memory.write32(frame + SLOTS, 0);
  let at = writeIndex(memory, scratch, frame, count, from, to, level, right, highAt, highLength, 1);
  const first = at;
  for (let i = from; i < to; i++) {
    memory.write32(frame + at, scratch.keyLength[i]);
    copyKey(memory, (frame + at + 1) * 4, scratch.keyAt[i], scratch.keyLength[i]);
    at += scratch.words[i];
  }
  memory.write32(frame + HISTORY, 0);
  writeBorn(memory, frame, 0);
  memory.write32(frame + CONTENT, at - first);
  memory.write32(frame + APPEND, at);
  memory.write32(frame + HINT, 0);
  memory.write32(frame + END, blockWords);
}

/** Header, heads, offsets and high key. Returns the offset in words at which the records (or entries) go. */
function writeIndex(
  memory: Memory,
  scratch: Scratch,
  frame: number,
  arrayWords: number,
  from: number,
  to: number,
  level: number,
  right: number,
  highAt: number,
  highLength: number,
  keyWord: number,
): number {
  const count = to - from;
  const heads = frame + HEADER_WORDS + arrayWords;
  const high = HEADER_WORDS + arrayWords + count + even((count + 1) >>> 1);
  const records = even(high + even((highLength + 3) >>> 2));
  memory.write32(frame + LEVEL, level);
  memory.write32(frame + RIGHT, right);
  memory.write32(frame + COUNT, count);
  memory.write32(frame + HIGH, (high << 16) | highLength);
  memory.write32(frame + HIGH_HEAD, headOf(memory, highAt, highLength));
  copyKey(memory, (frame + high) * 4, highAt, highLength);
  const prefix = count === 0 ? 0 : prefixLength(memory, scratch, from, to - 1);
  memory.write32(frame + PREFIX, ((records + keyWord) << 16) | prefix);
  let at = records;
  for (let i = 0; i < count; i++) {
    const key = scratch.keyAt[from + i] + prefix;
    memory.write32(heads + i, headOf(memory, key, scratch.keyLength[from + i] - prefix));
    memory.write16((heads + count) * 4 + i * 2, at);
    at += scratch.words[from + i];
  }
  return records;
}

/** Words of the records from `index` on that lie one behind the other already. */
function runLength(scratch: Scratch, index: number, to: number): number {
  let words = scratch.words[index];
  const start = scratch.reference[index];
  for (let i = index + 1; i < to && scratch.reference[i] === start + words; i++) words += scratch.words[i];
  return words;
}

function prefixLength(memory: Memory, scratch: Scratch, first: number, last: number): number {
  const { keyAt, keyLength } = scratch;
  return commonLength(memory, keyAt[first], keyLength[first], keyAt[last], keyLength[last]);
}

/** Copies a key by whole words: all keys start at one. What follows in the last word is not part of the key. */
function copyKey(memory: Memory, target: number, source: number, length: number): void {
  memory.copy(target / 4, source / 4, (length + 3) >>> 2);
}

/** Append space worth having: for as many average records as there are slots at least. */
function appendTarget(layout: Layout, count: number, contentWords: number): number {
  if (count === 0) return layout.appendWords;
  const wanted = (contentWords / count) * layout.slotsMin;
  return Math.min(Math.max(wanted, layout.appendWords / 2), layout.appendWords * 2);
}

/** As many slots as average records fit into the spare words, within the layout's bounds. */
export function slotsFor(layout: Layout, count: number, contentWords: number, spare: number): number {
  const average = count === 0 ? layout.appendWords / layout.slotsMin : contentWords / count;
  return Math.min(layout.slotsMax, Math.max(layout.slotsMin, Math.floor(spare / (average + 1))));
}

/** Rounds up to an even number of words: records start at even offsets. */
export function even(words: number): number {
  return (words + 1) & ~1;
}
