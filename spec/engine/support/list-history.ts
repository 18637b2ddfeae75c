/**
 * A history of transactions over lists, as flat numbers, so that a million of them travel between threads and fit in memory.
 * Each transaction appends elements to the lists of keys and reads whole lists; an element is appended to a key once only.
 */

/** How a transaction ended: its caller was told of the commit, of the failure, or of nothing. */
export type Outcome = 'committed' | 'failed' | 'unknown';
const OUTCOMES: readonly Outcome[] = ['committed', 'failed', 'unknown'];

const APPEND = 0;
const READ = 1;

/** A part of a history, as one thread recorded it; can be posted to another thread. */
export interface RecordedLists {
  /** Of each transaction: when it was called, when it returned. On a clock that all threads share. */
  readonly times: Float64Array;
  /** Of each transaction: outcome, number of operations, operations: (0, key, element) or (1, key, count, elements…). */
  readonly words: Int32Array;
}

/** Records what one thread does, as it does it. */
export class ListRecorder {
  private times = new Float64Array(1 << 10);
  private words = new Int32Array(1 << 12);
  private transactions = 0;
  private length = 0;
  private operationsAt = 0;

  /** A transaction begins: its operations follow. May be called again instead of `end`: the attempt is forgotten. */
  begin(now: number): void {
    if (this.operationsAt > 0) this.length = this.operationsAt - 1;
    if (this.transactions * 2 === this.times.length) this.times = grown(this.times, Float64Array);
    this.times[this.transactions * 2] = now;
    this.push(0);
    this.operationsAt = this.length;
    this.push(0);
  }

  append(key: number, element: number): void {
    this.words[this.operationsAt] += 1;
    this.push(APPEND);
    this.push(key);
    this.push(element);
  }

  read(key: number, elements: readonly number[]): void {
    this.words[this.operationsAt] += 1;
    this.push(READ);
    this.push(key);
    this.push(elements.length);
    for (const element of elements) this.push(element);
  }

  end(now: number, outcome: Outcome): void {
    this.words[this.operationsAt - 1] = OUTCOMES.indexOf(outcome);
    this.times[this.transactions * 2 + 1] = now;
    this.transactions += 1;
    this.operationsAt = 0;
  }

  /** What was recorded so far. */
  recorded(): RecordedLists {
    return { times: this.times.slice(0, this.transactions * 2), words: this.words.slice(0, this.length) };
  }

  private push(word: number): void {
    if (this.length === this.words.length) this.words = grown(this.words, Int32Array);
    this.words[this.length] = word;
    this.length += 1;
  }
}

function grown<T extends Float64Array | Int32Array>(old: T, Kind: new (length: number) => T): T {
  const larger = new Kind(old.length * 2);
  larger.set(old);
  return larger;
}

/** Called for each operation, in order. `at` and `count` say where a read's elements lie in `words`; `count` is −1 for an append. */
export type Visit = (transaction: number, key: number, words: Int32Array, at: number, count: number) => void;

/** All threads' parts as one history. Transactions are numbered through, part by part. */
export class ListHistory {
  readonly transactions: number;
  readonly outcomes: Uint8Array;
  readonly called: Float64Array;
  readonly returned: Float64Array;
  private readonly parts: readonly RecordedLists[];

  constructor(parts: readonly RecordedLists[]) {
    this.parts = parts;
    this.transactions = parts.reduce((sum, part) => sum + part.times.length / 2, 0);
    this.outcomes = new Uint8Array(this.transactions);
    this.called = new Float64Array(this.transactions);
    this.returned = new Float64Array(this.transactions);
    let transaction = 0;
    for (const { times, words } of parts) {
      let at = 0;
      for (let i = 0; i < times.length; i += 2) {
        this.outcomes[transaction] = words[at];
        this.called[transaction] = times[i];
        this.returned[transaction] = times[i + 1];
        at = behind(words, at);
        transaction += 1;
      }
    }
  }

  outcome(transaction: number): Outcome {
    return OUTCOMES[this.outcomes[transaction]];
  }

  /** Visits every operation of every transaction. */
  each(visit: Visit): void {
    let transaction = 0;
    for (const { times, words } of this.parts) {
      let at = 0;
      for (let i = 0; i < times.length; i += 2) {
        let operations = words[at + 1];
        for (at += 2; operations > 0; operations--) {
          const isRead = words[at] === READ;
          if (isRead) visit(transaction, words[at + 1], words, at + 3, words[at + 2]);
          else visit(transaction, words[at + 1], words, at + 2, -1);
          at += isRead ? 3 + words[at + 2] : 3;
        }
        transaction += 1;
      }
    }
  }
}

function behind(words: Int32Array, at: number): number {
  let operations = words[at + 1];
  let next = at + 2;
  for (; operations > 0; operations--) next += words[next] === READ ? 3 + words[next + 2] : 3;
  return next;
}
