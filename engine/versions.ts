import { type Layout, seenAt } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import {
  ANCIENT,
  hasPosition,
  keyAt,
  keyLengthAt,
  kindAt,
  positionsAbove,
  positionsBelow,
  recordWordsAt,
  valueLengthAt,
} from '../wal/memory-record.ts';
import { BLOB, TOMBSTONE } from '../wal/record.ts';
import { bornAt, historyAt, historyWords } from './frame.ts';
import { compareKeys } from './keys.ts';
import { ALL_SLOTS, mergeLeaf, take } from './merge.ts';
import type { Scratch } from './scratch.ts';
import { VersionWalk } from './version-walk.ts';

/*
 * Versions of keys in a leaf (README, "Snapshots"): what a consolidation keeps of them, and what a snapshot sees of them.
 * Everything is reckoned from the birth of a frame, a whole position: the sorted area and the history are below it, what
 * stands in the slots is not. A version's age is how far it is below the birth of the frame to come. Private.
 */

/** What a consolidation keeps is made from. */
export interface Closing {
  readonly layout: Layout;
  readonly thread: number;
  readonly frame: number;
  readonly filled: number;
  /** The new frame's birth, and how many snapshots below it there are; their distances from it stand in the thread's area. */
  readonly born: number;
  readonly held: number;
}

/** What a snapshot reads. */
export interface View {
  readonly frame: number;
  readonly filled: number;
  /** Positions below are visible; whole. */
  readonly snapshot: number;
  /** The slots that are visible, as a set of bits. */
  readonly visible: number;
}

const walk = new VersionWalk();
/** Older than every snapshot. */
const ANCIENT_AGE = Number.MAX_SAFE_INTEGER;

/**
 * The closed leaf's next content, in the scratch space: of each key the newest version, unless it is a tombstone, and as old
 * versions those that a snapshot sees. Returns the words of the former.
 */
export function mergeVersions(memory: Memory, scratch: Scratch, closing: Closing): number {
  const { frame } = closing;
  const oldest = memory.read32(seenAt(closing.layout, closing.thread) + closing.held - 1);
  scratch.versioned = true;
  scratch.count = 0;
  scratch.oldCount = 0;
  let words = 0;
  walk.begin(memory, scratch, frame, closing.filled, ALL_SLOTS, true);
  while (walk.next(memory, scratch)) {
    const first = scratch.oldCount;
    let newer = -1;
    for (let i = walk.slotFrom; i < walk.slotTo; i++) {
      const record = walk.slot(memory, scratch, i);
      const age = ageOfSlot(memory, record, closing);
      words += keep(memory, scratch, record, age, newer, oldest, closing);
      newer = age;
    }
    if (walk.sorted !== 0) {
      const age = ageOfSorted(memory, walk.sorted, oldest, closing);
      words += keep(memory, scratch, walk.sorted, age, newer, oldest, closing);
      newer = age;
    }
    for (let at = walk.historyFrom; at < walk.historyTo; at += recordWordsAt(memory, at)) {
      const age = ageOfSorted(memory, at, oldest, closing);
      keep(memory, scratch, at, age, newer, oldest, closing);
      newer = age;
    }
    // A tombstone with nothing below it says no more than the key's absence.
    while (scratch.oldCount > first && kindAt(memory, scratch.old[scratch.oldCount - 1]) === TOMBSTONE) {
      scratch.oldCount--;
    }
  }
  return words;
}

/** Words of the old versions from index `from` to `to`. */
export function oldVersionWords(memory: Memory, scratch: Scratch, from: number, to: number): number {
  let words = 0;
  for (let i = from; i < to; i++) words += recordWordsAt(memory, scratch.old[i]);
  return words;
}

