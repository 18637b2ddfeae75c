import { type ExploreOptions, type ExploreResult, explore, type Program } from '../model/index.ts';

/** Whether both engines found the same, and how far they were compared. */
export interface Agreement {
  agree: boolean;
  /** `all classes`, or the bound within which both engines ran. */
  compared: string;
  verdict: ExploreResult['verdict'];
  /** Kinds of violations that the second engine found. */
  found: readonly string[];
  ends: number;
  /** Of the second engine. */
  executions: number;
  visits: number;
  seconds: number;
  /** Distinct states of the first. */
  states: number;
}

/** How to compare. */
export interface Comparison {
  visits: number;
  mutant?: string;
  /** Most preemptions allowed where there are too many classes; default {@link FEW_PREEMPTIONS}. */
  preemptions?: number;
  run?: typeof explore;
}

/** Preemptions allowed where there are too many classes. */
export const FEW_PREEMPTIONS = 1;

/**
 * Explores with both engines: the first, which stores states and visits all of them, and the second, which stores none and runs one
 * execution of each class. They must come to the same verdict, and all executions must end in the same states.
 *
 * Where the second engine has not finished after so many visits of states, both run again within a bound of preemptions (the
 * greatest with which the second finishes after as many), the second without any reduction.
 *
 * @param how.visits most visits of states by the second engine
 * @param how.run explores; default {@link explore}
 */
export async function compareEngines(
  target: Program,
  { visits, mutant, preemptions = FEW_PREEMPTIONS, run = explore }: Comparison,
): Promise<Agreement> {
  const common: ExploreOptions = {
    ...(mutant === undefined ? {} : { mutant }),
    onViolation: goOn(mutant),
    judge: 'ends',
    shortest: false,
  };
  const second = await run(target, { ...common, search: 'stateless', maxStates: visits });
  const done = second.exhaustive || (mutant !== undefined && second.verdict === 'violation');
  if (done) return agreement(await run(target, common), second, 'all classes', mutant);
  for (let bound = preemptions; ; bound--) {
    const options: ExploreOptions = { ...common, preemptions: bound };
    // The last bound is tried to its end, however long it takes.
    const limit: ExploreOptions = bound > 0 ? { maxStates: visits } : {};
    const tried = await run(target, { ...options, ...limit, search: 'stateless' });
    if (tried.states >= visits && bound > 0) continue;
    return agreement(await run(target, options), tried, tried.coverage, mutant);
  }
}

/** A mutant need only be caught; without one, all ends must be seen. */
function goOn(mutant: string | undefined): 'stop' | 'continue' {
  return mutant === undefined ? 'continue' : 'stop';
}

function agreement(first: ExploreResult, second: ExploreResult, compared: string, mutant?: string): Agreement {
  const sameEnds = first.ends === second.ends && first.endsHash === second.endsHash;
  const sameVerdict = first.verdict === second.verdict && (mutant !== undefined || first.coverage === second.coverage);
  return {
    agree: sameVerdict && (mutant !== undefined || sameEnds),
    compared,
    verdict: second.verdict,
    found: second.violations.map(({ kind }) => kind),
    ends: second.ends,
    executions: second.executions ?? 0,
    visits: second.states,
    seconds: second.seconds,
    states: first.states,
  };
}
