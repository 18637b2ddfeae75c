import type { Memory } from '../pagecache/memory.ts';
import { even } from './build.ts';
import {
  APPEND,
  CONTENT,
  COUNT,
  END,
  HEADER_WORDS,
  HIGH,
  HIGH_HEAD,
  HINT,
  HISTORY,
  headsAt,
  LEVEL,
  PREFIX,
  RIGHT,
  SLOTS,
  writeBorn,
} from './frame.ts';
import { commonLength, headOf } from './keys.ts';

/*
 * An inner page with one entry more, copied in a few large pieces: a separator is posted for every split, and writing
 * the page anew, entry by entry, would cost more than the rest of the split. Private, into a block just allocated.
 */

/** What goes in: key (byte address, length) and child, before the entry at `index`. */
export interface NewEntry {
  readonly changeIndex: number;
  readonly postAt: number;
  readonly postLength: number;
  readonly postChild: number;
}

/** Writes `frame` with the entry into the block `target` of `blockWords` words; false: its key lacks the page's prefix. */
export function insertIntoCopy(
  memory: Memory,
  frame: number,
  target: number,
  blockWords: number,
  entry: NewEntry,
): boolean {
  const { changeIndex: index, postAt, postLength } = entry;
  const prefix = memory.read32(frame + PREFIX);
  const prefixLength = prefix & 0xffff;
  const prefixAt = (frame + (prefix >>> 16)) * 4;
  if (commonLength(memory, postAt, postLength, prefixAt, prefixLength) < prefixLength) return false;
  const count = memory.read32(frame + COUNT);
  const heads = headsAt(memory, frame);
  const newHeads = target + HEADER_WORDS + count + 1;
  const high = memory.read32(frame + HIGH);
  const highWords = ((high & 0xffff) + 3) >>> 2;
  const newHigh = HEADER_WORDS + 2 * (count + 1) + even((count + 2) >>> 1);
  const content = memory.read32(frame + CONTENT);
  const records = memory.read32(frame + APPEND) - content;
  const newRecords = even(newHigh + even(highWords));
  insertWord(memory, frame + HEADER_WORDS, target + HEADER_WORDS, count, index, entry.postChild);
  insertWord(memory, heads, newHeads, count, index, headOf(memory, postAt + prefixLength, postLength - prefixLength));
  moveOffsets(
    memory,
    (heads + count) * 4,
    (newHeads + count + 1) * 4,
    count,
    index,
    newRecords - records,
    newRecords + content,
  );
  memory.copy(target + newHigh, frame + (high >>> 16), highWords);
  memory.copy(target + newRecords, frame + records, content);
  memory.write32(target + newRecords + content, postLength);
  memory.copy(target + newRecords + content + 1, postAt / 4, (postLength + 3) >>> 2);
  memory.write32(target + LEVEL, memory.read32(frame + LEVEL));
  memory.write32(target + RIGHT, memory.read32(frame + RIGHT));
  memory.write32(target + COUNT, count + 1);
  memory.write32(target + SLOTS, 0);
  memory.write32(target + HIGH, (newHigh << 16) | (high & 0xffff));
  memory.write32(target + HIGH_HEAD, memory.read32(frame + HIGH_HEAD));
  memory.write32(target + PREFIX, (((prefix >>> 16) + newRecords - records) << 16) | prefixLength);
  memory.write32(target + CONTENT, content + 1 + ((postLength + 3) >>> 2));
  memory.write32(target + APPEND, newRecords + content + 1 + ((postLength + 3) >>> 2));
  memory.write32(target + HINT, 0);
  memory.write32(target + HISTORY, 0);
  writeBorn(memory, target, 0);
  memory.write32(target + END, blockWords);
  return true;
}

/** Copies `count` words, with one more at `index`. */
function insertWord(memory: Memory, from: number, to: number, count: number, index: number, word: number): void {
  memory.copy(to, from, index);
  memory.write32(to + index, word);
  memory.copy(to + index + 1, from + index, count - index);
}

/** Copies `count` offsets, each moved by `delta`, with one more at `index`. Byte addresses. */
function moveOffsets(
  memory: Memory,
  from: number,
  to: number,
  count: number,
  index: number,
  delta: number,
  offset: number,
): void {
  for (let i = 0; i < index; i++) memory.write16(to + i * 2, memory.read16(from + i * 2) + delta);
  memory.write16(to + index * 2, offset);
  for (let i = index; i < count; i++) memory.write16(to + i * 2 + 2, memory.read16(from + i * 2) + delta);
}
