import { mixHigh, mixLow } from '../hash.ts';
import { widened } from '../machine.ts';

export const READ = 0;
export const WRITE = 1;

// In place of the size of an access: annotations, which have none.
export const ACQUIRES = 0;
export const RELEASES = -1;

/** Words of one entry: first byte, end byte, READ or WRITE. */
export const ENTRY = 3;

/**
 * What one transition accesses: plain accesses before its atomic action, the action, plain accesses after it.
 *
 * Those after it *float*: nothing orders them before anything that other threads do until the thread's next atomic
 * action, so a state keeps them until then.
 */
export class Footprint {
  entries = new Int32Array(64 * ENTRY);
  count = 0;
  /** Entries before the atomic action. */
  leading = 0;
  atomicAddress = -1;
  atomicAccess = READ;
  /** The word whose queue of sleepers it changes; −1: none. */
  queue = -1;

  clear(): void {
    this.count = 0;
    this.leading = 0;
    this.atomicAddress = -1;
    this.queue = -1;
  }

  atomic(address: number, access: number): void {
    this.atomicAddress = address;
    this.atomicAccess = access;
    this.leading = this.count;
  }

  /** @param _size bytes of one element, which do not matter for whether accesses conflict */
  plain(firstByte: number, endByte: number, access: number, _size: number): void {
    const { entries, count } = this;
    if (count > 0 && (this.atomicAddress < 0 || count > this.leading)) {
      const last = (count - 1) * ENTRY;
      if (entries[last + 2] === access && firstByte >= entries[last] && firstByte <= entries[last + 1]) {
        if (endByte > entries[last + 1]) entries[last + 1] = endByte;
        return;
      }
    }
    const at = count * ENTRY;
    if (at + ENTRY > entries.length) this.entries = widened(entries);
    this.entries[at] = firstByte;
    this.entries[at + 1] = endByte;
    this.entries[at + 2] = access;
    this.count = count + 1;
  }

  /** Entries that count as before the atomic action: all, when there was none. */
  get leadingCount(): number {
    return this.atomicAddress < 0 ? this.count : this.leading;
  }
}

/** A list of plain accesses within an array of entries. */
export interface Span {
  entries: Int32Array;
  from: number;
  to: number;
}

/**
 * The first byte on which two lists of plain accesses conflict, or −1: they overlap and at least one writes.
 */
export function conflict(a: Int32Array, aFrom: number, aTo: number, b: Int32Array, bFrom: number, bTo: number): number {
  for (let i = aFrom * ENTRY; i < aTo * ENTRY; i += ENTRY) {
    const first = a[i];
    const end = a[i + 1];
    const writes = a[i + 2] === WRITE;
    for (let j = bFrom * ENTRY; j < bTo * ENTRY; j += ENTRY) {
      if (first < b[j + 1] && b[j] < end && (writes || b[j + 2] === WRITE)) return Math.max(first, b[j]);
    }
  }
  return -1;
}

/** The same for a list and an atomic action. */
export function conflictWithAtomic(a: Int32Array, from: number, to: number, address: number, access: number): number {
  const first = address * 4;
  for (let i = from * ENTRY; i < to * ENTRY; i += ENTRY) {
    if (a[i] < first + 4 && first < a[i + 1] && (access === WRITE || a[i + 2] === WRITE)) return first;
  }
  return -1;
}

/** Hash of the floating accesses of a thread, low half. */
export function floatLow(entries: Int32Array, from: number, to: number, thread: number): number {
  let h = 0;
  for (let i = from * ENTRY; i < to * ENTRY; i++) h = mixLow(h ^ (thread + 1), entries[i] + i - from * ENTRY);
  return h;
}

/** Hash of the floating accesses of a thread, high half. */
export function floatHigh(entries: Int32Array, from: number, to: number, thread: number): number {
  let h = 0;
  for (let i = from * ENTRY; i < to * ENTRY; i++) h = mixHigh(h ^ (thread + 1), entries[i] + i - from * ENTRY);
  return h;
}
