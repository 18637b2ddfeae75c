import type { Source } from '../../model/parallel/source.ts';

/** Something to explore, and by whom. */
export interface MeasuredSystem {
  /** How the row is called. */
  workload: string;
  /** Where explorer threads find it. */
  source: Source;
  /** How often it is explored before, unmeasured, in the same process; default not at all. */
  warmUps?: number;
  /** With how many threads rightlink explores it. */
  threads: readonly number[];
  /** How many distinct states it must come to; null when that is not known beforehand. */
  states: number | null;
  /** Distinct states to make room for. */
  room: number;
  /** The same in Promela: a file beside this one, its N, and what `pan` needs. */
  spin?: { file: string; n: number; hashBits: number; maxDepth: number };
  /** The same as Stateright knows it: how many managers. */
  stateright?: number;
}

const targets = (name: string): Source => ({ module: new URL('./targets.ts', import.meta.url).href, name });

const putsAndGet: Source = {
  module: new URL('../../spec/scenarios/registry.ts', import.meta.url).href,
  name: 'registry',
  scenario: 'puts-and-get',
};

/** Two-phase commit among n managers has so many states: 6^n + 4^n + 2^n. */
export function twoPhaseCommitStates(managers: number): number {
  return 6 ** managers + 4 ** managers + 2 ** managers;
}

/** What `npm run bench -- model` measures. */
export const SYSTEMS: readonly MeasuredSystem[] = [
  {
    workload: 'two-phase commit, 8 managers',
    source: targets('twoPhaseCommit8'),
    threads: [1, 2],
    states: twoPhaseCommitStates(8),
    room: twoPhaseCommitStates(8),
    spin: { file: 'two-phase-commit.pml', n: 8, hashBits: 22, maxDepth: 10_000 },
    stateright: 8,
  },
  {
    workload: 'two-phase commit, 9 managers',
    source: targets('twoPhaseCommit9'),
    threads: [1, 2],
    states: twoPhaseCommitStates(9),
    room: twoPhaseCommitStates(9),
    stateright: 9,
  },
  {
    workload: 'filter lock, 6 processes',
    source: targets('filterLock6'),
    threads: [1, 2],
    // Not published: what SPIN and this checker both count.
    states: 5_779_920,
    room: 5_779_920,
    spin: { file: 'filter-lock.pml', n: 6, hashBits: 24, maxDepth: 5_000_000 },
  },
  {
    workload: 'puts-and-get (engine)',
    source: putsAndGet,
    // So small that most of the time would go into compiling.
    warmUps: 15,
    // So small that starting threads would take longer than all of it.
    threads: [1],
    states: null,
    room: 60_000,
  },
];

/** What `npm run bench -- model-large` explores: more than 10^8 states, and known how many. */
export const LARGE: MeasuredSystem = {
  workload: 'two-phase commit, 10 managers, and a lamp',
  source: targets('twoPhaseCommitAndLamp'),
  threads: [2],
  states: 2 * twoPhaseCommitStates(10),
  room: 2 * twoPhaseCommitStates(10),
};
