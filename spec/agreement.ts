import { type Explorable, type ExploreOptions, type ExploreResult, explore } from '../model/index.ts';

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

const ENDS: ExploreOptions = { judge: 'ends' };

/** Preemptions allowed where there are too many classes. */
export const FEW_PREEMPTIONS = 1;

/**
 * Explores with both engines: the first, which stores states and visits all of them, and the second, which stores none and runs one
 * execution of each class. They must come to the same verdict, and all executions must end in the same states.
 *
 * Where the second engine has not finished after so many visits of states, both run again within a bound of preemptions,
 * the second without any reduction.
 *
 * @param visits most visits of states by the second engine
 */
export async function compareEngines(target: Explorable, visits: number, mutant?: string): Promise<Agreement> {
  const common: ExploreOptions = { ...(mutant === undefined ? {} : { mutant }), onViolation: goOn(mutant) };
  if (target.type === 'program') {
    const options: ExploreOptions = { ...common, ...ENDS };
    const second = await explore(target, { ...options, search: 'stateless', maxStates: visits });
    const done = second.exhaustive || (mutant !== undefined && second.verdict === 'violation');
    if (done) return agreement(await explore(target, { ...options, shortest: false }), second, 'all classes', mutant);
  }
  const options: ExploreOptions = {
    ...common,
    ...(target.type === 'crash program' ? {} : ENDS),
    preemptions: FEW_PREEMPTIONS,
  };
  const second = await explore(target, { ...options, search: 'stateless' });
  const first = await explore(target, { ...options, search: 'depth' });
  return agreement(first, second, second.coverage, mutant);
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
