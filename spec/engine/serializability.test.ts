import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ListHistory, ListRecorder, type Outcome } from './support/list-history.ts';
import { anomaliesOf } from './support/serializability.ts';

/** `append`: [key, element]; a read: [key, elements]. */
type Line = [called: number, returned: number, operations: [number, number | number[]][], outcome?: Outcome];

function historyOf(lines: Line[]): ListHistory {
  const recorder = new ListRecorder();
  for (const [called, returned, operations, outcome] of lines) {
    recorder.begin(called);
    for (const [key, what] of operations) {
      if (typeof what === 'number') recorder.append(key, what);
      else recorder.read(key, what);
    }
    recorder.end(returned, outcome ?? 'committed');
  }
  return new ListHistory([recorder.recorded()]);
}

const kindsOf = (lines: Line[], everythingRead = true): string[] => [
  ...new Set(anomaliesOf(historyOf(lines), everythingRead).map((each) => each.kind)),
];

const X = 1;
const Y = 2;

describe('the checker of histories of transactions names', () => {
  const cases: [string, Line[]][] = [
    [
      'G0',
      [
        [
          0,
          9,
          [
            [X, 1],
            [Y, 1],
          ],
        ],
        [
          0,
          9,
          [
            [X, 2],
            [Y, 2],
          ],
        ],
        [
          0,
          9,
          [
            [X, [1, 2]],
            [Y, [2, 1]],
          ],
        ],
      ],
    ],
    [
      'G1c',
      [
        [
          0,
          9,
          [
            [X, 1],
            [Y, [1]],
          ],
        ],
        [
          0,
          9,
          [
            [X, [1]],
            [Y, 1],
          ],
        ],
      ],
    ],
    [
      'G-single',
      [
        [
          0,
          9,
          [
            [X, 1],
            [Y, 1],
          ],
        ],
        [
          0,
          9,
          [
            [X, [1]],
            [Y, []],
          ],
        ],
        [10, 11, [[Y, [1]]]],
      ],
    ],
    [
      'G2',
      [
        [
          0,
          9,
          [
            [X, []],
            [Y, 1],
          ],
        ],
        [
          0,
          9,
          [
            [Y, []],
            [X, 1],
          ],
        ],
        [
          10,
          11,
          [
            [X, [1]],
            [Y, [1]],
          ],
        ],
      ],
    ],
    [
      'G-single-realtime',
      [
        [0, 1, [[X, 1]]],
        [2, 3, [[X, []]]],
        [4, 5, [[X, [1]]]],
      ],
    ],
    [
      'G0-realtime',
      [
        [0, 1, [[X, 1]]],
        [2, 3, [[X, 2]]],
        [4, 5, [[X, [2, 1]]]],
      ],
    ],
    [
      'aborted read',
      [
        [0, 1, [[X, 1]], 'failed'],
        [2, 3, [[X, [1]]]],
      ],
    ],
    [
      'intermediate read',
      [
        [
          0,
          9,
          [
            [X, 1],
            [X, 2],
          ],
        ],
        [0, 9, [[X, [1]]]],
        [10, 11, [[X, [1, 2]]]],
      ],
    ],
    [
      'internal',
      [
        [
          0,
          1,
          [
            [X, 1],
            [X, []],
          ],
        ],
        [2, 3, [[X, [1]]]],
      ],
    ],
    ['garbage read', [[0, 1, [[X, [7]]]]]],
    [
      'duplicate',
      [
        [0, 1, [[X, 1]]],
        [2, 3, [[X, [1, 1]]]],
      ],
    ],
    [
      'lost append',
      [
        [0, 1, [[X, 1]]],
        [2, 3, [[X, 2]]],
        [4, 5, [[X, [2]]]],
      ],
    ],
    [
      'incompatible order',
      [
        [0, 1, [[X, 1]]],
        [0, 1, [[X, 2]]],
        [0, 1, [[X, [2, 1]]]],
        [0, 1, [[X, [1, 2]]]],
      ],
    ],
  ];
  test.each(cases)('%s', (kind, lines) => {
    expect(kindsOf(lines)).toContain(kind);
  });

  test('a lost update, by the cycle that it is', () => {
    const lines: Line[] = [
      [
        0,
        9,
        [
          [X, []],
          [X, 1],
        ],
      ],
      [
        0,
        9,
        [
          [X, []],
          [X, 2],
        ],
      ],
      [10, 11, [[X, [1, 2]]]],
    ];
    expect(kindsOf(lines)).toEqual(['G-single']);
  });

  test('nothing in what is serializable, whatever became of an unanswered transaction', () => {
    const seen: Line[] = [
      [0, 1, [[X, 1]], 'unknown'],
      [
        2,
        3,
        [
          [X, [1]],
          [X, 2],
          [X, [1, 2]],
        ],
      ],
      [4, 5, [[X, [1, 2]]]],
    ];
    const unseen: Line[] = [
      [0, 1, [[X, 1]], 'unknown'],
      [2, 3, [[X, []]]],
    ];
    expect(kindsOf(seen)).toEqual([]);
    expect(kindsOf(unseen)).toEqual([]);
  });
});

