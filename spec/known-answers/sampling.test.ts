import { describe, expect, test } from 'vitest';
import { explore, replay } from '../../model/index.ts';
import { racyIncrement, twoPhaseCommit } from './protocols.ts';
import { treiberStack } from './stacks.ts';
import { twoLocks } from './synchronisation.ts';

describe('random executions', () => {
  test.each(['uniform', 'pct', 'swarm'] as const)(
    '%s finds shallow bugs, and calls itself sampled',
    async (schedule) => {
      const race = await explore(racyIncrement(3), { search: 'random', schedule, executions: 500 });
      expect(race).toMatchObject({ verdict: 'violation', exhaustive: false });
      const locks = await explore(twoLocks('opposite'), { search: 'random', schedule, executions: 500 });
      expect(locks).toMatchObject({ verdict: 'violation', violation: { kind: 'deadlock' } });
      const fine = await explore(twoPhaseCommit(3), { search: 'random', schedule, executions: 50, maxDepth: 60 });
      expect(fine).toMatchObject({ verdict: 'ok', exhaustive: false });
      expect(fine.coverage).toBe(`sampled: 50 executions, ${schedule}, seed 1`);
    },
  );

  test('the same seed draws the same executions', async () => {
    const run = (randomSeed: number) =>
      explore(racyIncrement(6), { search: 'random', executions: 20, randomSeed, onViolation: 'continue' });
    const [a, b, c] = [await run(7), await run(7), await run(8)];
    expect(b.states).toBe(a.states);
    expect(c.states).not.toBe(a.states);
  });
});

describe('replay', () => {
  test('a trace can be run again from its string', async () => {
    const { trace } = await explore(treiberStack(false));
    const again = replay(treiberStack(false), trace?.replay ?? '');
    expect(again.violation).toMatchObject({ kind: 'linearizability' });
    expect(again.trace.steps).toEqual(trace?.steps);
  });
});
