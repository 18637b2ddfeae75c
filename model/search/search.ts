import type { Problem } from '../machine.ts';

/** A way through a machine: an initial state and the moves from there. */
export interface Way {
  initial: number;
  moves: number[];
  /** For an endless execution: index of the move that comes again after the last one. */
  loop?: number;
}

/** Something a search found: a violation, or a goal. */
export interface Finding {
  problem: Problem;
  way: Way;
}

/** A search that runs in slices, so that the caller can show progress, stop it, or store it. */
export interface Search {
  readonly states: number;
  readonly transitions: number;
  /** States on the longest way tried (depth first) or on the longest shortest way (breadth first). */
  readonly depth: number;
  /** States found but not yet looked at. */
  readonly queued: number;
  /** Estimated number of states still to be looked at; null or absent: nothing to go by. */
  readonly remaining?: number | null;
  readonly violations: readonly Finding[];
  readonly goals: ReadonlyMap<number, Way>;
  readonly finished: boolean;
  /** Why the search could not be exhaustive, if so. */
  readonly bound: string | null;
  readonly visitedBytes: number;
  /** Fingerprints of the states without moves. */
  readonly ends: ReadonlySet<string>;
  /** Goes on for about so many states. */
  run(states: number): void;
}

/** What bounds a search, and when it stops. */
export interface SearchLimits {
  /** Most distinct states; Infinity: no bound. */
  maxStates: number;
  /** Most moves from an initial state. */
  maxDepth: number;
  /** Go on after a violation, to count all states: the first of each name is kept. */
  goOn: boolean;
  /** Know states by all that they hold instead of by fingerprints. */
  exact?: boolean;
}

/** Where a search was when it was interrupted, besides what it had found and visited. */
export interface Frontier {
  numbers: Record<string, number>;
  lists: Record<string, Int32Array<ArrayBuffer>>;
}

/** A search that can be interrupted between two runs, and gone on with later, in another process too. */
export interface Resumable extends Search {
  states: number;
  transitions: number;
  depth: number;
  bound: string | null;
  readonly violations: Finding[];
  readonly goals: Map<number, Way>;
  readonly ends: Set<string>;
  /** Where it is. The lists are its own, not copies. */
  readonly frontier: Frontier;
  /** Goes to where an earlier search of the same machine was; the visited set is given to the constructor. */
  resume(frontier: Frontier): void;
}

/** A list of numbers that grows, without the cost of a JavaScript array of them. */
export class NumberList {
  length = 0;
  words = new Int32Array(1 << 10);

  /** The numbers themselves, not a copy. */
  get used(): Int32Array<ArrayBuffer> {
    return this.words.subarray(0, this.length);
  }

  /** Holds these numbers from now on. */
  take(words: Int32Array<ArrayBuffer>): void {
    this.length = words.length;
    this.words = words.length > 0 ? words : new Int32Array(1 << 10);
  }

  push(value: number): void {
    if (this.length === this.words.length) {
      const wider = new Int32Array(this.words.length * 2);
      wider.set(this.words);
      this.words = wider;
    }
    this.words[this.length++] = value;
  }

  pop(): number {
    this.length -= 1;
    return this.words[this.length];
  }
}
