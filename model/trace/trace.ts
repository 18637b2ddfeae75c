/** One access to memory, as a trace shows it. */
export interface Access {
  kind: string;
  /** Symbolic name of the word, or its address. */
  word: string;
  before: number;
  after: number;
}

/** One line of a trace: what one actor did. */
export interface TraceStep {
  actor: number;
  /** Step functions that ran, or the action's name. */
  label: string;
  accesses: Access[];
  /** What happened besides: an operation began or ended, a thread died, slept or was woken. */
  notes: string[];
  /** The state after it. */
  state: string;
}

/** A way from an initial state to where something was found. */
export interface Trace {
  /** Name of what was explored. */
  name: string;
  actors: readonly string[];
  /** The initial state as text. */
  initial: string;
  steps: TraceStep[];
  /** Replay string: see `replay`. */
  replay: string;
}
