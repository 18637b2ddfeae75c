/** Four threads hammer a few keys; what they saw must be explained by some order of their operations. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { open } from '../../engine/index.ts';
import { startWorker } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';
import { type MapEvent, type MapInput, type MapOutput, mapSpecification } from './support/histories.ts';
import { linearize } from './support/linearizability.ts';

const THREADS = 4;
const seed = Number(process.env.RIGHTLINK_SEED ?? 20261121);

interface Round {
  readonly initial: ReadonlyMap<string, string>;
  readonly events: MapEvent[];
}

interface Hammering {
  readonly path: string | undefined;
  readonly keys: number;
  readonly rounds: number;
  readonly operations: number;
  readonly neighbours: boolean;
}

async function hammer({ path, ...how }: Hammering): Promise<Round[]> {
  const db = await open(path, { cacheBytes: 32 * 2 ** 20 });
  db.tree('hammered');
  const barrier = new SharedArrayBuffer(4);
  const rounds: { initial: [string, string][]; events: MapEvent[] }[] = [];
  const workers = Array.from({ length: THREADS }, (_, me) => {
    const workerData = { shared: db.share(), barrier, threads: THREADS, me, seed, ...how };
    return startWorker('./support/hammering-worker.ts', import.meta.url, { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const finished = workers.map(async (worker) => {
    worker.on('message', ({ round, initial, events }) => {
      rounds[round] ??= { initial: [], events: [] };
      rounds[round].initial.push(...initial);
      rounds[round].events.push(...events);
    });
    worker.postMessage('go');
    await once(worker, 'exit'); // rejects on an error
  });
  await Promise.all(finished);
  await db.close();
  return rounds.map(({ initial, events }) => ({ initial: new Map(initial), events }));
}

/** Every operation on one key, by key: the parts can be judged one by one (Herlihy and Wing: linearizability is local). */
function byKey({ initial, events }: Round): Round[] {
  const parts = new Map<string, MapEvent[]>();
  for (const event of events) {
    if (!('key' in event.input)) throw new Error('an operation on all keys');
    const { key } = event.input;
    parts.set(key, [...(parts.get(key) ?? []), event]);
  }
  return [...parts].map(([key, part]) => ({
    initial: new Map([...initial].filter(([name]) => name === key)),
    events: part,
  }));
}

function expectLinearizable({ initial, events }: Round): void {
  if (linearize(mapSpecification(initial), events) !== null) return;
  const base = events.reduce((least, { call }) => (call < least ? call : least), events[0].call);
  const lines = events
    .toSorted((a, b) => Number(a.call - b.call))
    .map((event) => `${event.call - base} ${event.return - base} ${JSON.stringify([event.input, event.output])}`);
  expect.fail(`not linearizable from ${JSON.stringify([...initial])}:\n${lines.slice(0, 100).join('\n')}`);
}

describe('four threads on sixteen keys', () => {
  it('each key behaves as one register, in memory and with a log', async () => {
    for (const path of [undefined, freshPath()]) {
      const rounds = await hammer({ path, keys: 16, rounds: 10, operations: 1500, neighbours: false });
      expect(rounds.flatMap((round) => round.events)).toHaveLength(THREADS * 10 * 1500);
      for (const round of rounds) for (const part of byKey(round)) expectLinearizable(part);
    }
  });

  it('the tree behaves as one sorted map, pops and neighbours included', async () => {
    for (const [path, keys] of [
      [undefined, 16],
      [undefined, 3],
      [freshPath(), 16],
    ] as const) {
      const rounds = await hammer({ path, keys, rounds: 400, operations: 6, neighbours: true });
      for (const round of rounds) expectLinearizable(round);
    }
  });
});

describe('the checker itself', () => {
  const event = (call: number, end: number, input: MapInput, output: MapOutput): MapEvent => ({
    call: BigInt(call),
    return: BigInt(end),
    input,
    output,
  });
  const put = (value: string): MapInput => ({ kind: 'put', key: 'x', value });
  const get: MapInput = { kind: 'get', key: 'x' };
  const empty = mapSpecification(new Map());

  it('accepts overlapping operations in an order that explains them', () => {
    const history = [
      event(0, 10, put('a'), null),
      event(1, 2, get, null),
      event(3, 4, get, 'a'),
      event(5, 6, get, 'a'),
    ];
    expect(linearize(empty, history)).toEqual([1, 0, 2, 3]);
    expect(linearize(empty, [])).toEqual([]);
  });

  it.each<[string, MapEvent[]]>([
    ['a read of the old value after the write returned', [event(0, 1, put('a'), null), event(2, 3, get, null)]],
    ['new, then old', [event(0, 9, put('a'), null), event(1, 2, get, 'a'), event(3, 4, get, null)]],
    ['a value that nobody wrote', [event(0, 1, put('a'), null), event(0, 5, get, 'b')]],
    [
      'two readers that see two writes in different orders',
      [
        event(0, 20, put('a'), null),
        event(0, 20, put('b'), null),
        event(1, 2, get, 'a'),
        event(3, 4, get, 'b'),
        event(5, 6, get, 'a'),
      ],
    ],
    [
      'one entry popped twice',
      [event(0, 1, put('a'), null), event(2, 9, { kind: 'popFirst' }, 'x=a'), event(2, 9, { kind: 'popLast' }, 'x=a')],
    ],
    [
      'two swaps of the same value that both win',
      [
        event(0, 5, { kind: 'swap', key: 'x', expected: null, value: 'a' }, true),
        event(0, 5, { kind: 'swap', key: 'x', expected: null, value: 'b' }, true),
      ],
    ],
    [
      'a delete that finds what is not there yet',
      [event(0, 1, { kind: 'delete', key: 'x' }, true), event(2, 3, put('a'), null)],
    ],
    [
      'a first that passes over a key that was there all the while',
      [
        event(0, 1, put('a'), null),
        event(2, 3, { kind: 'put', key: 'y', value: 'b' }, null),
        event(4, 5, { kind: 'first' }, 'y=b'),
      ],
    ],
  ])('rejects %s', (_, history) => {
    expect(linearize(empty, history)).toBeNull();
  });

  it('agrees with trying every order, on random histories', () => {
    let random = 7;
    const next = (bound: number) => {
      random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
      return (random >>> 8) % bound;
    };
    let accepted = 0;
    for (let n = 0; n < 2000; n++) {
      const history = Array.from({ length: 5 }, () => {
        const call = next(12);
        const end = call + next(6);
        const value = 'ab'[next(2)];
        return next(2) === 0 ? event(call, end, put(value), null) : event(call, end, get, [null, 'a', 'b'][next(3)]);
      });
      const expected = permutations([0, 1, 2, 3, 4]).some((order) => explains(order, history));
      expect(linearize(empty, history) !== null).toBe(expected);
      if (expected) accepted++;
    }
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(1900);
  });

  function explains(order: readonly number[], history: readonly MapEvent[]): boolean {
    let state: ReadonlyMap<string, string> | undefined = empty.initial;
    for (let at = 0; at < order.length && state !== undefined; at++) {
      const now = history[order[at]];
      if (order.slice(at + 1).some((later) => history[later].return < now.call)) return false;
      state = empty.apply(state, now.input, now.output);
    }
    return state !== undefined;
  }

  function permutations(items: readonly number[]): number[][] {
    if (items.length === 0) return [[]];
    return items.flatMap((item) =>
      permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
    );
  }
});
