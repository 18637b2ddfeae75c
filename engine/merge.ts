import type { Memory } from '../pagecache/memory.ts';
import { keyAt, keyLengthAt, kindAt, recordWords } from '../wal/memory-record.ts';
import { keyBytesOf, kindOf, TOMBSTONE, valueBytesOf } from '../wal/record.ts';
import { CONTENT, COUNT, HEADER_WORDS, headsAt, PREFIX, slotAt, slotRecord } from './frame.ts';
import { compareKeys, lowerBound } from './keys.ts';
import type { Scratch } from './scratch.ts';

/*
 * What a page will hold next, in the scratch space. Private: the sorted area is immutable, and so are the slots below
 * `filled`.
 */

/** Every slot, as a set of bits. */
export const ALL_SLOTS = -1;

/**
 * A leaf's records in key order: of each key the newest, tombstones left out. Returns the words they take.
 * `slots`: only those of this set of bits.
 */
export function mergeLeaf(memory: Memory, scratch: Scratch, frame: number, filled: number, slots = ALL_SLOTS): number {
  scratch.touched = touchRecords(memory, frame);
  scratch.versioned = false;
  const newest = sortSlots(memory, scratch, frame, filled, slots, false);
  scratch.count = 0;
  let words = 0;
  let next = 0;
  for (let i = 0; i < newest; i++) {
    const record = slotRecord(frame, memory.read32(slotAt(frame, scratch.slots[i])));
    const bound = lowerBound(memory, frame, keyAt(record), keyLengthAt(memory, record));
    words += takeSorted(memory, scratch, frame, next, bound >>> 1);
    next = (bound >>> 1) + (bound & 1);
    if (kindAt(memory, record) !== TOMBSTONE) words += take(memory, scratch, record);
  }
  return words + takeSorted(memory, scratch, frame, next, memory.read32(frame + COUNT));
}

/**
 * Reads one word of each cache line of the sorted area's records, in the order they lie in memory, so that the processor
 * fetches ahead; in key order each record would be a cache miss of its own.
 */
function touchRecords(memory: Memory, frame: number): number {
  const start = frame + (memory.read32(frame + PREFIX) >>> 16);
  const end = start - 3 + memory.read32(frame + CONTENT);
  let sum = 0;
  for (let at = start; at < end; at += 16) sum ^= memory.read32(at);
  return sum;
}

/** An inner page's entries as they are. Returns the words they take. */
export function copyInner(memory: Memory, scratch: Scratch, frame: number): number {
  const count = memory.read32(frame + COUNT);
  const offsets = (headsAt(memory, frame) + count) * 4;
  scratch.count = 0;
  let words = 0;
  for (let i = 0; i < count; i++) {
    const entry = frame + memory.read16(offsets + i * 2);
    words += takeEntry(scratch, (entry + 1) * 4, memory.read32(entry), memory.read32(frame + HEADER_WORDS + i));
  }
  return words;
}

/** Adds an entry of an inner page at the end. Returns the words it takes. */
export function takeEntry(scratch: Scratch, key: number, length: number, child: number): number {
  const at = scratch.count++;
  scratch.keyAt[at] = key;
  scratch.keyLength[at] = length;
  scratch.reference[at] = child;
  scratch.words[at] = 1 + ((length + 3) >>> 2);
  return scratch.words[at];
}

/** Opens a gap for one more entry at `index`. */
export function insertEntry(scratch: Scratch, index: number, key: number, length: number, child: number): number {
  const { count } = scratch;
  scratch.keyAt.copyWithin(index + 1, index, count);
  scratch.keyLength.copyWithin(index + 1, index, count);
  scratch.reference.copyWithin(index + 1, index, count);
  scratch.words.copyWithin(index + 1, index, count);
  scratch.count = index;
  const words = takeEntry(scratch, key, length, child);
  scratch.count = count + 1;
  return words;
}

function takeSorted(memory: Memory, scratch: Scratch, frame: number, from: number, to: number): number {
  const offsets = (headsAt(memory, frame) + memory.read32(frame + COUNT)) * 4;
  let words = 0;
  for (let i = from; i < to; i++) words += take(memory, scratch, frame + memory.read16(offsets + i * 2));
  return words;
}

/** Adds a record at the end. Returns the words it takes. */
export function take(memory: Memory, scratch: Scratch, record: number): number {
  const at = scratch.count++;
  const meta = memory.read32(record + 1);
  const words = recordWords(kindOf(meta), keyBytesOf(meta), valueBytesOf(memory.read32(record + 2)));
  scratch.keyAt[at] = keyAt(record);
  scratch.keyLength[at] = keyBytesOf(meta);
  scratch.reference[at] = record;
  scratch.words[at] = words;
  return words;
}

/**
 * Sorts the slots by key, by insertion: there are few. Of each key the newest only, or (`all`) the newest first. Returns how
 * many there are then.
 */
export function sortSlots(
  memory: Memory,
  scratch: Scratch,
  frame: number,
  filled: number,
  wanted: number,
  all: boolean,
): number {
  const { slots } = scratch;
  let count = 0;
  for (let i = filled - 1; i >= 0; i--) {
    if (((wanted >>> i) & 1) === 0) continue;
    const record = slotRecord(frame, memory.read32(slotAt(frame, i)));
    let at = count;
    let order = -1;
    while (at > 0) {
      order = compareRecords(memory, record, slotRecord(frame, memory.read32(slotAt(frame, slots[at - 1]))));
      if (order >= 0) break;
      at--;
    }
    if (order === 0 && at > 0 && !all) continue;
    for (let j = count; j > at; j--) slots[j] = slots[j - 1];
    slots[at] = i;
    count++;
  }
  return count;
}

/** Compares two records by their keys. */
export function compareRecords(memory: Memory, a: number, b: number): number {
  return compareKeys(memory, keyAt(a), keyLengthAt(memory, a), keyAt(b), keyLengthAt(memory, b));
}
