import { type Exploration, type Interrupted, readCheckpoint } from './checkpoint/checkpoint.ts';
import { Checkpoints } from './checkpoint/schedule.ts';
import { ModelError, type ViolationKind } from './errors.ts';
import { setHashSeed } from './hash.ts';
import { withPlaces } from './judge/places.ts';
import type { Machine, Problem } from './machine.ts';
import { machineFor, unreducedMachine } from './machines.ts';
import {
  type Explorable,
  type ExploreOptions,
  leavesOut,
  type SearchKind,
  STATELESS_NEEDS_PROGRAM,
  validate,
} from './options.ts';
import { exploreInParallel, type ParallelOutcome } from './parallel/parallel.ts';
import { ProgramMachine } from './program/machine.ts';
import { identifyEverywhere } from './program/step-identity.ts';
import { BreadthSearch } from './search/breadth.ts';
import { DepthSearch } from './search/depth.ts';
import { PreemptionBound } from './search/preemption.ts';
import { ProgressSearch } from './search/progress.ts';
import { SampledSearch, type Sampling } from './search/sampled.ts';
import type { Finding, Search, Way } from './search/search.ts';
import { SleepSearch } from './search/sleep.ts';
import { StatelessSearch } from './search/stateless.ts';
import { TreeSearch } from './search/tree.ts';
import { SystemMachine } from './system/machine.ts';
import { printTrace } from './trace/print.ts';
import { modelHash } from './trace/replay-string.ts';
import { straighten } from './trace/straighten.ts';
import { tellTrace } from './trace/tell.ts';
import type { Trace } from './trace/trace.ts';
import { collisionProbability, FingerprintSet } from './visited/fingerprints.ts';

/** What is wrong, and how to get there. */
export interface FoundViolation {
  kind: ViolationKind;
  name: string;
  message: string;
  trace: Trace;
}

/** Whether a goal is reachable, and how. */
export interface GoalResult {
  reached: boolean;
  trace?: Trace;
}

/** What an exploration found out. */
export interface ExploreResult {
  name: string;
  mutant?: string;
  verdict: 'ok' | 'violation';
  /** True only when every reachable state was looked at. */
  exhaustive: boolean;
  /** `exhaustive`, `bounded by …`, or `sampled: …`. */
  coverage: string;
  /** Distinct states, initial ones included. */
  states: number;
  /** Successors generated. */
  transitions: number;
  /** Breadth first: states on the longest shortest way. Depth first: states on the longest way taken. */
  depth: number;
  seconds: number;
  /** The first violation, if any. */
  violation?: FoundViolation;
  /** All kinds of violations met; more than one only with `onViolation: 'continue'`. */
  violations: FoundViolation[];
  /** The first violation's trace. */
  trace?: Trace;
  goals: Record<string, GoalResult>;
  /** Steps, or actions, that ran. */
  ran: readonly string[];
  /** Actions, or steps of the program's list, that were never run. Null: not known, as the program lists no `steps`. */
  neverRun: readonly string[] | null;
  /** Bytes of the set of visited states. */
  visitedBytes: number;
  /** Probability that two different states had the same fingerprint, so that one of them was not looked at. */
  collisionProbability: number;
  /** Different states without moves. */
  ends: number;
  /** The sum of their fingerprints: the same from every search that finds all of them. */
  endsHash: string;
  /** Stateless search: executions run, one of every class of equivalent ones. Its `states` counts every visit. */
  executions?: number;
  /** With `preemptions`: the bound; with `'iterate'`, the last one tried: the smallest that shows the violation, if any. */
  preemptions?: number;
  /**
   * With `progress`, once all was looked at: by operation, the most steps of its own that a call takes until it is completed,
   * over all executions; Infinity: no bound.
   */
  mostSteps?: Record<string, number>;
  /** Interrupted, with `checkpoint`: the file to `resume` from. */
  checkpoint?: string;
}

/** States between two looks at the clock: at first, and at most; between them as many as take about so long. */
const FIRST_SLICE = 128;
const LARGEST_SLICE = 8192;
const SLICE_MS = 50;
const PROGRESS_MS = 250;
/** Systems of so many states are audited thoroughly: that may slow down later explorations of the same functions. */
const THOROUGH_STATES = 100_000;
/** A shortest counterexample is not looked for beyond so many states. */
const SHORTEST_STATES = 3_000_000;

/**
 * Explores every reachable state of a transition system or program.
 *
 * @throws ModelError when the model or the options make no sense
 */
