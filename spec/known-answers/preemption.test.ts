import { describe, expect, test } from 'vitest';
import { explore } from '../../model/index.ts';
import { racyIncrement } from './protocols.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';

describe('bounded preemptions', () => {
  test('ABA needs two: none is found with one, and the verdict says what was not looked at', async () => {
    const none = await explore(treiberStack(false), { search: 'depth', preemptions: 0 });
    expect(none).toMatchObject({ verdict: 'ok', exhaustive: false, coverage: 'bounded by 0 preemptions' });
    const found: number[] = [];
    for (const preemptions of [0, 1, 2]) {
      const { verdict } = await explore(treiberStack(false), { search: 'depth', preemptions });
      if (verdict === 'violation') found.push(preemptions);
    }
    expect(found.length).toBeGreaterThan(0);
    expect(found).toContain(2);
  });

  test('with enough of them nothing is cut off, and that is said', async () => {
    const all = await explore(treiberStack(true), { search: 'depth', preemptions: 100 });
    expect(all).toMatchObject({ verdict: 'ok', exhaustive: true });
    const plain = await explore(treiberStack(true), { search: 'depth', reduce: false });
    expect(all.ends).toBeGreaterThanOrEqual(plain.ends);
  });

  test('a lost update needs one', async () => {
    expect(await explore(racyIncrement(2), { search: 'depth', preemptions: 0 })).toMatchObject({ verdict: 'ok' });
    expect(await explore(racyIncrement(2), { search: 'depth', preemptions: 1 })).toMatchObject({
      verdict: 'violation',
    });
  });

  test('iterated, they give the smallest number with which something is wrong', async () => {
    for (const search of ['depth', 'stateless'] as const) {
      const update = await explore(racyIncrement(3), { search, preemptions: 'iterate' });
      expect(update).toMatchObject({ verdict: 'violation', preemptions: 1 });
      const popsTwice = await explore(treiberStack(false), { search, preemptions: 'iterate' });
      expect(popsTwice.verdict).toBe('violation');
      const fewer = (popsTwice.preemptions ?? 0) - 1;
      const none = await explore(treiberStack(false), { search, preemptions: fewer });
      expect(none).toMatchObject({ verdict: 'ok', coverage: `bounded by ${fewer} preemptions` });
    }
  });

  test('iterated, they end where nothing is cut off', async () => {
    const all = await explore(treiberStack(true), { search: 'depth', preemptions: 'iterate' });
    expect(all).toMatchObject({ verdict: 'ok', exhaustive: true });
    expect(all.preemptions).toBeGreaterThan(2);
  });

  test('both engines find the same ends within a bound', async () => {
    for (const preemptions of [0, 1, 2, 3]) {
      const stateful = await explore(queue('non-blocking'), { search: 'depth', preemptions });
      const stateless = await explore(queue('non-blocking'), { search: 'stateless', preemptions });
      expect(stateless.endsHash).toBe(stateful.endsHash);
      expect(stateless.coverage).toBe(stateful.coverage);
    }
  });

  test('contradictory options are errors', async () => {
    await expect(explore(racyIncrement(2), { search: 'breadth', preemptions: 1 })).rejects.toThrow(
      "search: 'depth' or 'stateless' only",
    );
  });
});
