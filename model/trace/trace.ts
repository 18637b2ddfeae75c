import type { ViolationKind } from '../errors.ts';

/*
 * A trace as data: what `printTrace` makes text of, and what `--json` prints. Everything in it is plain JSON. Fields are
 * added in later versions, but not renamed; `version` goes up when the meaning of one changes.
 */

/** A way from an initial state to where something was found. */
export interface Trace {
  version: 1;
  /** Name of what was explored. */
  name: string;
  /** Names of threads, or of a system's actors; steps refer to them by index. */
  actors: readonly string[];
  scenario: TraceScenario;
  /** The initial state as text; empty for a program without `show`. */
  initial: string;
  steps: TraceStep[];
  /** How many times a step is made by another actor than the one before. */
  switches: number;
  /** Repetitions in what one actor does, in order, none within another: what the text folds. */
  repeats: readonly TraceRepeat[];
  /** For an endless execution: after the last step comes this one again, for ever. */
  loopsTo?: number;
  /** What is wrong at the end; absent where a trace shows how a goal is reached. */
  violation?: { kind: ViolationKind; name: string; message: string };
  /** Replay string: see `replay`. */
  replay: string;
}

/** What was run: who does what on which memory. */
export interface TraceScenario {
  threads: readonly TraceThread[];
  /** The mutant that was explored instead of the program itself, if any. */
  mutant?: string;
  /** How many threads may die. */
  deaths: number;
  /** Words that matter in this trace (used atomically, or changed and used by several), with what is in them at the start. */
  memory: readonly { word: string; address: number; value: number }[];
}

/** A thread of the scenario. */
export interface TraceThread {
  name: string;
  /** A program: its operations with their arguments, one after another; each is one of the alternatives listed. */
  operations?: readonly (readonly string[])[];
  /** A transition system: names of the actor's actions. */
  actions?: readonly string[];
  /** What is special about it: `starts when p has died`, `in the background`. */
  remarks: readonly string[];
}

/** One move of one actor. */
export interface TraceStep {
  /** Counts from 1. */
  number: number;
  /** Index into the trace's `actors`. */
  actor: number;
  /** The operation that begins with this step, with its arguments. */
  begins?: string;
  /** Step functions that ran, in order, or the action's name. */
  label: string;
  accesses: Access[];
  /** The operation that ended with this step, and its result as JSON, if it has one. */
  returns?: { operation: string; result?: string };
  /** What happened besides: a thread fell asleep, was woken. */
  notes: string[];
  /** How the actor stands after the step: could it go on? */
  status: StepStatus;
  /** Why another actor makes the next step; absent when the same goes on, and at the end. */
  switch?: TraceSwitch;
  /** The state after it as text; empty for a program without `show`. */
  state: string;
}

/** What a machine tells of one move; the rest of a step is found by looking at all of them. */
export type Told = Omit<TraceStep, 'number' | 'switch'>;

/** Whether an actor can go on after its step: `crash` was a crash of everybody; `blocked` is a system's actor without any enabled action. */
export type StepStatus = 'ready' | 'crash' | 'asleep' | 'finished' | 'dead' | 'blocked';

/** Why an actor does not make the next step. */
export interface TraceSwitch {
  /** `interrupted`: it could have gone on. */
  reason: 'asleep' | 'crash' | 'finished' | 'dead' | 'blocked' | 'interrupted';
  /** The same for people, with the next pair of accesses that the order decides. */
  text: string;
  /** For `interrupted`: the step of another actor, and the step of this one, whose accesses to `word` conflict. */
  conflict?: { other: number; own: number; word: string };
}

/** One access to memory. */
export interface Access {
  /**
   * `load`, `store`, `cas`, `cas failed`, `add`, `wait` (falls asleep), `wait not`, `notify`; plain: `read`, `write` and
   * their 8 and 16 bit forms, `copy from`, `copy to`, `read bytes`; annotations: `acquired`, `released`. A system: `read`, `set`.
   */
  kind: string;
  /** Symbolic name of the word, or its address. */
  word: string;
  /** The word's address, or its index in a system's vector. */
  address: number;
  /** Words from there, where it is not one. */
  words?: number;
  before: number;
  after: number;
  /** What a failed compareExchange or a wait that did not sleep expected. */
  expected?: number;
  /** Number of the step that wrote what was found; absent: it was there at the start. */
  from?: number;
}

/** Steps `first` to `first + length − 1`, done `times` times in a row. */
export interface TraceRepeat {
  first: number;
  length: number;
  times: number;
}
