import { ModelError } from './errors.ts';
import type { CrashProgram } from './faults/crash-program.ts';
import type { Source } from './parallel/source.ts';
import type { Mutant, Program } from './program.ts';
import { PROGRESS_PROPERTIES, type ProgressProperty } from './search/progress.ts';
import type { Schedule } from './search/sampled.ts';
import { a, misshapen, required, type Shape } from './shape.ts';
import type { TransitionSystem } from './system.ts';

/** What can be explored. */
export type Explorable = TransitionSystem | Program | CrashProgram;

/** How to explore; every reduction can be switched off. */
export interface ExploreOptions {
  /**
   * `breadth` gives shortest traces and TLC's depth; `depth` is faster and needs less memory. Default: breadth for
   * transition systems, depth for programs. `stateless` is the second, independent engine, for programs: partial-order
   * reduction that stores no states; it needs `judge: 'ends'` where there are invariants or goals. `random` draws executions, for what
   * is too large; its result is called sampled, never exhaustive.
   */
  search?: SearchKind;
  /**
   * Programs: `lock-free` looks for endless executions in which no operation completes; `livelock-free` for those in which
   * besides every thread that could go on does, so that none can be waiting for it; `obstruction-free` for states from
   * which a thread, running alone, does not end its operation; `wait-free` for endless executions in which a thread goes on with
   * one call for ever, whatever others complete (`waitFree` of operations, `repeats` of threads). Searches depth first.
   */
  progress?: ProgressProperty;
  /** For `search: 'random'`: how executions are drawn (default uniform), how many (default 1,000), and the seed (default 1). */
  schedule?: Schedule;
  executions?: number;
  randomSeed?: number;
  /** For `schedule: 'pct'`: how many orderings a bug may depend on. Default 3. */
  pctDepth?: number;
  /**
   * Interrupt an actor that could go on at most so many times; the verdict then says so, unless that cut nothing off.
   * `'iterate'`: 0 times, then 1, 2, …, until something is wrong or nothing is cut off. With `search: 'depth'`, or
   * `'stateless'`, which then runs every execution, without reduction.
   */
  preemptions?: number | 'iterate';
  /** Stop after so many distinct states; the verdict then says so. Several threads look at some thousands more. */
  maxStates?: number;
  /** Look no further than so many moves from the start; the verdict then says so. */
  maxDepth?: number;
  /** Explore with so many threads, depth first, sharing one set of visited states of a fixed size; needs `from`. Default 1. */
  threads?: number;
  /** With `threads`: where each of them finds what it explores. */
  from?: Source;
  /** Distinct states to make room for from the start: spares the growth of the set of visited states. */
  expectedStates?: number;
  /**
   * `states` (default): invariants and goals are judged in every state. `ends`: they are not; what counts are the ends of
   * executions (results, final conditions, deadlocks) and what single steps do (violations, data races). Reductions that
   * skip states need it.
   */
  judge?: 'states' | 'ends';
  /** After a violation: `stop` (default), or `continue` to count all states. */
  onViolation?: 'stop' | 'continue';
  /**
   * After a violation found depth first, look for a shortest one breadth first; and then, whatever found it, for a trace with
   * fewer switches. Default true.
   */
  shortest?: boolean;
  /**
   * Count states as one that the system's `representative` makes equal, or that differ only in who of a program's
   * `interchangeable` threads is where. Default false.
   */
  symmetry?: boolean;
  /** Seed of the fingerprint function: the same counts under two seeds show that no collision hid a state. Default 0. */
  seed?: number;
  /**
   * Systems: look, after the search, for accesses outside of the state vector, in the first states and in some hundreds
   * spread over the whole search. Default true; makes later runs slower. `every`: in every state, which takes many times as long.
   */
  audit?: boolean | 'every';
  /** Know states by all that they hold, not by fingerprints: slow, large, and free of collisions. Default false. */
  exact?: boolean;
  /** Programs: report data races. Default true. */
  races?: boolean;
  /** Programs: a transition without any shared action goes first and alone. Default true. */
  reduce?: boolean;
  /**
   * Programs, depth first: sleep sets. All states are visited and judged; transitions whose order makes no difference are
   * made in one order only. Default false.
   */
  sleepSets?: boolean;
  /** Programs: explore this mutant instead: one of the program's by name, or any. */
  mutant?: string | Mutant;
  /**
   * Store what is known so far in a file, now and then, and when `signal` interrupts: `resume` goes on from there. Depth or
   * breadth first, one thread.
   */
  checkpoint?: CheckpointOptions;
  /**
   * Go on from this file: of the same model, with the same options. Only limits (`maxStates`), and what says how to run, may
   * differ. The result is that of an exploration that was never interrupted.
   */
  resume?: string;
  /** Called about four times a second. */
  onProgress?: (progress: Progress) => void;
  /** Ends the exploration early; the result then says so. */
  signal?: AbortSignal;
}

