import { expect, test } from 'vitest';
import {
  explore,
  type Memory,
  type Program,
  type ProgramInvariant,
  peek,
  peekAll,
  program,
  type Step,
} from '../index.ts';

interface Registers {
  count: number;
}

/** Reads word 0 three times, and counts in a register; then changes word 1, then word 0. */
const read: Step<Registers> = (memory, op) => {
  memory.load(0);
  op.count += 1;
  return op.count < 3 ? read : writeIgnored;
};
const writeIgnored: Step<Registers> = (memory) => {
  memory.store(1, 1);
  return write;
};
const write: Step<Registers> = (memory) => {
  memory.store(0, 1);
  return null;
};

function counting(invariant: ProgramInvariant, ignoreWords?: (address: number) => boolean): Program {
  return program<Registers, unknown>({
    name: 'counting',
    words: 2,
    threads: [
      { name: 'a', registers: () => ({ count: 0 }), operations: [{ name: 'count', begin: () => read }] },
      { name: 'b', registers: () => ({ count: 0 }), operations: [{ name: 'count', begin: () => read }] },
    ],
    invariants: { holds: invariant },
    ...(ignoreWords === undefined ? {} : { ignoreWords }),
  });
}

const countOf = (state: Parameters<ProgramInvariant>[1], thread: number): number =>
  (state.threads[thread].registers as Registers).count;

test('an invariant of memory alone is asked once for a memory', async () => {
  let asked = 0;
  const target = counting((memory: Memory) => {
    asked += 1;
    return memory.load(0) < 2;
  });
  expect(await explore(target)).toMatchObject({ verdict: 'ok', states: 36 });
  expect(asked).toBe(3);
});

test('one that looks at registers is asked in every state', async () => {
  const target = counting((_, state) => countOf(state, 0) + countOf(state, 1) < 6);
  expect(await explore(target)).toMatchObject({ verdict: 'violation' });
});

test('as is one that looks at them only sometimes', async () => {
  let asked = 0;
  const target = counting((memory, state) => {
    asked += 1;
    return memory.load(1) === 0 || memory.load(0) === 1 || countOf(state, 1) < 3;
  });
  expect(await explore(target, { shortest: false })).toMatchObject({ verdict: 'violation' });
  expect(asked).toBeGreaterThan(2);
});

test.each<[string, (memory: Memory) => number]>([
  ['load', (memory) => memory.load(1)],
  ['read8', (memory) => memory.read8(4)],
  ['peek', (memory) => peek(memory, 1)],
  ['peekAll', (memory) => peekAll(memory)[1]],
])('and one that looks at a word that is not part of the state: %s', async (_, look) => {
  const target = counting(
    (memory) => look(memory) === 0,
    (address) => address === 1,
  );
  expect(await explore(target)).toMatchObject({ verdict: 'violation' });
});
