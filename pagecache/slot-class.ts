/**
 * Where images lie on disk: in *slots* of fixed sizes, each about a quarter larger than the one before, one file for each
 * size. A slot on disk is one word: `class << 26 | number in the file`, unsigned. It says all there is to know about the place.
 */
import {
  LARGE_VALUE_BYTES_MAX,
  PAGE_FILE_HEADER_BYTES,
  SLOT_BYTES_MIN,
  SLOT_INDEX_BITS,
  SLOT_UNIT_BYTES,
  VALUE_IMAGE_HEADER_BYTES,
} from './file-limits.ts';

/** The sizes of slots, in bytes, increasing. Their order is part of the format. */
export const SLOT_CLASS_BYTES: readonly number[] = slotSizes();
/** How many sizes there are. */
export const SLOT_CLASSES = SLOT_CLASS_BYTES.length;
/** Slots that one file can have. */
export const SLOTS_MAX = 2 ** SLOT_INDEX_BITS;

const INDEX_MASK = SLOTS_MAX - 1;
const FILE_NAME = /^pages-(\d{8})$/;
const LEFTOVER_NAME = /^pages-\d{8}-[0-9a-f]+\.new$/;

function slotSizes(): number[] {
  const largest = LARGE_VALUE_BYTES_MAX + VALUE_IMAGE_HEADER_BYTES;
  const sizes = [SLOT_BYTES_MIN];
  for (let last = SLOT_BYTES_MIN; last < largest; sizes.push(last)) {
    last = Math.ceil((last * 1.25) / SLOT_UNIT_BYTES) * SLOT_UNIT_BYTES;
  }
  if (sizes.length > 2 ** (32 - SLOT_INDEX_BITS)) throw new RangeError('slot classes fit their bits');
  return sizes;
}

/** The smallest class whose slots hold `bytes`; −1: none does. */
export function slotClassFor(bytes: number): number {
  let low = 0;
  let high = SLOT_CLASSES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (SLOT_CLASS_BYTES[middle] < bytes) low = middle + 1;
    else high = middle;
  }
  return low < SLOT_CLASSES ? low : -1;
}

/** The word of a slot on disk. */
export function diskSlot(slotClass: number, index: number): number {
  return ((slotClass << SLOT_INDEX_BITS) | index) >>> 0;
}

/** The class of a slot on disk; at or above {@link SLOT_CLASSES} the word is no slot. */
export function classOfSlot(slot: number): number {
  return slot >>> SLOT_INDEX_BITS;
}

/** The slot's number in its file. */
export function indexOfSlot(slot: number): number {
  return slot & INDEX_MASK;
}

/** The slot's offset in its file, in bytes. */
export function offsetOfSlot(slot: number): number {
  return PAGE_FILE_HEADER_BYTES + indexOfSlot(slot) * SLOT_CLASS_BYTES[classOfSlot(slot)];
}

/** Name of the file that has the slots of a class. */
export function pageFileName(slotClass: number): string {
  return `pages-${String(SLOT_CLASS_BYTES[slotClass]).padStart(8, '0')}`;
}

/** The class of a page file's name; −1: the name is not one. */
export function classOfPageFile(name: string): number {
  const bytes = FILE_NAME.exec(name)?.[1];
  return bytes === undefined ? -1 : SLOT_CLASS_BYTES.indexOf(Number(bytes));
}

/** True for a page file that had not got its name yet when its maker stopped. */
export function isPageFileLeftover(name: string): boolean {
  return LEFTOVER_NAME.test(name);
}
