import type { Memory } from '../pagecache/memory.ts';
import {
  COUNT,
  entryAt,
  entryKeyAt,
  entryKeyLength,
  HIGH_HEAD,
  headsAt,
  highKeyAt,
  highKeyLength,
  LEVEL,
  PREFIX,
  RIGHT,
} from './frame.ts';

/** Compares two keys in shared memory bytewise: negative, zero or positive. */
export function compareKeys(memory: Memory, a: number, aLength: number, b: number, bLength: number): number {
  const common = aLength < bLength ? aLength : bLength;
  for (let i = 0; i < common; i++) {
    const difference = memory.read8(a + i) - memory.read8(b + i);
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/** How many bytes two keys have in common at their start. */
export function commonLength(memory: Memory, a: number, aLength: number, b: number, bLength: number): number {
  const common = aLength < bLength ? aLength : bLength;
  let i = 0;
  while (i < common && memory.read8(a + i) === memory.read8(b + i)) i++;
  return i;
}

/** Four key bytes from `at`, zeros behind the key's end, as a signed word that compares as the bytes do. */
export function headOf(memory: Memory, at: number, length: number): number {
  let head = 0;
  if (length >= 4) {
    head = (memory.read8(at) << 24) | (memory.read8(at + 1) << 16) | (memory.read8(at + 2) << 8) | memory.read8(at + 3);
  } else {
    for (let i = 0; i < length; i++) head |= memory.read8(at + i) << (24 - 8 * i);
  }
  return head ^ 0x80000000;
}

/** 15 bits that tell most keys of a leaf apart: from the length and the last eight bytes. */
export function fingerprintOf(memory: Memory, at: number, length: number): number {
  let hash = length;
  for (let i = length > 8 ? length - 8 : 0; i < length; i++) hash = Math.imul(hash ^ memory.read8(at + i), 0x01000193);
  return (hash ^ (hash >>> 15)) & 0x7fff;
}

/**
 * Whether a search must go on to the right sibling: the key is not below the page's high key. A `strict` search looks
 * for what lies just below its key, so it stops at a page whose high key equals it. A key length below 0 stands for +∞.
 */
export function isBeyond(
  memory: Memory,
  frame: number,
  key: number,
  length: number,
  head: number,
  strict: boolean,
): boolean {
  if (memory.read32(frame + RIGHT) === 0) return false;
  if (length < 0) return true;
  const highHead = memory.read32(frame + HIGH_HEAD);
  if (head !== highHead) return head > highHead;
  const order = compareKeys(memory, key, length, highKeyAt(memory, frame), highKeyLength(memory, frame));
  return strict ? order > 0 : order >= 0;
}

/**
 * Position of a key in a page's sorted area: `index << 1 | found`, where `index` counts the keys below it. Binary search
 * over the heads without branches on data; only keys with an equal head are looked at whole.
 */
export function lowerBound(memory: Memory, frame: number, key: number, length: number): number {
  const count = memory.read32(frame + COUNT);
  const prefix = memory.read32(frame + PREFIX);
  const prefixLength = prefix & 0xffff;
  if (prefixLength > 0) {
    const prefixAt = (frame + (prefix >>> 16)) * 4;
    const order = compareKeys(memory, key, length < prefixLength ? length : prefixLength, prefixAt, prefixLength);
    if (order !== 0) return order < 0 ? 0 : count << 1;
  }
  const heads = headsAt(memory, frame);
  const head = headOf(memory, key + prefixLength, length - prefixLength);
  let low = 0;
  let size = count;
  while (size > 0) {
    const half = size >>> 1;
    if (memory.read32(heads + low + half) < head) {
      low += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  if (low === count || memory.read32(heads + low) !== head) return low << 1;
  return boundAmongEqual(memory, frame, low, count, key, length, head, heads);
}

function boundAmongEqual(
  memory: Memory,
  frame: number,
  first: number,
  count: number,
  key: number,
  length: number,
  head: number,
  heads: number,
): number {
  const leaf = memory.read32(frame + LEVEL) === 0;
  let low = first;
  let high = first + 1;
  while (high < count && memory.read32(heads + high) === head) high++;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entryAt(memory, frame, middle);
    const order = compareKeys(memory, entryKeyAt(leaf, entry), entryKeyLength(memory, leaf, entry), key, length);
    if (order === 0) return (middle << 1) | 1;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return low << 1;
}

/** Which child of an inner page leads to the key: the last entry at or below it (`strict`: below it), at least the first. */
export function childIndex(memory: Memory, frame: number, key: number, length: number, strict: boolean): number {
  if (length < 0) return memory.read32(frame + COUNT) - 1;
  const bound = lowerBound(memory, frame, key, length);
  const found = (bound & 1) === 1 && !strict;
  const index = found ? bound >>> 1 : (bound >>> 1) - 1;
  return index < 0 ? 0 : index;
}
