import { type Action, type State, type TransitionSystem, transitionSystem } from '../../model/index.ts';

/**
 * Two-phase commit (TLA+ Examples, `specifications/transaction_commit/TwoPhase.tla`; Stateright, `examples/2pc.rs`).
 * A message once sent stays: the words of messages are sets as bits.
 */
export function twoPhaseCommit(managers: number): TransitionSystem {
  const [working, prepared, committed, aborted] = [0, 1, 2, 3];
  const tm = managers;
  const tmPrepared = managers + 1;
  const decision = managers + 2; // bit 0: Commit was sent, bit 1: Abort
  const preparedMessages = managers + 3;
  const everyone = 2 ** managers - 1;
  const ids = Array.from({ length: managers }, (_, i) => i);
  const receivePrepared = (i: number): Action => ({
    name: `receives Prepared of ${i}`,
    guard: (s) => s[tm] === 0 && (s[preparedMessages] & (1 << i)) !== 0,
    effect: (s) => {
      s[tmPrepared] |= 1 << i;
    },
  });
  const managerActions = (i: number): Action[] => [
    {
      name: 'prepares',
      guard: (s) => s[i] === working,
      effect: (s) => {
        s[i] = prepared;
        s[preparedMessages] |= 1 << i;
      },
    },
    {
      name: 'chooses to abort',
      guard: (s) => s[i] === working,
      effect: (s) => {
        s[i] = aborted;
      },
    },
    {
      name: 'receives Commit',
      guard: (s) => (s[decision] & 1) !== 0,
      effect: (s) => {
        s[i] = committed;
      },
    },
    {
      name: 'receives Abort',
      guard: (s) => (s[decision] & 2) !== 0,
      effect: (s) => {
        s[i] = aborted;
      },
    },
  ];
  return transitionSystem({
    name: `two-phase commit, ${managers} resource managers`,
    words: managers + 4,
    actors: [
      {
        name: 'transaction manager',
        actions: [
          {
            name: 'commits',
            guard: (s) => s[tm] === 0 && s[tmPrepared] === everyone,
            effect: (s) => {
              s[tm] = 1;
              s[decision] |= 1;
            },
          },
          {
            name: 'aborts',
            guard: (s) => s[tm] === 0,
            effect: (s) => {
              s[tm] = 2;
              s[decision] |= 2;
            },
          },
          ...ids.map(receivePrepared),
        ],
      },
      ...ids.map((i) => ({ name: `resource manager ${i}`, actions: managerActions(i) })),
    ],
    invariants: { consistent: (s) => !(has(s, managers, committed) && has(s, managers, aborted)) },
    goals: {
      'all abort': (s) => ids.every((i) => s[i] === aborted),
      'all commit': (s) => ids.every((i) => s[i] === committed),
    },
    // Managers are interchangeable: sort them by all that the state says about each.
    representative: (s) => {
      const of = (i: number): number => s[i] * 4 + ((s[tmPrepared] >> i) & 1) * 2 + ((s[preparedMessages] >> i) & 1);
      const sorted = ids.map(of).sort((a, b) => a - b);
      s[tmPrepared] = 0;
      s[preparedMessages] = 0;
      for (const [i, word] of sorted.entries()) {
        s[i] = word >> 2;
        s[tmPrepared] |= ((word >> 1) & 1) << i;
        s[preparedMessages] |= (word & 1) << i;
      }
    },
  });
}

/**
 * The same as Stateright explores it under symmetry. Its representative sorts the managers by their own state only, and
 * stably: the messages follow, but do not decide. So several representatives stand for one class, and how many are met
 * depends on the order of the search: depth first, from each state the last action first, going on with the states themselves
 * and not their representatives (`examples/2pc.rs`, `src/checker/rewrite_plan.rs`, `src/checker/dfs.rs`).
 */
export function twoPhaseCommitOfStateright(managers: number): TransitionSystem {
  const { actors, ...rest } = twoPhaseCommit(managers);
  const [{ actions: ofManager }, ...resources] = actors;
  const [commits, aborts, ...receivePrepared] = ofManager;
  const inOrder = [commits, aborts, ...resources.flatMap(({ actions }, i) => [receivePrepared[i], ...actions])];
  const sets = [managers + 1, managers + 3];
  return transitionSystem({
    ...rest,
    actors: [{ name: 'everyone', actions: inOrder.reverse() }],
    representative: (s) => {
      const order = Array.from({ length: managers }, (_, i) => i).sort((a, b) => s[a] - s[b] || a - b);
      const before = s.slice();
      for (const [to, from] of order.entries()) s[to] = before[from];
      for (const word of sets) {
        s[word] = order.reduce((set, from, to) => set | (((before[word] >> from) & 1) << to), 0);
      }
    },
  });
}

