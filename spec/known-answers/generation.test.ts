import { expect, test } from 'vitest';
import { explore, generatePrograms, type Operation, type Step } from '../../model/index.ts';

class Registers {
  seen = 0;
  amount = 0;
}

const read: Step<Registers> = (memory, op) => {
  op.seen = memory.load(0);
  return null;
};
const add: Step<Registers> = (memory, op) => {
  op.seen = memory.add(0, op.amount);
  return null;
};
const readToAdd: Step<Registers> = (memory, op) => {
  op.seen = memory.load(0);
  return write;
};
const write: Step<Registers> = (memory, op) => {
  memory.store(0, op.seen + op.amount);
  return null;
};

const reading: Operation<Registers> = { name: 'read', begin: () => read, end: (_, op) => op.seen };
const adding = (amount: number, first: Step<Registers>): Operation<Registers> => ({
  name: 'add',
  arguments: amount,
  begin: (op) => {
    op.amount = amount;
    return first;
  },
  end: (_, op) => op.seen,
});

const generation = (first: Step<Registers>) => ({
  name: 'counter',
  threads: 2,
  operationsPerThread: 2,
  operations: [reading, adding(1, first), adding(2, first)],
  registers: () => new Registers(),
  base: {
    words: 1,
    specification: {
      initial: 0,
      apply: (count: number, call: { name: string; arguments: unknown }) => ({
        state: call.name === 'add' ? count + Number(call.arguments) : count,
        result: count,
      }),
    },
  },
});

test('all programs of two threads with one or two operations each, up to the order of threads', async () => {
  // 3 + 9 sequences; pairs of them without order: 12 · 13 / 2.
  const programs = [...generatePrograms(generation(add))];
  expect(programs).toHaveLength(78);
  expect(new Set(programs.map(({ name }) => name)).size).toBe(78);
  for (const each of programs) expect(await explore(each)).toMatchObject({ verdict: 'ok', exhaustive: true });
});

test('they find what one of them shows', async () => {
  const verdicts = [];
  for (const each of generatePrograms(generation(readToAdd))) verdicts.push((await explore(each)).verdict);
  expect(verdicts.filter((verdict) => verdict === 'violation').length).toBeGreaterThan(10);
  expect(verdicts).toContain('ok');
});
