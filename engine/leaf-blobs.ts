import type { Memory } from '../pagecache/memory.ts';
import { blobOf, keyAt, keyLengthAt, kindAt, recordWordsAt } from '../wal/memory-record.ts';
import { BLOB } from '../wal/record.ts';
import { COUNT, entryAt, historyAt, historyWords, slotAt, slotRecord } from './frame.ts';
import { compareKeys, lowerBound } from './keys.ts';

/*
 * The large values that a leaf's records name. Each chain is named by one record of a leaf; when the leaf is replaced, the
 * chains that the new frames do not name have been left out. Private.
 */

/** A closed leaf that was replaced, and how far its records have been looked at. */
export interface Replaced {
  readonly frame: number;
  readonly filled: number;
  dropIndex: number;
}

/**
 * The next chain that neither of the new frames (0: there is none) names, from `dropIndex` on, or 0. Records are numbered:
 * slots, sorted area, history.
 */
export function nextBlob(memory: Memory, old: Replaced, left: number, right: number): number {
  for (let record = nextBlobRecord(memory, old); record !== 0; record = nextBlobRecord(memory, old)) {
    const chain = blobOf(memory, record, keyLengthAt(memory, record));
    const named = (left !== 0 && namesBlob(memory, left, record)) || (right !== 0 && namesBlob(memory, right, record));
    if (!named) return chain;
  }
  return 0;
}

/** The next record from `dropIndex` on that names a chain, or 0. */
export function nextBlobRecord(memory: Memory, old: Replaced): number {
  const { frame, filled } = old;
  const sorted = filled + memory.read32(frame + COUNT);
  while (old.dropIndex < sorted) {
    const index = old.dropIndex++;
    const record =
      index < filled ? slotRecord(frame, memory.read32(slotAt(frame, index))) : entryAt(memory, frame, index - filled);
    if (kindAt(memory, record) === BLOB) return record;
  }
  if (historyWords(memory, frame) === 0) return 0;
  let number = sorted;
  const end = historyAt(memory, frame) + historyWords(memory, frame);
  for (let at = historyAt(memory, frame); at < end; at += recordWordsAt(memory, at)) {
    if (number++ < old.dropIndex) continue;
    old.dropIndex++;
    if (kindAt(memory, at) === BLOB) return at;
  }
  return 0;
}

/** Whether a leaf's sorted area or history names the chain that `record` names, under the same key. */
export function namesBlob(memory: Memory, frame: number, record: number): boolean {
  const length = keyLengthAt(memory, record);
  const chain = blobOf(memory, record, length);
  const bound = lowerBound(memory, frame, keyAt(record), length);
  if ((bound & 1) === 1 && names(memory, entryAt(memory, frame, bound >>> 1), chain)) return true;
  const end = historyAt(memory, frame) + historyWords(memory, frame);
  for (let at = historyAt(memory, frame); at < end; at += recordWordsAt(memory, at)) {
    const same = compareKeys(memory, keyAt(at), keyLengthAt(memory, at), keyAt(record), length) === 0;
    if (same && names(memory, at, chain)) return true;
  }
  return false;
}

function names(memory: Memory, record: number, chain: number): boolean {
  return kindAt(memory, record) === BLOB && blobOf(memory, record, keyLengthAt(memory, record)) === chain;
}