function has(s: State, managers: number, status: number): boolean {
  for (let i = 0; i < managers; i++) if (s[i] === status) return true;
  return false;
}

/** Threads that read a counter and write back one more (Stateright, `examples/increment.rs`). */
export function racyIncrement(threads: number): TransitionSystem {
  return counting(
    'racy increment',
    threads,
    (n) => [
      {
        name: 'reads',
        guard: (s) => s[at(n) + 1] === 1,
        effect: (s) => {
          s[at(n)] = s[0];
          s[at(n) + 1] = 2;
        },
      },
      {
        name: 'writes',
        guard: (s) => s[at(n) + 1] === 2,
        effect: (s) => {
          s[0] = s[at(n)] + 1;
          s[at(n) + 1] = 3;
        },
      },
    ],
    1,
  );
}

/** The same under a lock (Stateright, `examples/increment_lock.rs`). */
export function lockedIncrement(threads: number): TransitionSystem {
  return counting(
    'increment under a lock',
    threads,
    (n) => [
      {
        name: 'locks',
        guard: (s) => s[at(n) + 1] === 0 && s[1] === 0,
        effect: (s) => {
          s[at(n) + 1] = 1;
          s[1] = 1;
        },
      },
      {
        name: 'reads',
        guard: (s) => s[at(n) + 1] === 1,
        effect: (s) => {
          s[at(n)] = s[0];
          s[at(n) + 1] = 2;
        },
      },
      {
        name: 'writes',
        guard: (s) => s[at(n) + 1] === 2,
        effect: (s) => {
          s[0] = s[at(n)] + 1;
          s[at(n) + 1] = 3;
        },
      },
      {
        name: 'unlocks',
        guard: (s) => s[at(n) + 1] === 3 && s[1] === 1,
        effect: (s) => {
          s[at(n) + 1] = 4;
          s[1] = 0;
        },
      },
    ],
    0,
  );
}

/** Words of a thread: what it read, and its program counter. The counter and the lock come first. */
function at(thread: number): number {
  return 2 + 2 * thread;
}

function counting(name: string, threads: number, actions: (n: number) => Action[], start: number): TransitionSystem {
  const ids = Array.from({ length: threads }, (_, n) => n);
  return transitionSystem({
    name: `${name}, ${threads} threads`,
    words: 2 + 2 * threads,
    initial: (s) => {
      for (const n of ids) s[at(n) + 1] = start;
    },
    actors: ids.map((n) => ({ name: `thread ${n}`, actions: actions(n) })),
    invariants: { 'no update is lost': (s) => ids.filter((n) => s[at(n) + 1] >= 3).length === s[0] },
    representative: (s) => {
      const pairs = ids.map((n) => [s[at(n)], s[at(n) + 1]]).sort(([a, b], [c, d]) => a - c || b - d);
      for (const [n, [read, counter]] of pairs.entries()) {
        s[at(n)] = read;
        s[at(n) + 1] = counter;
      }
    },
  });
}

/** Peterson's lock for two (TLA+ Examples, `specifications/locks_auxiliary_vars/Peterson.tla`, labels a0 to a4). */
export function peterson(): TransitionSystem {
  const turn = 0;
  const wants = (p: number): number => 1 + p;
  const counter = (p: number): number => 3 + p;
  const [a0, a1, a2, a3, critical, a4] = [0, 1, 2, 3, 4, 5];
  const step = (
    p: number,
    name: string,
    from: number,
    to: number,
    effect?: (s: State) => void,
    guard?: (s: State) => boolean,
  ): Action => ({
    name,
    guard: (s) => s[counter(p)] === from && (guard === undefined || guard(s)),
    effect: (s) => {
      s[counter(p)] = to;
      effect?.(s);
    },
  });
  const actionsOf = (p: number): Action[] => [
    step(p, 'a0', a0, a1),
    step(p, 'a1', a1, a2, (s) => {
      s[wants(p)] = 1;
    }),
    step(p, 'a2', a2, a3, (s) => {
      s[turn] = 1 - p;
    }),
    step(p, 'a3', a3, critical, undefined, (s) => s[wants(1 - p)] === 0 || s[turn] === p),
    step(p, 'cs', critical, a4),
    step(p, 'a4', a4, a0, (s) => {
      s[wants(p)] = 0;
    }),
  ];
  const inside = (s: State, p: number): boolean => s[counter(p)] === critical || s[counter(p)] === a4;
  return transitionSystem({
    name: 'peterson',
    words: 5,
    actors: [0, 1].map((p) => ({ name: `process ${p + 1}`, actions: actionsOf(p) })),
    invariants: { 'mutual exclusion': (s) => !(inside(s, 0) && inside(s, 1)) },
  });
}