/** Where to store what is known so far, and how often. */
export interface CheckpointOptions {
  /** The file. Each checkpoint replaces the one before it; it goes when the exploration has ended. */
  path: string;
  /** Default a minute. Never so often that more than a tenth of the time is spent on it, unless this says 0. */
  everyMs?: number;
}

/** How far an exploration is. */
export interface Progress {
  states: number;
  transitions: number;
  depth: number;
  queued: number;
  seconds: number;
  statesPerSecond: number;
  /**
   * An estimate of the states still to be looked at, good for an order of magnitude, better towards the end; null: nothing
   * to go by.
   */
  remaining: number | null;
}

/** How to go through the states. */
export type SearchKind = 'depth' | 'breadth' | 'stateless' | 'random';
/** Their types. */
export const KINDS: readonly string[] = ['program', 'transition system', 'crash program'];

/** Most explorer threads. */
const MAX_EXPLORERS = 64;
/** Beyond what any machine has memory for. */
const MAX_EXPECTED_STATES = 2 ** 34;

/** All options, and what they must be. */
const OPTIONS: Shape<ExploreOptions> = {
  search: a.oneOf('depth', 'breadth', 'stateless', 'random'),
  progress: a.oneOf(...PROGRESS_PROPERTIES),
  schedule: a.oneOf('uniform', 'pct', 'swarm'),
  executions: a.count(1),
  randomSeed: a.integer,
  pctDepth: a.count(1),
  preemptions: (value) => (value === 'iterate' || a.count(0)(value) === null ? null : "0 or more, or 'iterate'"),
  maxStates: a.count(1, undefined, true),
  maxDepth: a.count(1, undefined, true),
  threads: a.count(1, MAX_EXPLORERS),
  from: a.object,
  expectedStates: a.count(1, MAX_EXPECTED_STATES),
  judge: a.oneOf('states', 'ends'),
  onViolation: a.oneOf('stop', 'continue'),
  shortest: a.boolean,
  symmetry: a.boolean,
  seed: a.integer,
  audit: a.oneOf(true, false, 'every'),
  exact: a.boolean,
  races: a.boolean,
  reduce: a.boolean,
  sleepSets: a.boolean,
  mutant: (value) => (typeof value === 'string' ? null : a.object(value) && 'the name of a mutant, or a mutant'),
  checkpoint: a.object,
  resume: a.name,
  onProgress: a.function,
  signal: (value) => (typeof (value as AbortSignal | null)?.aborted === 'boolean' ? null : 'an AbortSignal'),
};

const SOURCE: Shape<Source> = { module: required(a.name), name: required(a.name), scenario: a.text };
const CHECKPOINT: Shape<CheckpointOptions> = {
  path: required(a.name),
  everyMs: (value) => (typeof value === 'number' && value >= 0 ? null : '0 or more'),
};

/** Why a transition system cannot be explored without stored states. */
export const STATELESS_NEEDS_PROGRAM = "search: 'stateless' works on programs: it must know what a move touches";

