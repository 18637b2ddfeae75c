import { describe, expect, test } from 'vitest';
import { explore } from '../../model/index.ts';
import { registry } from '../scenarios/registry.ts';
import { twoPhaseCommit } from './protocols.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';

const module = new URL('./parallel-targets.ts', import.meta.url).href;

describe('several explorer threads', () => {
  test('look at every state of two-phase commit once', async () => {
    const result = await explore(twoPhaseCommit(7), {
      search: 'depth',
      threads: 2,
      from: { module, name: 'commit' },
      expectedStates: 400_000,
    });
    expect(result).toMatchObject({ verdict: 'ok', exhaustive: true, states: 296_448, transitions: 2_744_705 });
    expect(result.goals['all commit'].reached).toBe(true);
  });

  test('agree with one thread on a program', async () => {
    const alone = await explore(queue('non-blocking'));
    const together = await explore(queue('non-blocking'), {
      threads: 3,
      from: { module, name: 'freeQueue' },
      expectedStates: 1e5,
    });
    expect(together).toMatchObject({ verdict: 'ok', exhaustive: true, states: alone.states, endsHash: alone.endsHash });
  });

  // The engine's steps: several of one name and text in different modules, closures, a death.
  test.each(['puts-and-get', 'collapse-beside-split', 'pops', 'split-and-reuse'])(
    'agree with one on %s',
    async (name) => {
      const target = registry.find((scenario) => scenario.name === name)?.build();
      if (target === undefined) throw new Error(`there is no scenario ${name}`);
      const { states, transitions, ends } = await explore(target);
      const from = {
        module: new URL('../scenarios/registry.ts', import.meta.url).href,
        name: 'registry',
        scenario: name,
      };
      const together = await explore(target, { threads: 2, from, expectedStates: 2 * states });
      expect(together).toMatchObject({ verdict: 'ok', exhaustive: true, states, transitions, ends });
    },
  );

  test('find what is wrong', async () => {
    const result = await explore(treiberStack(false), {
      threads: 2,
      from: { module, name: 'brokenStack' },
      expectedStates: 1e5,
    });
    expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'linearizability' } });
  });

  test('stop after so many states, and say how many', async () => {
    const from = { module, name: 'commit' };
    const options = { threads: 2, from, search: 'depth', expectedStates: 400_000, maxStates: 50_000 } as const;
    const { coverage, exhaustive, states } = await explore(twoPhaseCommit(7), options);
    expect({ coverage, exhaustive }).toEqual({ coverage: 'bounded by 50000 states', exhaustive: false });
    expect(states).toBeGreaterThanOrEqual(50_000);
    expect(states).toBeLessThan(100_000);
  });

  test('a source that names another model, or cannot be imported, is an error', async () => {
    const options = { threads: 2, expectedStates: 1_000 };
    const sources = [
      [{ module, name: 'commit' }, 'is another model'],
      [{ module: '/no/such/module.mjs', name: 'commit' }, 'cannot import'],
    ] as const;
    for (const [from, message] of sources) {
      const error = await explore(treiberStack(true), { ...options, from }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'RIGHTLINK_MODEL_SOURCE' });
      expect((error as Error).message).toContain(message);
    }
  });

  test('a source that names nothing is an error', async () => {
    const from = { module, name: 'nothing' };
    await expect(explore(treiberStack(true), { threads: 2, from })).rejects.toThrow(
      "exports nothing to explore as 'nothing'",
    );
    await expect(explore(treiberStack(true), { threads: 2 })).rejects.toThrow('need `from`');
  });
});
