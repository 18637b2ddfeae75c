import { describe, expect, test } from 'vitest';
import { explore } from '../../model/index.ts';
import { racyIncrement } from './protocols.ts';
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

  test('contradictory options are errors', async () => {
    await expect(explore(racyIncrement(2), { search: 'breadth', preemptions: 1 })).rejects.toThrow(
      "search: 'depth' only",
    );
  });
});