/** A store that runs transactions over lists one after another, or at snapshots with first-committer-wins. */
function simulate(seed: number[], isolation: 'serial' | 'snapshot'): ListHistory {
  const lists = new Map<number, number[]>();
  const recorder = new ListRecorder();
  const listOf = (key: number): number[] => lists.get(key) ?? [];
  let element = 0;
  for (let at = 0; at + 3 < seed.length; at += 4) {
    // Two transactions at a time: each reads one key and appends to another.
    const pairs = [
      [seed[at] % 3, seed[at + 1] % 3],
      [seed[at + 2] % 3, seed[at + 3] % 3],
    ];
    const before = new Map(lists);
    const written = new Set<number>();
    for (const [from, to] of pairs) {
      recorder.begin(at);
      const view = isolation === 'serial' ? listOf(from) : (before.get(from) ?? []);
      recorder.read(from, view);
      element += 1;
      recorder.append(to, element);
      const wins = !written.has(to) || isolation === 'serial';
      if (wins) lists.set(to, [...listOf(to), element]);
      written.add(to);
      recorder.end(at + 1, wins ? 'committed' : 'failed');
    }
  }
  recorder.begin(seed.length + 2);
  for (const [key, list] of lists) recorder.read(key, list);
  recorder.end(seed.length + 3, 'committed');
  return new ListHistory([recorder.recorded()]);
}

describe('the checker of histories of transactions', () => {
  const seeds = fc.array(fc.nat(8), { minLength: 4, maxLength: 60 });

  test('finds nothing in serial histories', () => {
    fc.assert(fc.property(seeds, (seed) => anomaliesOf(simulate(seed, 'serial')).length === 0));
  });

  test('finds in snapshot isolation nothing but write skew, and exactly when there is some', () => {
    let skewed = 0;
    fc.assert(
      fc.property(seeds, (seed) => {
        const kinds = anomaliesOf(simulate(seed, 'snapshot')).map((each) => each.kind);
        // Both read what the other writes: a then b, b then a.
        const skew = chunks(seed).some(([a, b, c, d]) => a % 3 === d % 3 && b % 3 === c % 3 && b % 3 !== d % 3);
        skewed += skew ? 1 : 0;
        expect(kinds).toEqual(skew ? ['G2'] : []);
      }),
    );
    expect(skewed).toBeGreaterThan(0);
  });

  test('copes with a hundred thousand transactions', () => {
    const recorder = new ListRecorder();
    let element = 0;
    for (let i = 0; i < 100_000; i++) {
      const key = Math.floor(i / 20);
      recorder.begin(i * 2);
      recorder.read(
        key,
        Array.from({ length: i % 20 }, (_, back) => element - (i % 20) + back + 1),
      );
      element += 1;
      recorder.append(key, element);
      recorder.end(i * 2 + 1, 'committed');
    }
    expect(anomaliesOf(new ListHistory([recorder.recorded()]), false)).toEqual([]);
  });
});

function chunks(seed: number[]): number[][] {
  return Array.from({ length: Math.floor(seed.length / 4) }, (_, i) => seed.slice(i * 4, i * 4 + 4));
}