export async function explore(target: Explorable, options: ExploreOptions = {}): Promise<ExploreResult> {
  validate(target, options);
  if (options.preemptions === 'iterate') return iteratePreemptions(target, options);
  let start = performance.now();
  setHashSeed(options.seed ?? 0);
  identifyEverywhere(options.checkpoint !== undefined || options.resume !== undefined);
  const several = (options.threads ?? 1) > 1;
  const kind = options.search ?? (target.type !== 'transition system' || several ? 'depth' : 'breadth');
  const plain = machineFor(target, options);
  const bounded = options.preemptions === undefined ? null : new PreemptionBound(plain, options.preemptions);
  const machine = bounded ?? plain;
  const { from, threads = 1 } = options;
  let search: Search;
  let aborted = false;
  let checkpoints: Checkpoints | null = null;
  if (threads > 1 && from !== undefined) {
    search = await exploreInParallel(from, modelHash(target), threads, options);
    aborted = options.signal?.aborted === true;
  } else {
    const exploration = { target, options, kind, machine };
    const interrupted = options.resume === undefined ? null : readCheckpoint(options.resume, exploration);
    const visited = interrupted?.visited ?? new FingerprintSet(options.expectedStates);
    search = searchFor(machine, kind, options, options.maxStates ?? Number.POSITIVE_INFINITY, visited);
    start -= (interrupted?.seconds ?? 0) * 1000;
    checkpoints = takeUp(exploration, search, visited, interrupted, start);
    aborted = await drive(search, start, options, checkpoints);
  }
  if (bounded?.cut === true && (search instanceof DepthSearch || search instanceof TreeSearch)) {
    search.bound ??= preemptionsText(options.preemptions);
  }
  if (plain instanceof SystemMachine && options.audit !== false) plain.audit(search.states <= THOROUGH_STATES);
  let violations: readonly Finding[] = search.violations;
  if (
    kind === 'depth' &&
    violations.length > 0 &&
    options.shortest !== false &&
    options.progress === undefined &&
    bounded === null &&
    options.onViolation !== 'continue'
  ) {
    violations = await shorten(target, options, search);
  }
  if (
    plain instanceof ProgramMachine &&
    threads === 1 &&
    !aborted &&
    search.bound === null &&
    options.resume === undefined
  )
    plain.requireMutantRan();
  const seconds = (performance.now() - start) / 1000;
  const result = report(target, machine, search, violations, options, seconds, aborted);
  return aborted && checkpoints !== null ? { ...result, checkpoint: checkpoints.path } : result;
}

/** Allows 0 preemptions, 1, 2, …, until something is wrong, or nothing is cut off, or something else bounds the search. */
async function iteratePreemptions(target: Explorable, options: ExploreOptions): Promise<ExploreResult> {
  for (let preemptions = 0; ; preemptions++) {
    const result = await explore(target, { ...options, preemptions });
    const goesOn = result.verdict === 'ok' && result.coverage === boundedBy(preemptionsText(preemptions));
    if (!goesOn) return result;
  }
}

/** Goes to where an interrupted search was, and gets ready to store where this one is. */
function takeUp(
  exploration: Exploration,
  search: Search,
  visited: FingerprintSet,
  interrupted: Interrupted | null,
  start: number,
): Checkpoints | null {
  if (!(search instanceof DepthSearch || search instanceof BreadthSearch)) return null;
  interrupted?.continueAs(search);
  const { checkpoint } = exploration.options;
  return checkpoint === undefined ? null : new Checkpoints(checkpoint, exploration, search, visited, start);
}

/**
 * Explores, and throws with the trace when something is wrong: for use inside a test.
 *
 * @throws ModelError RIGHTLINK_MODEL_VIOLATION when the model violates something
 */
export async function check(target: Explorable, options: ExploreOptions = {}): Promise<ExploreResult> {
  const result = await explore(target, options);
  if (result.verdict === 'ok') return result;
  const { violation } = result;
  const text = violation === undefined ? '' : `${violation.kind}: ${violation.message}\n${printTrace(violation.trace)}`;
  throw new ModelError('RIGHTLINK_MODEL_VIOLATION', `${result.name}: ${text}`);
}

function searchFor(
  machine: Machine,
  kind: SearchKind,
  options: ExploreOptions,
  maxStates: number,
  visited: FingerprintSet,
): Search {
  const limits = {
    maxStates,
    maxDepth: options.maxDepth ?? Number.POSITIVE_INFINITY,
    goOn: options.onViolation === 'continue',
    exact: options.exact === true,
  };
  if (options.progress !== undefined && machine instanceof ProgramMachine) {
    return new ProgressSearch(machine, limits, options.progress);
  }
  if (kind === 'stateless' && options.preemptions !== undefined) return new TreeSearch(machine, limits);
  if (kind === 'stateless') {
    if (!(machine instanceof ProgramMachine)) throw new ModelError('RIGHTLINK_MODEL_OPTIONS', STATELESS_NEEDS_PROGRAM);
    return new StatelessSearch(machine, limits);
  }
  if (options.sleepSets === true && machine instanceof ProgramMachine) return new SleepSearch(machine, limits);
  if (kind === 'random') return new SampledSearch(machine, visited, limits, samplingOf(options));
  return kind === 'depth' ? new DepthSearch(machine, visited, limits) : new BreadthSearch(machine, visited, limits);
}

/** Moves after which a random execution is given up, unless `maxDepth` says else. */
const RANDOM_MOVES = 10_000;

function samplingOf(options: ExploreOptions): Sampling {
  return {
    schedule: options.schedule ?? 'uniform',
    executions: options.executions ?? 1_000,
    seed: options.randomSeed ?? 1,
    pctDepth: options.pctDepth ?? 3,
    maxMoves: options.maxDepth ?? RANDOM_MOVES,
  };
}

