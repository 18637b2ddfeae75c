import { describe, expect, test } from 'vitest';
import { explore, type Program } from '../../model/index.ts';
import { seededRandom } from '../wal/random.ts';
import { queue } from './queues.ts';
import { type Features, randomProgram } from './random-programs.ts';
import { treiberStack } from './stacks.ts';
import {
  atomicIncrements,
  doubleCheckedLocking,
  independentReads,
  lockedCounter,
  racyCounter,
  storeBuffering,
  twoLocks,
  wakeUp,
} from './synchronisation.ts';

/**
 * Both engines must give the same verdict, and find the same final states. (Not where there are data races: the engines find
 * them in different moves, and a move that is a violation ends an execution.)
 */
async function agree(target: Program): Promise<void> {
  const stateful = await explore(target, { search: 'depth', onViolation: 'continue' });
  const stateless = await explore(target, { search: 'stateless', onViolation: 'continue' });
  const kinds = stateful.violations.map(({ kind }) => kind).sort();
  expect(stateless.exhaustive).toBe(true);
  expect(stateless.verdict).toBe(stateful.verdict);
  expect(stateless.violations.map(({ kind }) => kind).sort()).toEqual(kinds);
  if (kinds.includes('data race')) return;
  expect(stateless.ends).toBe(stateful.ends);
  expect(stateless.endsHash).toBe(stateful.endsHash);
}

describe('the engine without stored states', () => {
  test('store buffering has 3 executions (GenMC)', async () => {
    expect(await explore(storeBuffering(), { search: 'stateless' })).toMatchObject({ executions: 3, exhaustive: true });
  });

  test('independent reads of independent writes have 15 executions (GenMC)', async () => {
    expect(await explore(independentReads(), { search: 'stateless' })).toMatchObject({ executions: 15 });
  });

  test.each([1, 2, 3, 4, 5, 6])('%i atomic increments have N! executions (GenMC)', async (threads) => {
    let factorial = 1;
    for (let i = 2; i <= threads; i++) factorial *= i;
    expect(await explore(atomicIncrements(threads), { search: 'stateless' })).toMatchObject({ executions: factorial });
  });

  test.each([
    ['store buffering', storeBuffering()],
    ['independent reads', independentReads()],
    ['atomic increments', atomicIncrements(4)],
    ['stack without tags', treiberStack(false)],
    ['stack with tags', treiberStack(true)],
    ['non-blocking queue', queue('non-blocking')],
    ['blocking queue', queue('blocking')],
    ['double-checked locking without publication', doubleCheckedLocking(false)],
    ['locks in one order', twoLocks('same')],
    ['locks in opposite orders', twoLocks('opposite')],
    ['wake-up', wakeUp(false)],
    ['lost wake-up', wakeUp(true)],
    ['racy increment', racyCounter(4)],
    ['increment under a spin lock', lockedCounter(4)],
  ])('agrees with the stateful engine: %s', async (_, target) => {
    await agree(target);
  });

  test('a spin lock has endless executions: they end where they come back to a state', async () => {
    await agree(doubleCheckedLocking(true));
    const bounded = await explore(doubleCheckedLocking(true), { search: 'stateless', maxDepth: 5 });
    expect(bounded).toMatchObject({ verdict: 'ok', exhaustive: false, coverage: 'bounded by depth 5' });
  });

  test('it skips states, and so does not say what holds in all', async () => {
    const target: Program = {
      ...storeBuffering(),
      invariants: { 'nothing is stored': (memory) => memory.read32(0) === 0 },
    };
    await expect(explore(target, { search: 'stateless' })).rejects.toThrow("judge: 'ends'");
    const result = await explore(target, { search: 'stateless', judge: 'ends' });
    expect(result).toMatchObject({ verdict: 'ok', coverage: 'exhaustive, without invariants and goals' });
    expect(await explore(target, { judge: 'ends' })).toMatchObject({ verdict: 'ok', endsHash: result.endsHash });
    expect(await explore(target)).toMatchObject({ verdict: 'violation' });
  });
});

describe('both engines agree on random programs', () => {
  const everything = { plain: true, sleep: true, spin: true, choose: true, deaths: true, calls: true };
  test.each<[string, Features]>([
    ['loads, stores, adds, compare-and-swaps', {}],
    ['plain accesses', { plain: true }],
    ['waiting and notifying', { sleep: true }],
    ['endless loops', { spin: true }],
    ['deaths', { deaths: true }],
    ['deaths within steps', { announce: true, deaths: true }],
    ['deaths of sleepers', { sleep: true, deaths: true }],
    ['deaths of spinners', { spin: true, deaths: true }],
    ['choices', { choose: true, spin: true }],
    ['calls in real time', { calls: true }],
    ['all of it', everything],
    ['all of it, and deaths within steps', { ...everything, announce: true }],
  ])('%s', async (name, features) => {
    for (let seed = 1; seed <= 40; seed++) {
      await agree(randomProgram(`${name} ${seed}`, features, seededRandom(seed)));
    }
  });
});
