/** The words of a crash program's state besides memory: some for all, some for each thread. */

/** Interned: the disk. */
export const DISK = 0;
export const LIFE = 1;
/** How many are left of each. */
export const POWER_LOSSES = 2;
export const KILLS = 3;
export const FAILURES = 4;
export const SHORT_WRITES = 5;
/** Interned: the linearizations. */
export const LINEAR = 6;
const GLOBALS = 7;

// Words of a thread.
export const STATUS = 0;
/** Operations that have returned in this life. */
export const OPERATION = 1;
/** Whether the next one has begun. */
export const BUSY = 2;
/** Interned: what its code has seen. */
export const HISTORY = 3;
/** Where it sleeps: address + 1, or 0. */
const SLEEP_ADDRESS = 4;
/** Its place among those who sleep there: 1 is woken first. */
const SLEEP_RANK = 5;
const THREAD_WORDS = 6;

export const READY = 0;
export const ASLEEP = 1;
export const ASLEEP_TIMED = 2;
export const FINISHED = 3;

/** The words, and what they mean. */
export class CrashState {
  words: Int32Array;
  readonly threads: number;

  constructor(threads: number) {
    this.threads = threads;
    this.words = new Int32Array(GLOBALS + THREAD_WORDS * threads);
  }

  get(thread: number, word: number): number {
    return this.words[GLOBALS + thread * THREAD_WORDS + word];
  }

  put(thread: number, word: number, value: number): void {
    this.words[GLOBALS + thread * THREAD_WORDS + word] = value;
  }

  /** Whether the word at this index is some thread's history. */
  isHistory(index: number): boolean {
    return index >= GLOBALS && (index - GLOBALS) % THREAD_WORDS === HISTORY;
  }

  /** The thread is at its beginning, or gone; nothing it did matters. */
  reset(thread: number, status: number): void {
    for (let word = 0; word < THREAD_WORDS; word++) this.put(thread, word, 0);
    this.put(thread, STATUS, status);
  }

  isAsleep(thread: number): boolean {
    return this.get(thread, STATUS) === ASLEEP || this.get(thread, STATUS) === ASLEEP_TIMED;
  }

  /** The thread sleeps on a word, behind those who do already. */
  sleep(thread: number, address: number, timed: boolean): void {
    let rank = 1;
    for (let i = 0; i < this.threads; i++) if (this.get(i, SLEEP_ADDRESS) === address + 1) rank += 1;
    this.put(thread, STATUS, timed ? ASLEEP_TIMED : ASLEEP);
    this.put(thread, SLEEP_ADDRESS, address + 1);
    this.put(thread, SLEEP_RANK, rank);
  }

  /** Who has slept longest on a word, or −1. */
  firstSleeper(address: number): number {
    for (let i = 0; i < this.threads; i++) {
      if (this.get(i, SLEEP_ADDRESS) === address + 1 && this.get(i, SLEEP_RANK) === 1) return i;
    }
    return -1;
  }

  /** The thread sleeps no longer; those behind it move up. */
  wake(thread: number): void {
    const address = this.get(thread, SLEEP_ADDRESS);
    const rank = this.get(thread, SLEEP_RANK);
    for (let i = 0; i < this.threads; i++) {
      const behind = this.get(i, SLEEP_ADDRESS) === address && this.get(i, SLEEP_RANK) > rank;
      if (behind) this.put(i, SLEEP_RANK, this.get(i, SLEEP_RANK) - 1);
    }
    this.put(thread, STATUS, READY);
    this.put(thread, SLEEP_ADDRESS, 0);
    this.put(thread, SLEEP_RANK, 0);
  }
}
