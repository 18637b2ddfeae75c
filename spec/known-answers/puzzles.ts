import { type Action, type State, type TransitionSystem, transitionSystem } from '../../model/index.ts';

/** Die Hard's two jugs, of 3 and 5 gallons: measure 4 (TLA+ Examples, `specifications/DieHard/DieHard.tla`). */
export function dieHard(): TransitionSystem {
  const small = 0;
  const big = 1;
  const pour = (from: number, to: number, room: number) => (state: State) => {
    const amount = Math.min(state[from], room - state[to]);
    state[from] -= amount;
    state[to] += amount;
  };
  const put = (jug: number, amount: number) => (state: State) => {
    state[jug] = amount;
  };
  return transitionSystem({
    name: 'die hard',
    words: 2,
    actors: [
      {
        name: 'bruce',
        actions: [
          { name: 'fill small', effect: put(small, 3) },
          { name: 'fill big', effect: put(big, 5) },
          { name: 'empty small', effect: put(small, 0) },
          { name: 'empty big', effect: put(big, 0) },
          { name: 'small to big', effect: pour(small, big, 5) },
          { name: 'big to small', effect: pour(big, small, 3) },
        ],
      },
    ],
    goals: { 'four gallons': (state) => state[big] === 4 },
  });
}

/** Solve a·x + b·y = c over bytes by counting up (Stateright, `src/checker/bfs.rs`, `LinearEquation`). */
export function linearEquation(a: number, b: number, c: number): TransitionSystem {
  const increase = (word: number) => (state: State) => {
    state[word] = (state[word] + 1) & 0xff;
  };
  return transitionSystem({
    name: `${a}x + ${b}y = ${c}`,
    words: 2,
    actors: [
      {
        name: 'guess',
        actions: [
          { name: 'increase x', effect: increase(0) },
          { name: 'increase y', effect: increase(1) },
        ],
      },
    ],
    goals: { solvable: (state) => ((a * state[0] + b * state[1]) & 0xff) === c },
  });
}

/**
 * Dining philosophers of whom the first takes its forks in the other order: take, take, eat, give back left, give back
 * right, for ever (TLA+ tools' test suite, `test-model/pcal/DiningPhilosophers.tla`).
 */
export function diningPhilosophers(count: number): TransitionSystem {
  const fork = (index: number) => count + (index % count);
  const actionsOf = (who: number): Action[] => {
    const [left, right] = [fork(who), fork(who + 1)];
    const [first, second] = who === 0 ? [right, left] : [left, right];
    const take = (at: number, which: number): Action => ({
      name: which === left ? 'takes left' : 'takes right',
      guard: (state) => state[who] === at && state[which] === 0,
      effect: (state) => {
        state[who] = at + 1;
        state[which] = 1;
      },
    });
    const then = (name: string, at: number, effect: (state: State) => void): Action => ({
      name,
      guard: (state) => state[who] === at,
      effect: (state) => {
        state[who] = (at + 1) % 5;
        effect(state);
      },
    });
    const giveBack = (which: number) => (state: State) => {
      state[which] = 0;
    };
    return [
      take(0, first),
      take(1, second),
      then('eats', 2, () => {}),
      then('gives back left', 3, giveBack(left)),
      then('gives back right', 4, giveBack(right)),
    ];
  };
  return transitionSystem({
    name: `${count} dining philosophers`,
    words: 2 * count,
    actors: Array.from({ length: count }, (_, who) => ({ name: `philosopher ${who}`, actions: actionsOf(who) })),
    deadlock: true,
  });
}