function validatePreemptions(target: Explorable, options: ExploreOptions, reject: (message: string) => never): void {
  const { progress, threads, reduce } = options;
  const search = options.search ?? (target.type === 'program' ? 'depth' : 'breadth');
  if (search !== 'depth' && search !== 'stateless')
    reject("preemptions are bounded with search: 'depth' or 'stateless' only");
  if (progress !== undefined || (threads ?? 1) > 1)
    reject('preemptions are not bounded together with progress or threads');
  if (reduce === true) reject('a transition that goes first would count as a preemption: leave `reduce` out');
}

function validateRandom(options: ExploreOptions, reject: (message: string) => never): void {
  const { search, schedule, executions, randomSeed, pctDepth } = options;
  if (pctDepth !== undefined && schedule !== 'pct') reject("pctDepth is for schedule: 'pct'");
  if (search === 'random') return;
  for (const [name, value] of Object.entries({ schedule, executions, randomSeed })) {
    if (value !== undefined) reject(`${name} is for search: 'random'`);
  }
}

function validateParallel(options: ExploreOptions, reject: (message: string) => never): void {
  if (options.exact === true) reject('exact mode is for one thread');
  const { from, search, progress } = options;
  if (from === undefined) reject('several threads need `from`: the module and the name of an export to explore');
  const wrong = misshapen(from, 'from', SOURCE);
  if (wrong !== null) reject(wrong);
  if ((search ?? 'depth') !== 'depth' || progress !== undefined)
    reject("several threads search depth first only: search: 'depth'");
}

function validateCheckpoint(options: ExploreOptions, reject: (message: string) => never): void {
  const { checkpoint, search, threads, progress, exact } = options;
  if (search === 'stateless' || search === 'random') reject("checkpoints are for search: 'depth' and 'breadth'");
  if ((threads ?? 1) > 1) reject('checkpoints are for one thread');
  if (progress !== undefined) reject('checkpoints are not written while looking for endless executions');
  if (options.preemptions === 'iterate') reject("checkpoints are for one number of preemptions, not 'iterate'");
  if (options.sleepSets === true) reject('checkpoints are not written of a search with sleep sets');
  if (exact === true) reject('checkpoints hold fingerprints: not in exact mode');
  if (checkpoint === undefined) return;
  const wrong = misshapen(checkpoint, 'checkpoint', CHECKPOINT);
  if (wrong !== null) reject(wrong);
}

/** Whether there are invariants or goals that the options leave out. */
export function leavesOut(target: Explorable, options: ExploreOptions): boolean {
  return options.judge === 'ends' && judgedInStates(target).length > 0;
}

function judgedInStates(target: Explorable): string[] {
  return target.type === 'crash program' ? [] : Object.keys({ ...target.invariants, ...target.goals });
}

/** A search that skips states must not be asked about all of them. */
function rejectStates(
  target: Explorable,
  { judge }: ExploreOptions,
  what: string,
  reject: (message: string) => never,
): void {
  const judged = judgedInStates(target);
  if (judge === 'ends' || judged.length === 0) return;
  reject(
    `${what} skips states, so that '${judged[0]}' would not be judged in all: say judge: 'ends' to leave such out`,
  );
}

function validateStateless(target: Explorable, options: ExploreOptions, reject: (message: string) => never): void {
  if (target.type === 'program' && target.threads.some((each) => each.repeats === true))
    reject("search: 'stateless' does not end on threads that repeat");
  // Without reduction: nothing is skipped, nothing needs to be known about moves.
  if (options.preemptions !== undefined) return;
  if (target.type !== 'program') reject(STATELESS_NEEDS_PROGRAM);
  rejectStates(target, options, "search: 'stateless'", reject);
  if (options.races === false) reject("search: 'stateless' needs the accesses that the race check records");
}

