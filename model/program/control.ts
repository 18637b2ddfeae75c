import { mixHigh, mixLow } from '../hash.ts';
import { widened } from '../machine.ts';

// Words of a thread.
/** One of the statuses below. */
export const STATUS = 0;
/** Index of the operation in progress, or to begin next. */
export const OPERATION = 1;
/** Which of the operation's alternatives. */
export const ALTERNATIVE = 2;
/** Where the thread sleeps: address + 1, or 0. */
const SLEEP_ADDRESS = 3;
/** Its place among those who sleep there: 1 is woken first. */
const SLEEP_RANK = 4;
/** Interned list of results. */
export const RESULTS = 5;
/** Its floating accesses: not hashed here, as their place depends on the way. */
export const FLOAT_FROM = 6;
export const FLOAT_TO = 7;
export const CONTROL_WORDS = 8;

export const READY = 0;
export const ASLEEP = 1;
export const ASLEEP_TIMED = 2;
export const FINISHED = 3;
export const DEAD = 4;
export const UNBORN = 5;
export const STATUS_NAMES = ['ready', 'asleep', 'asleep', 'finished', 'dead', 'waiting to start'] as const;

/** Position of control words in the hash, beyond memory and registers. */
const CONTROL_POSITION = 1 << 28;
/** Position of threads' next steps. */
export const STEP_POSITION = CONTROL_POSITION + (1 << 20);

/** What a program's state holds besides memory and registers: words by thread, deaths left, linearizations. */
export class Control {
  readonly words: Int32Array;
  readonly deathsAt: number;
  readonly linearAt: number;
  low = 0;
  high = 0;
  /** See `partAs`. */
  partLow = 0;
  partHigh = 0;

  /** Pairs (index, word before). */
  private log = new Int32Array(1 << 10);
  private logged = 0;
  private readonly threads: number;
  private readonly identity: (index: number, value: number) => number;

  /** @param identity a word as the same number in every run: interned numbers depend on the order of discovery */
  constructor(threads: number, identity: (index: number, value: number) => number) {
    this.threads = threads;
    this.deathsAt = threads * CONTROL_WORDS;
    this.linearAt = this.deathsAt + 1;
    this.words = new Int32Array(this.deathsAt + 2);
    this.identity = identity;
  }

  get(thread: number, word: number): number {
    return this.words[thread * CONTROL_WORDS + word];
  }

  put(thread: number, word: number, value: number): void {
    this.set(thread * CONTROL_WORDS + word, value);
  }

  set(index: number, value: number): void {
    const old = this.words[index];
    if (old === value) return;
    this.note(index, value);
    const position = CONTROL_POSITION + index;
    const after = this.identity(index, value);
    const before = this.identity(index, old);
    this.low = (this.low + mixLow(position, after) - mixLow(position, before)) | 0;
    this.high = (this.high + mixHigh(position, after) - mixHigh(position, before)) | 0;
  }

  /** Where a thread's floating accesses stand. (Not by `put`: that depends on the way, and is never hashed.) */
  float(thread: number, from: number, to: number): void {
    const at = thread * CONTROL_WORDS;
    if (this.words[at + FLOAT_FROM] !== from) this.note(at + FLOAT_FROM, from);
    if (this.words[at + FLOAT_TO] !== to) this.note(at + FLOAT_TO, to);
  }

  /** Where the undo log is now; {@link rollBack} goes back to it, but for the hash. */
  get mark(): number {
    return this.logged;
  }

  rollBack(mark: number): void {
    const { log, words } = this;
    let at = this.logged;
    while (at > mark) {
      at -= 2;
      words[log[at]] = log[at + 1];
    }
    this.logged = mark;
  }

  private note(index: number, value: number): void {
    if (this.logged + 2 > this.log.length) this.log = widened(this.log);
    this.log[this.logged] = index;
    this.log[this.logged + 1] = this.words[index];
    this.logged += 2;
    this.words[index] = value;
  }

  /** Whether the thread can take a step, or wake by its timeout, whatever others do. */
  couldGoOn(thread: number): boolean {
    const status = this.get(thread, STATUS);
    return status === READY || status === ASLEEP_TIMED;
  }

  /** What the words of a thread would add to the hash if they were another's: in `partLow` and `partHigh`. */
  partAs(thread: number, other: number): void {
    let low = 0;
    let high = 0;
    for (let word = 0; word < FLOAT_FROM; word++) {
      const index = thread * CONTROL_WORDS + word;
      if (this.words[index] === 0) continue;
      const position = CONTROL_POSITION + other * CONTROL_WORDS + word;
      const value = this.identity(index, this.words[index]);
      const none = this.identity(index, 0);
      low = (low + mixLow(position, value) - mixLow(position, none)) | 0;
      high = (high + mixHigh(position, value) - mixHigh(position, none)) | 0;
    }
    this.partLow = low;
    this.partHigh = high;
  }

  isAsleep(thread: number): boolean {
    const status = this.get(thread, STATUS);
    return status === ASLEEP || status === ASLEEP_TIMED;
  }

  /** The thread sleeps on a word, behind those who do already. */
  sleep(thread: number, address: number, timed: boolean): void {
    let rank = 1;
    for (let i = 0; i < this.threads; i++) {
      if (i !== thread && this.get(i, SLEEP_ADDRESS) === address + 1) rank += 1;
    }
    this.put(thread, STATUS, timed ? ASLEEP_TIMED : ASLEEP);
    this.put(thread, SLEEP_ADDRESS, address + 1);
    this.put(thread, SLEEP_RANK, rank);
  }

  /** The thread sleeps no longer; those behind it move up. */
  wake(thread: number): void {
    const address = this.get(thread, SLEEP_ADDRESS);
    const rank = this.get(thread, SLEEP_RANK);
    for (let i = 0; i < this.threads; i++) {
      if (this.get(i, SLEEP_ADDRESS) === address && this.get(i, SLEEP_RANK) > rank) {
        this.put(i, SLEEP_RANK, this.get(i, SLEEP_RANK) - 1);
      }
    }
    this.put(thread, STATUS, READY);
    this.put(thread, SLEEP_ADDRESS, 0);
    this.put(thread, SLEEP_RANK, 0);
  }

  /** Who has slept longest on a word, or −1. */
  firstSleeper(address: number): number {
    for (let i = 0; i < this.threads; i++) {
      if (this.get(i, SLEEP_ADDRESS) === address + 1 && this.get(i, SLEEP_RANK) === 1) return i;
    }
    return -1;
  }
}

/** The step that a thread goes on with which fell asleep in the last step of an operation. */
export function awake(): null {
  return null;
}
