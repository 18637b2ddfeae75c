import { type Program, program, type Step, type TransitionSystem, transitionSystem } from '../../model/index.ts';

const HIGHEST = 30;

/** Three counters, from two starts: (HIGHEST + 1)³ states and a few more; one action is never taken, one end in two is bad. */
export function counters(): TransitionSystem {
  const at = [0, 1, 2];
  return transitionSystem({
    name: 'counters',
    words: 4,
    initial: () => [
      [0, 0, 0, 0],
      [0, 0, 25, 1],
    ],
    actors: at.map((i) => ({
      name: `counter ${i}`,
      actions: [
        {
          name: 'counts',
          guard: (s) => s[i] < HIGHEST,
          effect: (s) => {
            s[i] += 1;
          },
        },
        {
          name: 'never',
          guard: (s) => s[i] > HIGHEST,
          effect: (s) => {
            s[i] = 0;
          },
        },
      ],
    })),
    invariants: {
      'not all at the top from the second start': (s) => !(s[3] === 1 && at.every((i) => s[i] === HIGHEST)),
    },
    goals: { 'the first alone at the top': (s) => s[0] === HIGHEST && s[1] + s[2] === 0 },
  });
}

class Registers {
  seen = 0;
}

const load: Step<Registers> = (memory, op) => {
  op.seen = memory.load(0);
  return store;
};
const store: Step<Registers> = (memory, op) => {
  memory.store(0, op.seen + 1);
  return null;
};
const forgotten: Step<Registers> = () => null;

const OPERATIONS = 3;

/** Three threads that count without care: every lost update is another end. */
export function lostUpdates(): Program {
  return program<Registers, never>({
    name: 'lost updates',
    words: 1,
    threads: ['a', 'b', 'c'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: Array.from({ length: OPERATIONS }, () => ({ name: 'count', begin: () => load })),
    })),
    invariants: {
      'at most so many': (memory) => memory.load(0) <= 3 * OPERATIONS,
    },
    goals: { 'none lost': (memory) => memory.load(0) === 3 * OPERATIONS },
    steps: [load, store, forgotten],
    deaths: 1,
  });
}
