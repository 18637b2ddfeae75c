import { type Action, type State, type TransitionSystem, transitionSystem } from '../../model/index.ts';

/**
 * Peterson's lock for `n` processes, the filter lock (G. L. Peterson, Myths about the mutual exclusion problem, 1981): a
 * process goes through levels 1 to n - 1; on each it says so, then that it came last, and waits until all others are
 * below, or another came later. For two processes it is the well-known lock. The test of the others is one action.
 *
 * Words: what each process does next, the level of each (0: outside), and who came to each level last.
 */
export function filterLock(n: number): TransitionSystem {
  const level = n;
  const last = 2 * n - 1; // of level 1 at 2n
  const critical = 3 * (n - 1);
  const climb = (p: number, l: number): Action[] => {
    const says = 3 * (l - 1);
    return [
      {
        name: `says level ${l}`,
        guard: (s) => s[p] === says,
        effect: (s) => {
          s[level + p] = l;
          s[p] = says + 1;
        },
      },
      {
        name: `comes last to level ${l}`,
        guard: (s) => s[p] === says + 1,
        effect: (s) => {
          s[last + l] = p;
          s[p] = says + 2;
        },
      },
      {
        name: `leaves level ${l} behind`,
        guard: (s) => s[p] === says + 2 && (s[last + l] !== p || alone(s, n, p, l)),
        effect: (s) => {
          s[p] = says + 3;
        },
      },
    ];
  };
  const processes = Array.from({ length: n }, (_, p) => p);
  return transitionSystem({
    name: `filter lock, ${n} processes`,
    words: 3 * n - 1,
    actors: processes.map((p) => ({
      name: `process ${p}`,
      actions: [
        ...Array.from({ length: n - 1 }, (_, below) => climb(p, below + 1)).flat(),
        {
          name: 'leaves',
          guard: (s) => s[p] === critical,
          effect: (s) => {
            s[level + p] = 0;
            s[p] = 0;
          },
        },
      ],
    })),
    invariants: {
      'mutual exclusion': (s) => {
        let inside = 0;
        for (let p = 0; p < n; p++) if (s[p] === critical) inside += 1;
        return inside <= 1;
      },
    },
  });
}

/** Whether every process but `p` is below level `l`. */
function alone(s: State, n: number, p: number, l: number): boolean {
  for (let other = 0; other < n; other++) if (other !== p && s[n + other] >= l) return false;
  return true;
}
