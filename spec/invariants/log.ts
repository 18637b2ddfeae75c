import type { Memory } from '../../model/index.ts';
import { FRONTIER_AT, type Layout, STAGED_AT, TAIL_AT } from '../../pagecache/layout.ts';
import { keyAt, keyLengthAt, kindAt } from '../../wal/memory-record.ts';
import { keyBytesOf, kindOf, loggedBytes, RECORD_HEADER_WORDS, TOMBSTONE } from '../../wal/record.ts';
import { emptyWord, isEmpty, lsnWord, placeOf } from '../../wal/ring.ts';
import { STAGING_ENDS_AT } from '../../wal/staging.ts';
import { type PagePicture, type TreePicture, valueByte } from './picture.ts';

/* The log's invariants. */

type Verdict = true | string;

/** I13: a key's history in pages is its history in the log: slots of one key are decided in their order. */
export function slotOrderIsLogOrder({ pages }: TreePicture): Verdict {
  for (const page of pages.values()) {
    if (page.level > 0) continue;
    const wrong = outOfOrder(page);
    if (wrong !== null) return `page ${page.pid}: ${wrong}`;
  }
  return true;
}

/** I14: all below the frontier is decided and stays so. */
export function frontierIsDecided(memory: Memory, layout: Layout): Verdict {
  const frontier = memory.load(FRONTIER_AT);
  for (let at = memory.load(STAGED_AT); ((frontier - at) | 0) > 0; at = (at + 1) | 0) {
    const entry = memory.load(placeOf(layout, at));
    if (isEmpty(entry)) {
      if (entry === emptyWord(layout, (at + layout.ringWords) | 0)) continue; // recycled, about to be published
      return `position ${at} is below the frontier and empty`;
    }
    if (memory.load(entry >>> 0) === 0) return `position ${at} is below the frontier and undecided`;
  }
  return true;
}

/** The counters stand in order: staged ≤ frontier ≤ tail ≤ staged + ring, and no place beyond the tail but one is taken. */
export function countersInOrder(memory: Memory, layout: Layout): Verdict {
  const [staged, frontier, tail] = [STAGED_AT, FRONTIER_AT, TAIL_AT].map((at) => memory.load(at));
  if (((frontier - staged) | 0) < 0) return 'staged is beyond the frontier';
  // The frontier may pass a place whose owner has not moved the tail yet.
  if (((tail - frontier) | 0) < -1) return 'the frontier is beyond the tail';
  if (((tail - staged) | 0) > layout.ringWords) return 'the tail is more than a ring ahead of staging';
  return true;
}

/** What the log says: the records that count, in order, from the first position on. Null when places were recycled. */
export function replayed(
  memory: Memory,
  layout: Layout,
  initial: Readonly<Record<string, number>>,
): Record<string, number> | null {
  if (memory.load(STAGED_AT) !== layout.firstPosition) return null;
  const content = new Map(Object.entries(initial));
  const tail = memory.load(TAIL_AT);
  for (let at = layout.firstPosition; at !== tail; at = (at + 1) | 0) {
    const record = memory.load(placeOf(layout, at)) >>> 0;
    if (memory.load(record) !== lsnWord(at)) continue;
    const key = String.fromCharCode(memory.read8(keyAt(record)));
    if (keyLengthAt(memory, record) !== 1) throw new Error('scenarios use keys of one byte');
    if (kindAt(memory, record) === TOMBSTONE) content.delete(key);
    else content.set(key, valueByte(memory, record));
  }
  return Object.fromEntries([...content].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the staging buffer says from its start (nothing in it is written to a file yet), as a text; or what is wrong. */
export function stagedContent(memory: Memory, layout: Layout, initial: Readonly<Record<string, number>>): string {
  const content = new Map(Object.entries(initial));
  const end = memory.load(STAGING_ENDS_AT + ((memory.load(STAGED_AT) - 1) & 1));
  let last = layout.firstPosition - 1;
  for (let offset = 0; offset < end; ) {
    const at = layout.stagingAt + offset / 4;
    const [position, meta, meta2] = [memory.read32(at), memory.read32(at + 1), memory.read32(at + 2)];
    if (((position - last) | 0) <= 0) return `position ${position} after ${last}`;
    const key = String.fromCharCode(memory.read8((at + RECORD_HEADER_WORDS) * 4));
    if (kindOf(meta) === TOMBSTONE) content.delete(key);
    else content.set(key, memory.read8((at + RECORD_HEADER_WORDS) * 4 + keyBytesOf(meta)));
    last = position;
    offset += loggedBytes(meta, meta2);
  }
  return JSON.stringify(Object.fromEntries([...content].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function outOfOrder({ sorted, slots }: PagePicture): string | null {
  for (let i = 0; i < slots.length; i++) {
    const { key, lsn } = slots[i];
    const before = [...sorted, ...slots.slice(0, i)].filter((record) => record.key === key);
    for (const earlier of before) {
      if (lsn === 0 || (earlier.lsn & 1) === 0) {
        if (earlier.lsn === 0 && lsn !== 0) return `${key} is decided after an undecided one in an earlier slot`;
        continue;
      }
      if (((lsn >>> 1) - (earlier.lsn >>> 1)) << 1 <= 0) return `${key}: a later slot has an earlier LSN`;
    }
  }
  return null;
}
