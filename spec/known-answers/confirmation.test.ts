import { describe, expect, test } from 'vitest';
import { type Explorable, explore, type Program, program, type Step } from '../../model/index.ts';
import { registry } from '../scenarios/registry.ts';
import { lockedIncrement, racyIncrement, twoPhaseCommit } from './protocols.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';
import { twoLocks, wakeUp } from './synchronisation.ts';

describe('exact mode and other seeds confirm', () => {
  test.each<[string, () => Explorable]>([
    ['two-phase commit', () => twoPhaseCommit(4)],
    ['racy increment', () => racyIncrement(4)],
    ['increment under a lock', () => lockedIncrement(4)],
    ['queue', () => queue('non-blocking')],
    ['blocking queue', () => queue('blocking')],
    ['stack', () => treiberStack(true)],
    ['locks', () => twoLocks('same')],
    ['wake-up', () => wakeUp(false)],
    ['the engine, a scan', () => engineScenario('scan-and-split')],
    ['the engine, a death', () => engineScenario('collapse-beside-split')],
  ])('%s', async (_, make) => {
    const options = { search: 'depth', onViolation: 'continue' } as const;
    const usual = await explore(make(), options);
    const exact = await explore(make(), { ...options, exact: true });
    const seeded = await explore(make(), { ...options, seed: 12345 });
    expect(exact).toMatchObject({ states: usual.states, transitions: usual.transitions, collisionProbability: 0 });
    expect(seeded).toMatchObject({ states: usual.states, transitions: usual.transitions });
    expect(usual.collisionProbability).toBeLessThan(1e-9);
  });
});

function engineScenario(name: string): Explorable {
  const scenario = registry.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario.build();
}

test('a program that keeps state elsewhere is found out', async () => {
  let calls = 0;
  const count: Step<object> = (memory) => {
    calls += 1;
    memory.store(0, calls);
    return null;
  };
  const hidden: Program = program({
    name: 'hidden',
    words: 1,
    threads: [{ name: 'a', registers: () => ({}), operations: [{ name: 'count', begin: () => count }] }],
  });
  await expect(explore(hidden)).rejects.toThrow('does not do the same from the same state twice');
});
