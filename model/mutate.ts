import { ModelError } from './errors.ts';
import { explore } from './explore.ts';
import { type ExploreOptions, validate } from './options.ts';
import { ProgramMachine } from './program/machine.ts';
import type { AtomicAction } from './program/mutation.ts';
import type { Mutant, Program } from './program.ts';
import { DepthSearch } from './search/depth.ts';
import { FingerprintSet } from './visited/fingerprints.ts';

/** A mutant that was made, and what became of it. */
export interface MutantOutcome {
  /** The step, and what was done to it. */
  name: string;
  step: string;
  caught: boolean;
  /** What caught it: kind and message of the violation. */
  by?: string;
  states: number;
  /** `exhaustive` for one that survives everything; else what bounded the search. */
  coverage: string;
  seconds: number;
}

/** How to run mutation mode. */
export interface MutateOptions extends ExploreOptions {
  /** Called with each outcome as it is known. */
  onOutcome?: (outcome: MutantOutcome) => void;
}

/** Mutants may have more states than the program: up to so many times more are looked at. */
const ROOM = 8;
const LEAST_STATES = 100_000;
/** States of the program that are looked at to learn what its steps do. */
const OBSERVED_STATES = 5_000_000;

/**
 * Mutation mode: drops or weakens every atomic action of every step, and exchanges neighbouring ones, one at a time, from
 * outside the code, and tells which of these mutants the program's specification and invariants catch. One that survives
 * is an action that nothing checks, or that is not needed, or an order that does not matter.
 *
 * Interrupted by `signal`, it gives the outcomes so far.
 *
 * @throws ModelError when the options make no sense, or the program is wrong without any mutant
 */
export async function mutate(target: Program, options: MutateOptions = {}): Promise<MutantOutcome[]> {
  const { onOutcome, ...exploring } = options;
  if (target?.type !== 'program')
    throw new ModelError('RIGHTLINK_MODEL_OPTIONS', 'mutate() takes what program() returned');
  validate(target, exploring);
  const observed = observe(target);
  const maxStates = options.maxStates ?? Math.max(LEAST_STATES, ROOM * observed.states);
  const outcomes: MutantOutcome[] = [];
  for (const { name, step, mutant } of [...weakened(observed), ...reordered(observed)]) {
    const { violation, states, coverage, seconds } = await explore(target, {
      ...exploring,
      search: 'depth',
      maxStates,
      shortest: false,
      mutant,
    });
    if (options.signal?.aborted === true && violation === undefined) break;
    const by = violation === undefined ? {} : { by: `${violation.kind}: ${violation.message}` };
    const outcome = { name, step, caught: violation !== undefined, ...by, states, coverage, seconds };
    outcomes.push(outcome);
    onOutcome?.(outcome);
  }
  return outcomes;
}

interface Made {
  name: string;
  step: string;
  mutant: Mutant;
}

/** What a program's steps do in any reachable state. */
interface Observed {
  /** By step: its atomic actions. */
  actions: ReadonlyMap<string, ReadonlySet<AtomicAction>>;
  /** By step: those that come next. */
  next: ReadonlyMap<string, ReadonlySet<string>>;
  states: number;
}

function* weakened({ actions }: Observed): Generator<Made> {
  for (const [step, kinds] of actions) {
    for (const kind of kinds) {
      for (const [what, weaken] of weakenings(kind)) yield { name: `${step}: ${what}`, step, mutant: { step, weaken } };
    }
  }
}

type Weaken = 'skip' | 'casToStore' | 'casFails';

function weakenings(kind: AtomicAction): [string, Weaken][] {
  if (kind === 'load') return [];
  if (kind !== 'compareExchange') return [[`${kind} dropped`, 'skip']];
  return [
    ['compareExchange made a store', 'casToStore'],
    ['compareExchange dropped, taken for done', 'skip'],
    ['compareExchange always fails', 'casFails'],
  ];
}

/** Actions that can be done later than they stand: nothing depends on what they find. */
const LATER: readonly AtomicAction[] = ['store', 'add', 'notify'];

function* reordered(observed: Observed): Generator<Made> {
  for (const [step, kinds] of observed.actions) {
    const kind = LATER.find((each) => kinds.has(each));
    if (kind === undefined) continue;
    const { neighbours, across } = neighboursOf(step, observed);
    for (const second of neighbours) {
      yield { name: `${step}: ${kind} behind ${second}`, step, mutant: { reorder: [step, second], across } };
    }
  }
}

/** The steps that do the next atomic action after a step's, and those without any that may come between. */
function neighboursOf(step: string, { actions, next }: Observed): { neighbours: Set<string>; across: string[] } {
  const neighbours = new Set<string>();
  const across = new Set<string>();
  const follow = (from: string): void => {
    for (const name of next.get(from) ?? []) {
      if (actions.has(name)) neighbours.add(name);
      else if (!across.has(name)) {
        across.add(name);
        follow(name);
      }
    }
  };
  follow(step);
  return { neighbours, across: [...across] };
}

function observe(target: Program): Observed {
  const actions = new Map<string, Set<AtomicAction>>();
  const next = new Map<string, Set<string>>();
  const probe = { probe: noteIn(actions), follows: noteIn(next) };
  const machine = new ProgramMachine(target, { races: false, reduce: true, mutant: probe });
  const limits = { maxStates: OBSERVED_STATES, maxDepth: Number.POSITIVE_INFINITY, goOn: true };
  const search = new DepthSearch(machine, new FingerprintSet(), limits);
  while (!search.finished) search.run(1 << 20);
  const [wrong] = search.violations;
  if (wrong !== undefined) {
    throw new ModelError(
      'RIGHTLINK_MODEL_MUTANT',
      `'${target.name}' is wrong as it is: ${wrong.problem.kind}: ${wrong.problem.message}; mutants would show nothing`,
    );
  }
  return { actions, next, states: search.states };
}

function noteIn<T>(notes: Map<string, Set<T>>): (key: string, value: T) => void {
  return (key, value) => {
    const known = notes.get(key);
    if (known === undefined) notes.set(key, new Set([value]));
    else known.add(value);
  };
}