/** How many of the old versions have keys below this one. */
export function oldVersionsBelow(memory: Memory, scratch: Scratch, key: number, length: number): number {
  let low = 0;
  let high = scratch.oldCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const record = scratch.old[middle];
    if (compareKeys(memory, keyAt(record), keyLengthAt(memory, record), key, length) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Writes old versions `from` to `to` (not included) at `target`. Returns the words they take. */
export function copyOldVersions(memory: Memory, scratch: Scratch, target: number, from: number, to: number): number {
  let at = target;
  for (let i = from; i < to; i++) {
    const words = recordWordsAt(memory, scratch.old[i]);
    memory.copy(at, scratch.old[i], words);
    memory.write32(at, scratch.oldLsn[i]);
    at += words;
  }
  return at - target;
}

/** Words of the old versions in a leaf's history, large values included: what snapshots cost. */
export function keptWords(memory: Memory, frame: number): number {
  let words = historyWords(memory, frame);
  const end = historyAt(memory, frame) + words;
  for (let at = historyAt(memory, frame); at < end; at += recordWordsAt(memory, at)) {
    if (kindAt(memory, at) === BLOB) words += (valueLengthAt(memory, at) + 3) >>> 2;
  }
  return words;
}

/** A leaf's content as a snapshot sees it, in the scratch space. */
export function mergeAt(memory: Memory, scratch: Scratch, view: View): void {
  const { frame, filled, visible } = view;
  if (view.snapshot >= bornAt(memory, frame)) {
    mergeLeaf(memory, scratch, frame, filled, visible);
    return;
  }
  scratch.versioned = false;
  scratch.count = 0;
  walk.begin(memory, scratch, frame, filled, visible, false);
  while (walk.next(memory, scratch)) {
    const record =
      walk.slotFrom < walk.slotTo
        ? walk.slot(memory, scratch, walk.slotFrom)
        : newestBelow(memory, walk.sorted, walk.historyFrom, walk.historyTo, view);
    if (record !== 0 && kindAt(memory, record) !== TOMBSTONE) take(memory, scratch, record);
  }
}

/** The newest version of a key that a snapshot sees in a leaf's sorted area (`sorted`: its record there, or 0) and history; or 0. */
export function newestInHistory(memory: Memory, sorted: number, key: number, length: number, view: View): number {
  if (view.snapshot >= bornAt(memory, view.frame)) return sorted;
  if (sorted !== 0 && isVisible(memory, sorted, view)) return sorted;
  const end = historyAt(memory, view.frame) + historyWords(memory, view.frame);
  let from = historyAt(memory, view.frame);
  while (from < end && compareKeys(memory, keyAt(from), keyLengthAt(memory, from), key, length) < 0) {
    from += recordWordsAt(memory, from);
  }
  let to = from;
  while (to < end && compareKeys(memory, keyAt(to), keyLengthAt(memory, to), key, length) === 0) {
    to += recordWordsAt(memory, to);
  }
  return newestBelow(memory, 0, from, to, view);
}

/** Whether a snapshot sees a record that stands in a slot and has this LSN word. */
export function isVisibleInSlot(memory: Memory, lsn: number, view: View): boolean {
  if (!hasPosition(lsn)) return lsn === ANCIENT;
  const born = bornAt(memory, view.frame);
  return born + positionsAbove(lsn, born) < view.snapshot;
}

function newestBelow(memory: Memory, sorted: number, from: number, to: number, view: View): number {
  if (sorted !== 0 && isVisible(memory, sorted, view)) return sorted;
  for (let at = from; at < to; at += recordWordsAt(memory, at)) if (isVisible(memory, at, view)) return at;
  return 0;
}

function isVisible(memory: Memory, record: number, view: View): boolean {
  const lsn = memory.read32(record);
  if (!hasPosition(lsn)) return lsn === ANCIENT;
  const born = bornAt(memory, view.frame);
  return born - positionsBelow(lsn, born) < view.snapshot;
}

/**
 * Takes a version over, or leaves it out. `newer` is the age of the next newer one; −1: there is none. Returns the words that
 * the sorted area grows by.
 */
function keep(
  memory: Memory,
  scratch: Scratch,
  record: number,
  age: number,
  newer: number,
  oldest: number,
  closing: Closing,
): number {
  const lsn = age > oldest ? ANCIENT : memory.read32(record);
  if (newer < 0 && kindAt(memory, record) !== TOMBSTONE) {
    scratch.lsn[scratch.count] = lsn;
    return take(memory, scratch, record);
  }
  // A tombstone that is the newest version hides from later snapshots whatever is kept below it.
  if (newer >= 0 && !isSeen(memory, age, newer, closing)) return 0;
  scratch.old[scratch.oldCount] = record;
  scratch.oldLsn[scratch.oldCount] = lsn;
  scratch.oldCount++;
  return 0;
}

/** Whether some snapshot sees a version of this age whose next newer one has the age `newer`. */
function isSeen(memory: Memory, age: number, newer: number, closing: Closing): boolean {
  const list = seenAt(closing.layout, closing.thread);
  for (let i = 0; i < closing.held; i++) {
    const distance = memory.read32(list + i);
    if (distance >= age) return false;
    if (distance >= newer) return true;
  }
  return false;
}

function ageOfSlot(memory: Memory, record: number, { frame, born }: Closing): number {
  const lsn = memory.read32(record);
  if (!hasPosition(lsn)) return ANCIENT_AGE;
  const old = bornAt(memory, frame);
  return born - (old + positionsAbove(lsn, old));
}

/** In the sorted area or the history: when even the oldest snapshot began after the frame was born, all of it is ancient. */
function ageOfSorted(memory: Memory, record: number, oldest: number, { frame, born }: Closing): number {
  const lsn = memory.read32(record);
  const old = bornAt(memory, frame);
  if (!hasPosition(lsn) || born - old >= oldest) return ANCIENT_AGE;
  return born - old + positionsBelow(lsn, old);
}
