import type { Memory } from '../pagecache/memory.ts';
import { ERA_SHIFT } from '../wal/era.ts';
import { keyAt, keyLengthAt } from '../wal/memory-record.ts';

/*
 * A frame: a page in memory, one block (README, "Frames").
 *
 *     | header: 16 words | slot log (leaf) or children (inner) | heads | offsets | high key | records | history | append space |
 *
 * All of it is immutable once published, but for the append cursor, the hint, the slots (each written once) and the
 * append space. A leaf's sorted area and an inner page's entries are searched alike:
 * - a *head* is four key bytes behind the page's common prefix, as a signed word that compares as the bytes do;
 * - an offset is a half word: where the record (leaf) or entry (inner: key length, key) starts, in words from the frame.
 *
 * The sorted area holds of each key the newest version, and no tombstone. What snapshots need besides, older versions and
 * tombstones, is the history (`versions.ts`): readers of the latest state never look at it.
 */

/** Level of the page: 0 is a leaf. */
export const LEVEL = 1;
/** PID of the right sibling; 0: there is none, and the high key is +∞. */
export const RIGHT = 2;
/** Records or entries in the sorted area. */
export const COUNT = 3;
/** Slots in the slot log. */
export const SLOTS = 4;
/** The high key: `offset in words << 16 | bytes`. */
export const HIGH = 5;
/** The high key's first four bytes, as a head. */
export const HIGH_HEAD = 6;
/** The common prefix of the keys in the sorted area: `offset in words << 16 | bytes`. */
export const PREFIX = 7;
/** Words that the records of the sorted area take. */
export const CONTENT = 8;
/** Words that the frame has in all: the end of its append space. */
export const END = 9;
/** Next free word of the append space, from the frame; taken by atomic add. */
export const APPEND = 10;
/** A lower bound of the filled slots, whose words may then be read plainly. */
export const HINT = 11;
/** Older versions that snapshots may need, behind the sorted area's records: `offset in words << 16 | words`. */
export const HISTORY = 12;
/** A whole log position, low and high word: above those of the frame's sorted area and history, not above its slots'. */
export const BORN = 13;
export const BORN_HIGH = 14;
/** Where slots (leaf) or children (inner) start. */
export const HEADER_WORDS = 16;

/** Slot word of a slot that no record has taken. */
export const EMPTY_SLOT = 0;
/** Slot word that closes the page for ever. */
export const FROZEN = -1;

/** The slot word of a record: `offset in words << 15 …` with a fingerprint of its key. See {@link slotRecord}. */
export function slotWord(frame: number, record: number, tombstone: boolean, fingerprint: number): number {
  return (((record - frame) >>> 1) << 16) | (tombstone ? 0x8000 : 0) | fingerprint;
}

/** The record that a slot names. */
export function slotRecord(frame: number, slot: number): number {
  return frame + (slot >>> 16) * 2;
}

/** The 15-bit fingerprint in a slot word. */
export function slotFingerprint(slot: number): number {
  return slot & 0x7fff;
}

/** Whether the slot's record is a tombstone. */
export function isTombstoneSlot(slot: number): boolean {
  return (slot & 0x8000) !== 0;
}

/** Address of slot `index` of a leaf. */
export function slotAt(frame: number, index: number): number {
  return frame + HEADER_WORDS + index;
}

/** Address of the first key head. */
export function headsAt(memory: Memory, frame: number): number {
  const arrayWords = memory.read32(frame + LEVEL) === 0 ? memory.read32(frame + SLOTS) : memory.read32(frame + COUNT);
  return frame + HEADER_WORDS + arrayWords;
}

/** The record (leaf) or entry (inner) at `index` of the sorted area. */
export function entryAt(memory: Memory, frame: number, index: number): number {
  const offsets = headsAt(memory, frame) + memory.read32(frame + COUNT);
  return frame + memory.read16(offsets * 4 + index * 2);
}

/** The child PID at `index` of an inner page. */
export function childAt(memory: Memory, frame: number, index: number): number {
  return memory.read32(frame + HEADER_WORDS + index);
}

/** Byte address of the key of a record (leaf) or entry (inner). */
export function entryKeyAt(leaf: boolean, entry: number): number {
  return leaf ? keyAt(entry) : (entry + 1) * 4;
}

/** Key length in bytes of a record (leaf) or entry (inner). */
export function entryKeyLength(memory: Memory, leaf: boolean, entry: number): number {
  return leaf ? keyLengthAt(memory, entry) : memory.read32(entry);
}

/** Byte address of the high key. */
export function highKeyAt(memory: Memory, frame: number): number {
  return (frame + (memory.read32(frame + HIGH) >>> 16)) * 4;
}

/** Length of the high key in bytes. */
export function highKeyLength(memory: Memory, frame: number): number {
  return memory.read32(frame + HIGH) & 0xffff;
}

/** The whole log position at which the frame was born; see {@link BORN}. */
export function bornAt(memory: Memory, frame: number): number {
  return memory.read32(frame + BORN_HIGH) * 2 ** 32 + (memory.read32(frame + BORN) >>> 0);
}

/** The era of {@link bornAt}. */
export function bornEra(memory: Memory, frame: number): number {
  return (memory.read32(frame + BORN_HIGH) << (32 - ERA_SHIFT)) | (memory.read32(frame + BORN) >>> ERA_SHIFT);
}

/** Writes {@link bornAt}. */
export function writeBorn(memory: Memory, frame: number, born: number): void {
  memory.write32(frame + BORN, born | 0);
  memory.write32(frame + BORN_HIGH, Math.floor(born / 2 ** 32));
}

/** Where the history starts. */
export function historyAt(memory: Memory, frame: number): number {
  return frame + (memory.read32(frame + HISTORY) >>> 16);
}

/** Words of the history. */
export function historyWords(memory: Memory, frame: number): number {
  return memory.read32(frame + HISTORY) & 0xffff;
}
