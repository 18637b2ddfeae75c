import { type Action, type State, type TransitionSystem, transitionSystem } from '../../model/index.ts';

/**
 * Transaction commit, the consistency that two-phase commit implements (Gray and Lamport; TLA+ Examples,
 * `transaction_commit/TCommit.tla`).
 */
export function transactionCommit(managers: number): TransitionSystem {
  const [working, prepared, committed, aborted] = [0, 1, 2, 3];
  const allReady = (s: State): boolean => s.every((status) => status === prepared || status === committed);
  const becomes = (i: number, name: string, status: number, guard: (s: State) => boolean): Action => ({
    name,
    guard,
    effect: (s) => {
      s[i] = status;
    },
  });
  return transitionSystem({
    name: 'transaction commit',
    words: managers,
    actors: Array.from({ length: managers }, (_, i) => ({
      name: `rm${i}`,
      actions: [
        becomes(i, 'prepares', prepared, (s) => s[i] === working),
        becomes(i, 'commits', committed, (s) => s[i] === prepared && allReady(s)),
        becomes(i, 'aborts', aborted, (s) => s[i] <= prepared && !s.includes(committed)),
      ],
    })),
    invariants: { consistent: (s) => !(s.includes(committed) && s.includes(aborted)) },
  });
}

/**
 * Termination detection in a ring (Dijkstra, EWD 840; TLA+ Examples, `ewd840/EWD840.tla`). Each reason for which the token
 * may be passed is an action of its own, as TLC counts the successors of a disjunction.
 */
export function terminationDetection(nodes: number): TransitionSystem {
  const ids = Array.from({ length: nodes }, (_, i) => i);
  const [white, black] = [0, 1];
  const colour = (i: number): number => nodes + i;
  const token = 2 * nodes;
  const tokenColour = 2 * nodes + 1;
  const passing = (i: number, why: string, guard: (s: State) => boolean): Action => ({
    name: `passes the token: ${why}`,
    guard: (s) => s[token] === i && guard(s),
    effect: (s) => {
      if (i === 0) s[tokenColour] = white;
      else if (s[colour(i)] === black) s[tokenColour] = black;
      s[token] = i === 0 ? nodes - 1 : i - 1;
      s[colour(i)] = white;
    },
  });
  const sending = (from: number, to: number): Action => ({
    name: `sends to ${to}`,
    guard: (s) => s[from] === 1,
    effect: (s) => {
      s[to] = 1;
      if (to > from) s[colour(from)] = black;
    },
  });
  const isDetected = (s: State): boolean =>
    s[token] === 0 && s[tokenColour] === white && s[colour(0)] === white && s[0] === 0;
  return transitionSystem({
    name: 'EWD 840',
    words: 2 * nodes + 2,
    initial: function* () {
      for (let bits = 0; bits < 4 ** nodes; bits++) {
        const flags = Array.from({ length: 2 * nodes }, (_, i) => (bits >> i) & 1);
        for (const at of ids) yield [...flags, at, black];
      }
    },
    actors: ids.map((i) => ({
      name: `node ${i}`,
      actions: [
        ...(i === 0 ? [] : [passing(i, 'inactive', (s) => s[i] === 0)]),
        passing(i, 'black', (s) => s[colour(i)] === black),
        passing(i, 'the token is black', (s) => s[tokenColour] === black),
        {
          name: 'ends',
          guard: (s) => s[i] === 1,
          effect: (s) => {
            s[i] = 0;
          },
        },
        ...ids.filter((to) => to !== i).map((to) => sending(i, to)),
      ],
    })),
    invariants: { 'detected only when all have ended': (s) => !isDetected(s) || ids.every((i) => s[i] === 0) },
    goals: { detected: isDetected },
  });
}

/**
 * Producers and consumers that share one set of waiting threads, of which any one is woken (Charpentier's buffer; Kuppe's
 * tutorial `lemmy/BlockingQueue`): free of deadlocks exactly where 2 × capacity ≥ producers + consumers.
 */
export function blockingQueue(producers: number, consumers: number, capacity: number): TransitionSystem {
  const threads = producers + consumers;
  const buffer = threads;
  const waiting = (s: State): number[] => [...s.subarray(0, threads).keys()].filter((i) => s[i] === 1);
  return transitionSystem({
    name: 'blocking queue',
    words: threads + 1,
    actors: Array.from({ length: threads }, (_, thread) => ({
      name: thread < producers ? `producer ${thread}` : `consumer ${thread}`,
      actions: [
        {
          name: thread < producers ? 'puts' : 'gets',
          guard: (s) => s[thread] === 0,
          choices: (s) => Math.max(1, waiting(s).length),
          effect: (s, choice) => {
            const isPutting = thread < producers;
            if (s[buffer] === (isPutting ? capacity : 0)) {
              s[thread] = 1;
              return;
            }
            s[buffer] += isPutting ? 1 : -1;
            const woken = waiting(s)[choice];
            if (woken !== undefined) s[woken] = 0;
          },
        },
      ],
    })),
    deadlock: true,
  });
}

/** The eight puzzle: half of the 9! orders can be reached; the farthest are 31 moves away (Reinefeld, IJCAI 1993). */
export function eightPuzzle(): TransitionSystem {
  const gap = 9;
  const slides: readonly [string, number, (at: number) => boolean][] = [
    ['down', -3, (at) => at >= 3],
    ['up', 3, (at) => at < 6],
    ['right', -1, (at) => at % 3 > 0],
    ['left', 1, (at) => at % 3 < 2],
  ];
  return transitionSystem({
    name: 'eight puzzle',
    words: 10,
    initial: () => [[1, 2, 3, 4, 5, 6, 7, 8, 0, 8]],
    actors: [
      {
        name: 'hand',
        actions: slides.map(([name, by, isPossible]) => ({
          name: `slides ${name}`,
          guard: (s) => isPossible(s[gap]),
          effect: (s) => {
            const at = s[gap];
            s[at] = s[at + by];
            s[at + by] = 0;
            s[gap] = at + by;
          },
        })),
      },
    ],
  });
}
