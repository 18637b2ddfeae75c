import { explore } from './explore.ts';
import type { ExploreOptions } from './options.ts';
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
}

/** Mutants may have more states than the program: up to so many times more are looked at. */
const ROOM = 8;
const LEAST_STATES = 100_000;

/**
 * Mutation mode: drops or weakens every atomic action of every step, one at a time, from outside the code, and tells which of
 * these mutants the program's specification and invariants catch. One that survives is an action that nothing checks, or that
 * is not needed.
 *
 * @throws ModelError when the program or the options make no sense
 */
export async function mutate(target: Program, options: ExploreOptions = {}): Promise<MutantOutcome[]> {
  const { actions, states } = observe(target);
  const maxStates = options.maxStates ?? Math.max(LEAST_STATES, ROOM * states);
  const outcomes: MutantOutcome[] = [];
  for (const [step, kinds] of actions) {
    for (const kind of kinds) {
      for (const [what, weaken] of weakenings(kind)) {
        const mutant: Mutant = { step, weaken };
        const result = await explore(target, { ...options, search: 'depth', maxStates, shortest: false, mutant });
        const { violation, coverage } = result;
        outcomes.push({
          name: `${step}: ${what}`,
          step,
          caught: violation !== undefined,
          ...(violation === undefined ? {} : { by: `${violation.kind}: ${violation.message}` }),
          states: result.states,
          coverage,
        });
      }
    }
  }
  return outcomes;
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

/** Which atomic actions steps do in any reachable state, and how many of these there are. */
function observe(target: Program): { actions: ReadonlyMap<string, ReadonlySet<AtomicAction>>; states: number } {
  const actions = new Map<string, Set<AtomicAction>>();
  const probe = (step: string, action: AtomicAction): void => {
    const kinds = actions.get(step);
    if (kinds === undefined) actions.set(step, new Set([action]));
    else kinds.add(action);
  };
  const machine = new ProgramMachine(target, { races: false, reduce: true, mutant: { probe } });
  const limits = { maxStates: 5_000_000, maxDepth: Number.POSITIVE_INFINITY, goOn: true };
  const search = new DepthSearch(machine, new FingerprintSet(), limits);
  while (!search.finished) search.run(1 << 20);
  return { actions, states: search.states };
}