/** Runs a search to its end. True: it was interrupted. */
async function drive(
  search: Search,
  start: number,
  options: ExploreOptions,
  checkpoints: Checkpoints | null = null,
): Promise<boolean> {
  let last = performance.now();
  let lastStates = search.states;
  let slice = FIRST_SLICE;
  while (!search.finished) {
    if (options.signal?.aborted === true) {
      checkpoints?.write();
      return true;
    }
    const before = performance.now();
    search.run(slice);
    if (!search.finished) checkpoints?.tick();
    const now = performance.now();
    if (now - before < SLICE_MS / 2) slice = Math.min(LARGEST_SLICE, 2 * slice);
    else if (now - before > SLICE_MS) slice = Math.max(1, slice >> 1);
    if (now - last < PROGRESS_MS) continue;
    const { states, transitions, depth, queued } = search;
    const statesPerSecond = ((states - lastStates) * 1000) / (now - last);
    const remaining = search.remaining ?? null;
    const seconds = (now - start) / 1000;
    options.onProgress?.({ states, transitions, depth, queued, seconds, statesPerSecond, remaining });
    last = now;
    lastStates = states;
    await new Promise((resolve) => setImmediate(resolve));
  }
  checkpoints?.end();
  return false;
}

async function shorten(target: Explorable, options: ExploreOptions, found: Search): Promise<readonly Finding[]> {
  const machine = machineFor(target, options);
  const search = searchFor(machine, 'breadth', options, SHORTEST_STATES, new FingerprintSet());
  await drive(search, performance.now(), { ...(options.signal === undefined ? {} : { signal: options.signal }) });
  return search.violations.length > 0 ? search.violations : found.violations;
}

function report(
  target: Explorable,
  machine: Machine,
  search: Search,
  findings: readonly Finding[],
  options: ExploreOptions,
  seconds: number,
  aborted: boolean,
): ExploreResult {
  const exhaustive = !aborted && search.bound === null;
  const teller = unreducedMachine(target, options);
  const tell = (way: Way, problem: Problem | null) => tellTrace(target, teller, way, problem, options.mutant);
  const isShort = options.shortest !== false;
  const violations = findings.map((found) => {
    const { problem: short, way } = isShort ? straighten(teller, found) : found;
    const problem = teller instanceof ProgramMachine ? withPlaces(teller, short, way) : short;
    return { ...problem, trace: tell(way, problem) };
  });
  const goals: Record<string, GoalResult> = {};
  for (const [index, name] of machine.goals.entries()) {
    const way = search.goals.get(index);
    goals[name] = way === undefined ? { reached: false } : { reached: true, trace: tell(way, null) };
    if (way === undefined && exhaustive) {
      const problem = unreached(name);
      violations.push({ ...problem, trace: tell({ initial: 0, moves: [] }, problem) });
    }
  }
  const [violation] = violations;
  return {
    name: target.name,
    ...(typeof options.mutant === 'string' ? { mutant: options.mutant } : {}),
    verdict: violation === undefined ? 'ok' : 'violation',
    exhaustive,
    coverage: coverageOf(search, exhaustive, aborted, leavesOut(target, options)),
    states: search.states,
    transitions: search.transitions,
    depth: search.depth,
    seconds,
    ...(violation === undefined ? {} : { violation, trace: violation.trace }),
    violations,
    goals,
    ...('coverage' in search ? (search as ParallelOutcome).coverage : machine.coverage()),
    visitedBytes: search.visitedBytes,
    collisionProbability:
      search instanceof StatelessSearch || options.exact === true ? 0 : collisionProbability(search.states),
    ends: search.ends.size,
    endsHash: sumOf(search.ends),
    ...(search instanceof StatelessSearch || search instanceof TreeSearch ? { executions: search.executions } : {}),
    ...(typeof options.preemptions === 'number' ? { preemptions: options.preemptions } : {}),
    ...(search instanceof ProgressSearch && exhaustive ? { mostSteps: search.mostSteps } : {}),
  };
}

function coverageOf(search: Search, exhaustive: boolean, aborted: boolean, leftOut: boolean): string {
  if (search instanceof SampledSearch) return search.label;
  const coverage = exhaustive ? 'exhaustive' : boundedBy(aborted ? 'interruption' : String(search.bound));
  return leftOut ? `${coverage}, without invariants and goals` : coverage;
}

function boundedBy(what: string): string {
  return `bounded by ${what}`;
}

function preemptionsText(preemptions: number | 'iterate' | undefined): string {
  return `${preemptions} preemptions`;
}

function sumOf(fingerprints: Iterable<string>): string {
  let low = 0;
  let high = 0;
  for (const text of fingerprints) {
    const [a, b] = text.split(' ').map(Number);
    low = (low + a) | 0;
    high = (high + b) | 0;
  }
  return `${(high >>> 0).toString(16)}-${(low >>> 0).toString(16)}`;
}

function unreached(name: string): Problem {
  return { kind: 'goal', name, message: `no reachable state satisfies the goal '${name}'` };
}
