import type { Memory } from '../pagecache/memory.ts';
import { recordWordsAt } from '../wal/memory-record.ts';
import { COUNT, entryAt, historyAt, historyWords, slotAt, slotRecord } from './frame.ts';
import { compareRecords, sortSlots } from './merge.ts';
import type { Scratch } from './scratch.ts';

/**
 * Goes over all versions in a leaf, key by key. A key's versions, the newest first, are: its slots, its record in the sorted
 * area, its records in the history. Private to one step.
 */
export class VersionWalk {
  /** The key's slots: indexes into `scratch.slots`, from … to (not included). */
  slotFrom = 0;
  slotTo = 0;
  /** The key's record in the sorted area, or 0. */
  sorted = 0;
  /** The key's records in the history: from this address to that one (not included). */
  historyFrom = 0;
  historyTo = 0;

  private frame = 0;
  private slots = 0;
  private entry = 0;
  private entries = 0;
  private end = 0;

  /** Starts before the first key. `wanted`: the slots that count, as a set of bits; `all`: not the newest of each key only. */
  begin(memory: Memory, scratch: Scratch, frame: number, filled: number, wanted: number, all: boolean): void {
    this.frame = frame;
    this.slots = sortSlots(memory, scratch, frame, filled, wanted, all);
    this.slotTo = 0;
    this.entry = 0;
    this.entries = memory.read32(frame + COUNT);
    this.historyTo = historyAt(memory, frame);
    this.end = this.historyTo + historyWords(memory, frame);
  }

  /** Goes to the next key; false: there is none. */
  next(memory: Memory, scratch: Scratch): boolean {
    this.slotFrom = this.slotTo;
    this.historyFrom = this.historyTo;
    this.sorted = 0;
    const sorted = this.entry < this.entries ? entryAt(memory, this.frame, this.entry) : 0;
    const least = this.least(memory, scratch, sorted);
    if (least === 0) return false;
    while (this.slotTo < this.slots && compareRecords(memory, this.slot(memory, scratch, this.slotTo), least) === 0) {
      this.slotTo++;
    }
    if (sorted !== 0 && compareRecords(memory, sorted, least) === 0) {
      this.sorted = sorted;
      this.entry++;
    }
    while (this.historyTo < this.end && compareRecords(memory, this.historyTo, least) === 0) {
      this.historyTo += recordWordsAt(memory, this.historyTo);
    }
    return true;
  }

  /** The record in a slot, by its index in `scratch.slots`. */
  slot(memory: Memory, scratch: Scratch, index: number): number {
    return slotRecord(this.frame, memory.read32(slotAt(this.frame, scratch.slots[index])));
  }

  private least(memory: Memory, scratch: Scratch, sorted: number): number {
    let least = this.slotFrom < this.slots ? this.slot(memory, scratch, this.slotFrom) : 0;
    if (sorted !== 0 && (least === 0 || compareRecords(memory, sorted, least) < 0)) least = sorted;
    const history = this.historyFrom < this.end ? this.historyFrom : 0;
    if (history !== 0 && (least === 0 || compareRecords(memory, history, least) < 0)) least = history;
    return least;
  }
}
