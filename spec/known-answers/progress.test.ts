import { describe, expect, test } from 'vitest';
import { explore, type Operation, type Program, program, replay, type Step } from '../../model/index.ts';
import { queue } from './queues.ts';

const COUNT = 0;
const LOCK = 1;

class Registers {
  seen = 0;
}

type CountStep = Step<Registers>;

const add: CountStep = (memory) => {
  memory.add(COUNT, 1);
  return null;
};

const load: CountStep = (memory, op) => {
  op.seen = memory.load(COUNT);
  return swap;
};
const swap: CountStep = (memory, op) =>
  memory.compareExchange(COUNT, op.seen, (op.seen + 1) & 3) === op.seen ? null : load;

const lock: CountStep = (memory) => (memory.compareExchange(LOCK, 0, 1) === 0 ? increase : lock);
const lockOrSleep: CountStep = (memory) => (memory.compareExchange(LOCK, 0, 1) === 0 ? increase : sleep);
const sleep: CountStep = (memory) => {
  memory.wait(LOCK, 1, Number.POSITIVE_INFINITY);
  return lockOrSleep;
};
const increase: CountStep = (memory, op) => {
  op.seen = memory.load(COUNT);
  return put;
};
const put: CountStep = (memory, op) => {
  memory.store(COUNT, (op.seen + 1) & 3);
  return unlock;
};
const unlock: CountStep = (memory) => {
  memory.store(LOCK, 0);
  return ring;
};
const ring: CountStep = (memory) => {
  memory.notify(LOCK, 1);
  return null;
};

const waitForNobody: CountStep = (memory) => (memory.load(LOCK) === 1 ? null : waitForNobody);

/** Gives up after two attempts. */
const tryLoad: CountStep = (memory, op) => {
  op.seen = memory.load(COUNT);
  return trySwap;
};
const trySwap: CountStep = (memory, op) =>
  memory.compareExchange(COUNT, op.seen, (op.seen + 1) & 3) === op.seen ? null : lastLoad;
const lastLoad: CountStep = (memory, op) => {
  op.seen = memory.load(COUNT);
  return lastSwap;
};
const lastSwap: CountStep = (memory, op) => {
  memory.compareExchange(COUNT, op.seen, (op.seen + 1) & 3);
  return null;
};

function operation(name: string, first: CountStep, waitFree?: boolean): Operation<Registers> {
  return { name, begin: () => first, ...(waitFree === undefined ? {} : { waitFree }) };
}

/** Two threads that count for ever, modulo 4. */
function counting(name: string, operations: readonly (readonly Operation<Registers>[])[]): Program {
  return program<Registers, never>({
    name,
    words: 2,
    threads: operations.map((each, i) => ({
      name: 'ab'[i],
      registers: () => new Registers(),
      repeats: true,
      operations: each,
    })),
  });
}

/** `add` wraps around at 2^32: as many states; the low two bits of the word are what matters. */
function adding(): Program {
  const both = [[operation('add', add)], [operation('add', add)]];
  const counter = counting('add', both);
  return { ...counter, ignoreWords: (address) => address === COUNT };
}

function both(name: string, first: CountStep): Program {
  return counting(name, [[operation(name, first)], [operation(name, first)]]);
}

