import { describe, expect, test } from 'vitest';
import { explore, mutate, type Program, program, type Step, thread } from './index.ts';

class Registers {
  seen = 0;
  value = 0;
}

const VALUE = 0;
const READY = 1;
const BELL = 2;
const HITS = 3;

/** Publishes a value, and rings; counts hits that nobody reads. */
const writeValue: Step<Registers> = (memory) => {
  memory.store(VALUE, 7);
  return breathe;
};
const breathe: Step<Registers> = () => publish;
const publish: Step<Registers> = (memory) => {
  memory.store(READY, 1);
  return ring;
};
const ring: Step<Registers> = (memory) => {
  memory.notify(BELL, 1);
  return countHit;
};
const countHit: Step<Registers> = (memory) => {
  memory.add(HITS, 1);
  return null;
};

/** Says that the value is there, and wakes who waits for that. */
const raise: Step<Registers> = (memory) => {
  memory.store(READY, 1);
  return wake;
};
const wake: Step<Registers> = (memory) => {
  memory.notify(READY, 1);
  return null;
};
const look: Step<Registers> = (memory, op) => {
  op.seen = memory.load(READY);
  return op.seen === 0 ? sleep : null;
};
const sleep: Step<Registers> = (memory) => {
  memory.wait(READY, 0, Number.POSITIVE_INFINITY);
  return look;
};

const readValue: Step<Registers> = (memory, op) => {
  op.value = memory.load(VALUE);
  return null;
};

function handOver(): Program {
  return program<Registers, unknown>({
    name: 'hand over',
    words: 4,
    threads: [
      { name: 'giver', registers: () => new Registers(), operations: [{ name: 'give', begin: () => writeValue }] },
      thread<Registers>({
        name: 'taker',
        registers: () => new Registers(),
        operations: [{ name: 'take', begin: () => readReady, end: (_, op) => (op.seen === 0 ? null : op.value) }],
      }),
    ],
    invariants: {
      'what is taken was given': (_, { threads }) =>
        [undefined, null, 7].includes(threads[1].results[0] as number | null),
    },
  });
}

/** Takes what is there if it is ready, else nothing. */
const readReady: Step<Registers> = (memory, op) => {
  op.seen = memory.load(READY);
  return op.seen === 0 ? null : readValue;
};

describe('mutation mode', () => {
  test('exchanges neighbours: publishing before the value is there is caught, other orders do not matter', async () => {
    const outcomes = await mutate(handOver());
    const caught = Object.fromEntries(outcomes.map((outcome) => [outcome.name, outcome.caught]));
    expect(caught).toEqual({
      'writeValue: store dropped': true,
      'publish: store dropped': false,
      'ring: notify dropped': false,
      'countHit: add dropped': false,
      'writeValue: store behind publish': true,
      'publish: store behind ring': false,
      'ring: notify behind countHit': false,
    });
    for (const { caught: found, coverage } of outcomes)
      expect(coverage).toBe(found ? 'bounded by the first violation' : 'exhaustive');
  });

  test('a reordered mutant shows in its trace what comes late', async () => {
    const mutant = { reorder: ['writeValue', 'publish'] as const, across: ['breathe'] };
    const { trace } = await explore(handOver(), { mutant });
    expect(trace?.scenario.mutant).toBe('writeValue behind publish');
    expect(trace?.steps.map(({ actor, label }) => `${actor} ${label}`)).toEqual([
      '0 writeValue (held back), breathe (before store 7 at 0), publish (before store 7 at 0)',
      '1 readReady',
      '1 readValue',
    ]);
  });

  test('a waker that rings before it says why is caught: the wake-up is lost', async () => {
    const target = program<Registers, unknown>({
      name: 'bell',
      words: 4,
      threads: [
        { name: 'giver', registers: () => new Registers(), operations: [{ name: 'give', begin: () => raise }] },
        { name: 'taker', registers: () => new Registers(), operations: [{ name: 'take', begin: () => look }] },
      ],
    });
    const outcomes = await mutate(target);
    expect(outcomes.find(({ name }) => name === 'raise: store behind wake')?.by).toBe(
      'deadlock: asleep for ever: taker',
    );
    expect(outcomes.find(({ name }) => name === 'wake: notify dropped')?.by).toBe('deadlock: asleep for ever: taker');
  });

  test('rejects a program that is wrong to begin with', async () => {
    const wrong = program<Registers, unknown>({
      name: 'wrong',
      words: 4,
      threads: [{ name: 'a', registers: () => new Registers(), operations: [{ name: 'look', begin: () => look }] }],
    });
    await expect(mutate(wrong)).rejects.toThrow("'wrong' is wrong as it is: deadlock");
  });

  test('tells outcomes as they come, and stops when told to', async () => {
    const interruption = new AbortController();
    const heard: string[] = [];
    const outcomes = await mutate(handOver(), {
      signal: interruption.signal,
      onOutcome: ({ name }) => {
        heard.push(name);
        interruption.abort();
      },
    });
    expect(heard).toEqual(['writeValue: store dropped']);
    expect(outcomes.map(({ name }) => name)).toEqual(heard);
  });
});
