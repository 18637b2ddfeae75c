import type { ViolationKind } from './errors.ts';
import type { Told } from './trace/trace.ts';

/** Something wrong with a state or a move. */
export interface Problem {
  kind: ViolationKind;
  /** The invariant's or goal's name, or what the violation is about. */
  name: string;
  message: string;
}

/**
 * What a search sees of a model: a state that is changed in place, moves out of it, and the way back.
 *
 * A move is a number that means the same in the same state. `expand` lists the moves; `apply` makes one; `undo` takes
 * back the last one. States are known by their fingerprints only.
 */
export interface Machine {
  readonly name: string;
  readonly actors: readonly string[];
  readonly initialStates: number;
  readonly goals: readonly string[];
  /** Fingerprint of the current state. */
  readonly low: number;
  readonly high: number;
  /** Goes to an initial state and forgets the way so far. */
  enter(initial: number): void;
  /** Lists the moves that are enabled here, with the fingerprints they lead to. The state stays as it is. */
  expand(moves: Moves): void;
  apply(move: number): void;
  undo(): void;
  /** What is wrong with this state, if anything: judged once for every distinct state. */
  judge(): Problem | null;
  /** The same for a state without moves. */
  judgeEnd(): Problem | null;
  /** All that the fingerprint stands for, as text: equal for equal states only. */
  exact(): string;
  /** Whether a goal holds here. */
  reached(goal: number): boolean;
  /** Makes a move like `apply`, and tells about it. */
  tell(move: number): Told;
  /** The current state as text. */
  picture(): string;
  /** Names for words that depend on the state, if there are any. */
  namesHere?(): ReadonlyMap<number, string>;
  /** Which actor a move belongs to. */
  actorOf(move: number): number;
  /** Which steps, or actions, ran so far. */
  coverage(): Coverage;
  /** By listed step or action, and more that must outlive an interruption: 1 if it was run. */
  marks(): number[];
  /** Takes over the marks of an earlier run, and the names of what ran. */
  restoreMarks(marks: readonly number[], ran: readonly string[]): void;
}

/** Which steps of a program, or actions of a system, ran. */
export interface Coverage {
  ran: readonly string[];
  /** Those that did not; null: nobody knows, as the program does not list its `steps`. */
  neverRun: readonly string[] | null;
}

/** The moves out of a state: parallel arrays, used again and again. */
export class Moves {
  count = 0;
  id = new Int32Array(256);
  low = new Int32Array(256);
  high = new Int32Array(256);
  /** Moves that are themselves a violation, whatever state they lead to; move −1: a violation of this state. */
  problems: { move: number; problem: Problem }[] = [];

  clear(): void {
    this.count = 0;
    if (this.problems.length > 0) this.problems = [];
  }

  push(id: number, low: number, high: number): void {
    const at = this.count;
    if (at === this.id.length) this.grow();
    this.id[at] = id;
    this.low[at] = low;
    this.high[at] = high;
    this.count = at + 1;
  }

  /** Forgets the moves listed before the given one. */
  keepOnly(from: number): void {
    for (let i = from; i < this.count; i++) {
      this.id[i - from] = this.id[i];
      this.low[i - from] = this.low[i];
      this.high[i - from] = this.high[i];
    }
    this.count -= from;
  }

  private grow(): void {
    this.id = widened(this.id);
    this.low = widened(this.low);
    this.high = widened(this.high);
  }
}

/** The same words in an array twice as long. */
export function widened(array: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(array.length * 2);
  wider.set(array);
  return wider;
}
