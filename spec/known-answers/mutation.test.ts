import { expect, test } from 'vitest';
import { mutate } from '../../model/index.ts';
import { queue } from './queues.ts';

test('mutation mode: of the non-blocking queue, only what is there to help others survives', async () => {
  const outcomes = await mutate(queue('non-blocking'), { progress: 'lock-free' });
  const survivors = outcomes.filter(({ caught }) => !caught).map(({ name }) => name);
  expect(outcomes.length).toBe(12);
  expect(outcomes.find(({ name }) => name === 'linkAtEnd: compareExchange made a store')).toMatchObject({
    caught: true,
  });
  // Swinging the tail is an optimisation where others help, and helping where the owner does it: one may be dropped, not both.
  expect(survivors).toContain('swingTail: compareExchange dropped, taken for done');
  for (const survivor of survivors) expect(survivor).toMatch(/^(swing|help)Tail: /);
});
