import { describe, expect, test } from 'vitest';
import { type ExploreOptions, explore, type Program, program, type Step } from '../../model/index.ts';
import { seededRandom } from '../wal/random.ts';
import { twoPhaseCommit } from './protocols.ts';
import { queue } from './queues.ts';
import { type Features, randomProgram } from './random-programs.ts';
import { treiberStack } from './stacks.ts';
import { atomicIncrements, doubleCheckedLocking, independentReads, twoLocks } from './synchronisation.ts';

class Registers {
  cached = 0;
}

const store: Step<Registers> = (memory) => {
  memory.store(0, 1);
  return null;
};

/** A get that answers from a private copy, without looking at what others share. */
function staleCache() {
  return program<Registers, number>({
    name: 'a get from a stale cache',
    words: 1,
    threads: [
      { name: 'a', registers: () => new Registers(), operations: [{ name: 'put', begin: () => store }] },
      {
        name: 'b',
        registers: () => new Registers(),
        operations: [{ name: 'get', begin: () => null, end: (_: unknown, op: Registers) => op.cached }],
      },
    ],
    specification: {
      initial: 0,
      apply: (value, { name }) => (name === 'put' ? { state: 1, result: undefined } : { state: value, result: value }),
    },
  });
}

describe('transitions without any shared action go first', () => {
  test('but not those that begin or end a call: it would always seem to be the first', async () => {
    for (const reduce of [true, false]) {
      const result = await explore(staleCache(), { reduce });
      expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'linearizability' } });
    }
    const second = await explore(staleCache(), { search: 'stateless' });
    expect(second).toMatchObject({ verdict: 'violation', violation: { kind: 'linearizability' } });
  });
});

/** Sleep sets must visit the same states and find the same, in no more transitions. */
async function sleepWell(target: Program): Promise<{ all: number; made: number }> {
  const full = await explore(target, { onViolation: 'continue', reduce: false });
  const spared = await explore(target, { onViolation: 'continue', sleepSets: true });
  const kinds = full.violations.map(({ kind }) => kind).sort();
  expect(spared.violations.map(({ kind }) => kind).sort()).toEqual(kinds);
  expect(spared.states).toBe(full.states);
  expect(spared.exhaustive).toBe(true);
  expect(spared.transitions).toBeLessThanOrEqual(full.transitions);
  // A state with a race is no end to the full search, whoever is done.
  if (!kinds.includes('data race')) expect(spared.endsHash).toBe(full.endsHash);
  return { all: full.transitions, made: spared.transitions };
}

describe('sleep sets visit all states, in fewer transitions', () => {
  test.each([
    ['stack without tags', treiberStack(false)],
    ['stack with tags', treiberStack(true)],
    ['non-blocking queue', queue('non-blocking')],
    ['blocking queue', queue('blocking')],
    ['double-checked locking', doubleCheckedLocking(true)],
    ['double-checked locking without publication', doubleCheckedLocking(false)],
    ['locks in opposite orders', twoLocks('opposite')],
  ])('%s', async (_, target) => {
    await sleepWell(target);
  });

  test('of moves that all commute, each is made once from each state, in one order: fewest for IRIW', async () => {
    const { all, made } = await sleepWell(independentReads());
    expect(made).toBeLessThan(all);
    // Moves on one word never commute: nothing to spare.
    const increments = await sleepWell(atomicIncrements(4));
    expect(increments.made).toBe(increments.all);
  });

  test.each<[string, Features]>([
    ['loads, stores, adds, compare-and-swaps', {}],
    ['plain accesses', { plain: true }],
    ['waiting, notifying, deaths', { sleep: true, deaths: true }],
    ['endless loops', { spin: true, choose: true, deaths: true }],
    ['calls', { calls: true, deaths: true }],
    ['all of it', { plain: true, sleep: true, spin: true, choose: true, deaths: true, calls: true }],
  ])('random programs: %s', async (name, features) => {
    let [all, made] = [0, 0];
    for (let seed = 1; seed <= 40; seed++) {
      const transitions = await sleepWell(randomProgram(`${name} ${seed}`, features, seededRandom(seed)));
      all += transitions.all;
      made += transitions.made;
    }
    expect(made).toBeLessThan(all);
  });

  test.each<[string, ExploreOptions]>([
    ['with progress', { progress: 'lock-free' }],
    ['fewer preemptions', { preemptions: 1 }],
    ["for search: 'depth'", { search: 'breadth' }],
    ["for search: 'depth'", { search: 'stateless' }],
    ['race check', { races: false }],
    ['with fingerprints', { exact: true }],
    ['sees all moves|see all moves', { reduce: true }],
  ])('they go not together with everything: %s', async (message, options) => {
    await expect(explore(treiberStack(true), { sleepSets: true, ...options })).rejects.toThrow(new RegExp(message));
  });

  test('nor with transition systems', async () => {
    await expect(explore(twoPhaseCommit(3), { sleepSets: true })).rejects.toThrow('sleep sets are for programs');
  });
});