function validateSleepSets(target: Explorable, options: ExploreOptions, reject: (message: string) => never): void {
  if (target.type !== 'program') reject('sleep sets are for programs: it must be known what a move touches');
  const { search, progress, preemptions, threads, exact, races, reduce, checkpoint, resume } = options;
  if ((search ?? 'depth') !== 'depth') reject("sleep sets are for search: 'depth'; 'stateless' has its own");
  if (races === false) reject('sleep sets need the accesses that the race check records');
  if (reduce === true) reject('sleep sets see all moves: leave `reduce` out');
  if (progress !== undefined) reject('sleep sets leave out transitions, and with them circles: not with progress');
  if (preemptions !== undefined)
    reject('the order that sleep sets leave out may be the one with fewer preemptions: not together');
  if ((threads ?? 1) > 1 || exact === true || checkpoint !== undefined || resume !== undefined)
    reject('sleep sets are stored by one thread, with fingerprints, and in no file');
}

function validateSymmetry(target: Explorable, options: ExploreOptions, reject: (message: string) => never): void {
  const { search, progress, preemptions, sleepSets, exact } = options;
  if (target.type !== 'program' || (target.interchangeable ?? []).length === 0) {
    reject(`symmetry needs threads said to be \`interchangeable\` in '${target.name}'`);
  } else if (target.specification !== undefined) {
    reject('symmetry is not for programs with a specification: its calls say which thread they are of');
  }
  if (search === 'stateless' || sleepSets === true || preemptions !== undefined)
    reject('symmetry does not go with reductions that tell threads apart: stateless, sleepSets, preemptions');
  if (progress !== undefined) reject('symmetry makes circles where threads only change places: not with progress');
  if (exact === true) reject('symmetry of programs is known by fingerprints only: not in exact mode');
}

function validateMutant({ name, mutants }: CrashProgram, options: ExploreOptions, reject: (message: string) => never) {
  const { mutant } = options;
  if (mutant === undefined || (typeof mutant === 'string' && mutants?.[mutant] !== undefined)) return;
  const known = Object.keys(mutants ?? {}).join(', ') || 'none';
  reject(`'${name}' has no such mutant; crash programs know theirs by name only: ${known}`);
}

/**
 * Checks that a target and options make sense together.
 *
 * @throws ModelError RIGHTLINK_MODEL_OPTIONS when they do not
 */
export function validate(target: Explorable, options: ExploreOptions): void {
  const reject = (message: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_OPTIONS', message);
  };
  const { actors, threads } = (target ?? {}) as { actors?: unknown; threads?: unknown };
  if (!KINDS.includes(target?.type) || !Array.isArray(target.type === 'transition system' ? actors : threads)) {
    reject('what is explored is what transitionSystem(), program() or crashProgram() returned');
  }
  const wrong = misshapen(options, '', OPTIONS, 'option');
  if (wrong !== null) reject(wrong);
  const { search } = options;
  validateRandom(options, reject);
  if (options.progress !== undefined && (target.type !== 'program' || (search !== undefined && search !== 'depth'))) {
    reject("progress is checked on programs, with search: 'depth'");
  }
  if (options.preemptions !== undefined) validatePreemptions(target, options, reject);
  if (options.exact === true && (search === 'stateless' || options.progress !== undefined)) {
    reject("exact mode is for search: 'depth', 'breadth' and 'random'");
  }
  if ((options.threads ?? 1) > 1) validateParallel(options, reject);
  if (options.checkpoint !== undefined || options.resume !== undefined) validateCheckpoint(options, reject);
  if (options.sleepSets === true) validateSleepSets(target, options, reject);
  if (search === 'stateless') validateStateless(target, options, reject);
  if (options.maxDepth !== undefined && (search ?? 'depth') === 'depth') {
    reject(
      "maxDepth needs search: 'breadth': depth first, a state met late on a long way would hide shorter ways through it",
    );
  }
  if (target.type === 'transition system') {
    if (options.mutant !== undefined) reject('mutants exist for programs only');
    if (options.symmetry === true && target.representative === undefined) {
      reject(`symmetry needs a 'representative' in '${target.name}'`);
    }
  } else if (options.symmetry === true) {
    validateSymmetry(target, options, reject);
  }
  if (target.type === 'crash program') {
    validateMutant(target, options, reject);
    if (options.judge === 'ends') reject("judge: 'ends' is for programs and transition systems");
  }
}