describe('wait-freedom', () => {
  test('an atomic add takes one step, whatever others do', async () => {
    expect(await explore(adding(), { progress: 'wait-free' })).toMatchObject({
      verdict: 'ok',
      exhaustive: true,
      mostSteps: { add: 1 },
    });
  });

  test('so does what gives up after two attempts: four steps', async () => {
    expect(await explore(both('try', tryLoad), { progress: 'wait-free' })).toMatchObject({
      verdict: 'ok',
      exhaustive: true,
      mostSteps: { try: 4 },
    });
  });

  test('a loop around a compare-and-swap is lock-free, and not wait-free', async () => {
    const target = both('swap', load);
    expect(await explore(target, { progress: 'lock-free' })).toMatchObject({
      verdict: 'ok',
      exhaustive: true,
      mostSteps: { swap: Number.POSITIVE_INFINITY },
    });
    const { violation } = await explore(target, { progress: 'wait-free' });
    expect(violation).toMatchObject({ kind: 'progress', name: 'wait-free' });
    expect(violation?.message).toMatch(
      /^not wait-free: [ab] can go on for ever from step \d+ to step \d+ without completing/,
    );
  });

  test('what blocks is neither, with or without sleep', async () => {
    for (const [name, first, kinds] of [
      ['spinning', lock, 'can go on for ever'],
      ['sleeping', lockOrSleep, 'sleeps in sleeping until another thread wakes it'],
    ] as const) {
      const target = both(name, first);
      const waitFree = await explore(target, { progress: 'wait-free', onViolation: 'stop' });
      expect(waitFree.violation).toMatchObject({ kind: 'progress', name: 'wait-free' });
      expect(waitFree.violation?.message).toContain(kinds);
    }
    const spinning = await explore(both('spinning', lock), { progress: 'lock-free' });
    expect(spinning.violation).toMatchObject({ kind: 'progress', name: 'lock-free' });
  });

  test('only operations that say so are looked at, when any does', async () => {
    const mixed = (waitFree: boolean) =>
      counting('mixed', [[operation('swap', load)], [operation('try', tryLoad, waitFree)]]);
    expect(await explore(mixed(true), { progress: 'wait-free' })).toMatchObject({ verdict: 'ok', exhaustive: true });
    expect(await explore(mixed(false), { progress: 'wait-free' })).toMatchObject({
      violation: { name: 'wait-free' },
    });
  });

  test('within so many operations a bound is a number', async () => {
    const { mostSteps } = await explore(queue('non-blocking'), { progress: 'lock-free' });
    expect(Object.keys(mostSteps ?? {}).sort()).toEqual(['dequeue', 'enqueue']);
    for (const most of Object.values(mostSteps ?? {})) {
      expect(most).toBeGreaterThan(4);
      expect(most).toBeLessThan(40);
    }
  });
});

describe('lassos', () => {
  test.each([
    ['lock-free', both('spinning', lock)],
    ['wait-free', both('spinning', lock)],
    ['wait-free', both('swap', load)],
    ['livelock-free', both('waiting for nobody', waitForNobody)],
  ] as const)(
    '%s: the trace says where the loop begins, and its last step leads back there',
    async (progress, target) => {
      const { trace } = await explore(target, { progress });
      expect(trace?.loopsTo).toBeGreaterThan(0);
      expect(trace?.loopsTo).toBeLessThanOrEqual(trace?.steps.length ?? 0);
      // The replay string says where the loop begins, and replaying refuses one that does not lead back.
      expect(replay(target, trace?.replay ?? '').trace.loopsTo).toBe(trace?.loopsTo);
    },
  );

  test('wait-freedom: on the loop one thread completes again and again, and the other never', async () => {
    const target = both('swap', load);
    const { trace, violation } = await explore(target, { progress: 'wait-free' });
    const starved = violation?.message.includes('a can go on') ? 0 : 1;
    const loop = trace?.steps.slice((trace.loopsTo ?? 0) - 1) ?? [];
    expect(loop.some(({ actor, returns }) => actor === 1 - starved && returns !== undefined)).toBe(true);
    expect(loop.some(({ actor }) => actor === starved)).toBe(true);
    expect(loop.some(({ actor, returns }) => actor === starved && returns !== undefined)).toBe(false);
  });
});

describe('what counts as progress', () => {
  /** Writes to a log for ever within one operation: what is written counts. */
  const append: CountStep = (memory) => {
    memory.add(COUNT, 1);
    return append;
  };
  const logging = (progress?: Program['progress']): Program =>
    program<Registers, never>({
      name: 'logging',
      words: 1,
      threads: [{ name: 'a', registers: () => new Registers(), operations: [operation('log', append)] }],
      // The state relative to the tail.
      canonical: () => {},
      ...(progress === undefined ? {} : { progress }),
    });

  test('the tail of a log, where a program says so', async () => {
    expect(await explore(logging(), { progress: 'lock-free' })).toMatchObject({ violation: { name: 'lock-free' } });
    const told = await explore(
      logging((memory) => memory.load(COUNT)),
      { progress: 'lock-free' },
    );
    expect(told).toMatchObject({ verdict: 'ok', exhaustive: true });
  });
});

test.each([
  [{ progress: 'quick' as never }, "progress must be one of 'lock-free'"],
  [{ search: 'stateless' as const }, 'does not end on threads that repeat'],
])('%j is refused', async (options, message) => {
  await expect(explore(both('swap', load), options)).rejects.toThrow(message);
});
