import type { Layout } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import { keyAt, keyLengthAt, recordWordsAt } from '../wal/memory-record.ts';
import { even, slotsFor } from './build.ts';
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
  headsAt,
  isTombstoneSlot,
  LEVEL,
  PREFIX,
  RIGHT,
  SLOTS,
  slotAt,
  slotRecord,
  writeBorn,
} from './frame.ts';
import { commonLength, headOf, lowerBound } from './keys.ts';
import { ALL_SLOTS, sortSlots } from './merge.ts';
import type { Scratch } from './scratch.ts';

/*
 * The usual consolidation: every slot holds a new key, so the old records stay as they are and the new ones follow them.
 * The old sorted area is then copied in large pieces, in the order it lies in memory; looking at every old record, which is
 * cold, would cost most of a put's time. Private, into a block just allocated.
 */

/** What the new frame is made from. */
export interface Extension {
  readonly layout: Layout;
  readonly scratch: Scratch;
  readonly frame: number;
  readonly filled: number;
  readonly newRight: number;
  readonly born: number;
}

/**
 * Writes the leaf with its slots' records into the block `target` of `blockWords` words. False, and nothing of use is
 * written, when a slot replaces or deletes a key, or its key lacks the page's prefix: then the page is merged record by
 * record.
 */
export function extendLeaf(memory: Memory, target: number, blockWords: number, from: Extension): boolean {
  const { scratch, frame, filled } = from;
  const count = memory.read32(frame + COUNT);
  if (count === 0 || sortSlots(memory, scratch, frame, filled, ALL_SLOTS, false) !== filled) return false;
  if (!placeSlots(memory, from)) return false;
  const total = count + filled;
  const content = memory.read32(frame + CONTENT);
  const added = addedWords(memory, from);
  const high = memory.read32(frame + HIGH);
  const highWords = ((high & 0xffff) + 3) >>> 2;
  const fixed = HEADER_WORDS + total + even((total + 1) >>> 1) + even(highWords) + content + added + 2;
  const slots = slotsFor(from.layout, total, content + added, blockWords - fixed);
  const newHigh = HEADER_WORDS + slots + total + even((total + 1) >>> 1);
  const newRecords = even(newHigh + even(highWords));
  const records = recordsStart(memory, frame);
  memory.write32(target + SLOTS, slots);
  for (let i = 0; i < slots; i++) memory.write32(target + HEADER_WORDS + i, EMPTY_SLOT);
  memory.copy(target + newRecords, frame + records, content);
  memory.copy(target + newHigh, frame + (high >>> 16), highWords);
  writeIndex(memory, target + HEADER_WORDS + slots, newRecords - records, newRecords + content, from);
  memory.write32(target + LEVEL, 0);
  memory.write32(target + HISTORY, 0);
  writeBorn(memory, target, from.born);
  memory.write32(target + RIGHT, from.newRight);
  memory.write32(target + COUNT, total);
  memory.write32(target + HIGH, (newHigh << 16) | (high & 0xffff));
  memory.write32(target + HIGH_HEAD, memory.read32(frame + HIGH_HEAD));
  const prefix = memory.read32(frame + PREFIX);
  memory.write32(target + PREFIX, (((prefix >>> 16) + newRecords - records) << 16) | (prefix & 0xffff));
  memory.write32(target + CONTENT, content + added);
  memory.write32(target + APPEND, newRecords + content + added);
  memory.write32(target + HINT, 0);
  memory.write32(target + END, blockWords);
  copyRecords(memory, target + newRecords + content, from);
  return true;
}

/** Offset in words of a leaf's first record: the prefix is part of that record's key. */
function recordsStart(memory: Memory, frame: number): number {
  return (memory.read32(frame + PREFIX) >>> 16) - 3;
}

/** Where each slot's key goes among the old ones, in `scratch.words`; false when one of them cannot go this way. */
function placeSlots(memory: Memory, from: Extension): boolean {
  const { scratch, frame, filled } = from;
  const prefix = memory.read32(frame + PREFIX);
  const prefixAt = (frame + (prefix >>> 16)) * 4;
  const prefixLength = prefix & 0xffff;
  for (let i = 0; i < filled; i++) {
    const slot = memory.read32(slotAt(frame, scratch.slots[i]));
    if (isTombstoneSlot(slot)) return false;
    const record = slotRecord(frame, slot);
    const key = keyAt(record);
    const length = keyLengthAt(memory, record);
    if (commonLength(memory, key, length, prefixAt, prefixLength) < prefixLength) return false;
    const bound = lowerBound(memory, frame, key, length);
    if ((bound & 1) === 1) return false;
    scratch.words[i] = bound >>> 1;
    scratch.reference[i] = record;
  }
  return true;
}

function addedWords(memory: Memory, from: Extension): number {
  let words = 0;
  for (let i = 0; i < from.filled; i++) words += recordWordsAt(memory, from.scratch.reference[i]);
  return words;
}

/** Heads and offsets: the old ones in runs between the new ones. */
function writeIndex(memory: Memory, newHeads: number, delta: number, firstNew: number, from: Extension): void {
  const { scratch, frame, filled } = from;
  const count = memory.read32(frame + COUNT);
  const heads = headsAt(memory, frame);
  const offsets = (heads + count) * 4;
  const newOffsets = (newHeads + count + filled) * 4;
  const prefixLength = memory.read32(frame + PREFIX) & 0xffff;
  let old = 0;
  let next = firstNew;
  for (let i = 0; i <= filled; i++) {
    const until = i < filled ? scratch.words[i] : count;
    memory.copy(newHeads + old + i, heads + old, until - old);
    for (; old < until; old++) {
      memory.write16(newOffsets + (old + i) * 2, memory.read16(offsets + old * 2) + delta);
    }
    if (i === filled) break;
    const record = scratch.reference[i];
    const key = keyAt(record) + prefixLength;
    memory.write32(newHeads + old + i, headOf(memory, key, keyLengthAt(memory, record) - prefixLength));
    memory.write16(newOffsets + (old + i) * 2, next);
    next += recordWordsAt(memory, record);
  }
}

function copyRecords(memory: Memory, target: number, from: Extension): void {
  let at = target;
  for (let i = 0; i < from.filled; i++) {
    const record = from.scratch.reference[i];
    const words = recordWordsAt(memory, record);
    memory.copy(at, record, words);
    at += words;
  }
}
