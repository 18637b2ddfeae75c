import { describe, expect, test } from 'vitest';
import { explore, type Program } from '../../model/index.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';
import {
  atomicIncrements,
  doubleCheckedLocking,
  independentReads,
  storeBuffering,
  twoLocks,
  wakeUp,
} from './synchronisation.ts';

/** Both engines must give the same verdict, and find the same final states. */
async function agree(target: Program): Promise<void> {
  const stateful = await explore(target, { search: 'depth', onViolation: 'continue' });
  const stateless = await explore(target, { search: 'stateless', onViolation: 'continue' });
  expect(stateless.exhaustive).toBe(true);
  expect(stateless.verdict).toBe(stateful.verdict);
  expect(stateless.ends).toBe(stateful.ends);
  expect(stateless.endsHash).toBe(stateful.endsHash);
  expect(new Set(stateless.violations.map(({ kind }) => kind))).toEqual(
    new Set(stateful.violations.map(({ kind }) => kind)),
  );
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
    ['locks in one order', twoLocks('same')],
    ['locks in opposite orders', twoLocks('opposite')],
    ['wake-up', wakeUp(false)],
    ['lost wake-up', wakeUp(true)],
  ])('agrees with the stateful engine: %s', async (_, target) => {
    await agree(target);
  });

  test('a spin lock has endless executions: bounded, and said so', async () => {
    const result = await explore(doubleCheckedLocking(true), { search: 'stateless', maxDepth: 30 });
    expect(result).toMatchObject({ verdict: 'ok', exhaustive: false, coverage: 'bounded by depth 30' });
  });
});
