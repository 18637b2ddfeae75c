import type { Memory } from './memory.ts';

/*
 * A stub: what is left in memory of a leaf that is only on disk, in one block. It is written before the page's word names it and
 * never changed afterwards. Searches read it as they read a frame's header: the leaf's range, and where to go from here.
 *
 *     | state | slot | bytes | checksum | image id (2) | newest LSN (2) | right | key lengths | values | neighbour (2) |
 *     | high key | trim key | slots of large values |
 *
 * Word 0 is the block's state. Keys begin at whole words. *Neighbour* is the image of the leaf to the left in the last manifest: a
 * leaf whose image and neighbour are the same as then needs no new entry.
 */

/** The slot, as it is named in memory. */
export const STUB_SLOT = 1;
/** Bytes of the image, and its checksum. */
export const STUB_BYTES = 2;
export const STUB_CHECKSUM = 3;
/** PID of the right sibling; 0: none. */
export const STUB_RIGHT = 8;

const IMAGE_ID = 4;
const NEWEST_LSN = 6;
const KEY_LENGTHS = 9;
const VALUES = 10;
const NEIGHBOUR = 11;
const STUB_HEADER_WORDS = 13;
/** In a key's length: there is none. */
const NONE = 0xffff;

/** What a stub says. Lengths of −1: there is no such key. */
export interface StubFields {
  slot: number;
  imageBytes: number;
  checksum: number;
  imageId: number;
  newestLsn: number;
  right: number;
  neighbour: number;
  highBytes: number;
  trimBytes: number;
  valueCount: number;
}

/** Words that a stub takes, the block's state included. */
export function stubWords(highBytes: number, trimBytes: number, valueCount: number): number {
  return STUB_HEADER_WORDS + wordsOf(highBytes) + wordsOf(trimBytes) + valueCount;
}

/** Writes all but the keys and values into a private block. They go to the places that the functions below tell. */
export function writeStub(memory: Memory, stub: number, fields: StubFields): void {
  memory.write32(stub + STUB_SLOT, fields.slot);
  memory.write32(stub + STUB_BYTES, fields.imageBytes);
  memory.write32(stub + STUB_CHECKSUM, fields.checksum | 0);
  write53(memory, stub + IMAGE_ID, fields.imageId);
  write53(memory, stub + NEWEST_LSN, fields.newestLsn);
  memory.write32(stub + STUB_RIGHT, fields.right);
  memory.write32(stub + KEY_LENGTHS, (lengthOf(fields.trimBytes) << 16) | lengthOf(fields.highBytes));
  memory.write32(stub + VALUES, fields.valueCount);
  write53(memory, stub + NEIGHBOUR, fields.neighbour);
}

/** The image's id. */
export function stubImageId(memory: Memory, stub: number): number {
  return read53(memory, stub + IMAGE_ID);
}

/** The newest LSN of all that the leaf ever held; 0: older than any snapshot. */
export function stubNewestLsn(memory: Memory, stub: number): number {
  return read53(memory, stub + NEWEST_LSN);
}

/** The image of the leaf to the left in the last manifest; 0: there was none, or nobody knows. */
export function stubNeighbour(memory: Memory, stub: number): number {
  return read53(memory, stub + NEIGHBOUR);
}

/** Bytes of the high key; −1: there is none, it is +∞. */
export function stubHighBytes(memory: Memory, stub: number): number {
  const bytes = memory.read32(stub + KEY_LENGTHS) & NONE;
  return bytes === NONE ? -1 : bytes;
}

/** Byte address of the high key. */
export function stubHighAt(stub: number): number {
  return (stub + STUB_HEADER_WORDS) * 4;
}

/** Bytes of the trim key, below which the image's keys are none; −1: there is none. */
export function stubTrimBytes(memory: Memory, stub: number): number {
  const bytes = memory.read32(stub + KEY_LENGTHS) >>> 16;
  return bytes === NONE ? -1 : bytes;
}

/** Byte address of the trim key. */
export function stubTrimAt(memory: Memory, stub: number): number {
  return stubHighAt(stub) + 4 * wordsOf(stubHighBytes(memory, stub));
}

/** How many large values the leaf names. */
export function stubValues(memory: Memory, stub: number): number {
  return memory.read32(stub + VALUES);
}

/** Address of the word of the first one's slot. */
export function stubValuesAt(memory: Memory, stub: number): number {
  return stubTrimAt(memory, stub) / 4 + wordsOf(stubTrimBytes(memory, stub));
}

function wordsOf(keyBytes: number): number {
  return keyBytes < 0 ? 0 : (keyBytes + 3) >>> 2;
}

function lengthOf(keyBytes: number): number {
  return keyBytes < 0 ? NONE : keyBytes;
}

function write53(memory: Memory, address: number, value: number): void {
  memory.write32(address, (value % 2 ** 32) | 0);
  memory.write32(address + 1, Math.floor(value / 2 ** 32));
}

function read53(memory: Memory, address: number): number {
  return (memory.read32(address) >>> 0) + memory.read32(address + 1) * 2 ** 32;
}
