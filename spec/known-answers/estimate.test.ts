import { describe, expect, test } from 'vitest';
import { progressText } from '../../model/cli/progress.ts';
import type { Explorable } from '../../model/index.ts';
import { machineFor } from '../../model/machines.ts';
import { BreadthSearch } from '../../model/search/breadth.ts';
import { DepthSearch } from '../../model/search/depth.ts';
import { statesAhead } from '../../model/search/estimate.ts';
import { FingerprintSet } from '../../model/visited/fingerprints.ts';
import { lostUpdates } from './interruption-targets.ts';
import { twoPhaseCommit } from './protocols.ts';
import { diningPhilosophers } from './puzzles.ts';

type StatefulSearch = typeof DepthSearch | typeof BreadthSearch;
const LIMITS = { maxStates: Number.POSITIVE_INFINITY, maxDepth: Number.POSITIVE_INFINITY, goOn: true };
const PARTS = 40;

/** Estimated share of the whole that is done, by real share: PARTS + 1 numbers, the last one after the end; null: unknown. */
function estimates(target: Explorable, Search: StatefulSearch): (number | null)[] {
  const whole = new Search(machineFor(target, {}), new FingerprintSet(), LIMITS);
  while (!whole.finished) whole.run(100_000);
  const search = new Search(machineFor(target, {}), new FingerprintSet(), LIMITS);
  const shares: (number | null)[] = [];
  while (!search.finished) {
    search.run(Math.ceil(whole.states / PARTS));
    shares.push(search.remaining === null ? null : search.states / (search.states + search.remaining));
  }
  return shares;
}

function mean(shares: readonly (number | null)[]): number {
  const known = shares.filter((share) => share !== null);
  return known.reduce((sum, share) => sum + share, 0) / known.length;
}

describe.each<[string, Explorable]>([
  ['two-phase commit', twoPhaseCommit(5)],
  ['dining philosophers', diningPhilosophers(7)],
  ['lost updates', lostUpdates()],
])('the estimate of what remains: %s', (_, target) => {
  test.each<[string, StatefulSearch]>([
    ['depth', DepthSearch],
    ['breadth', BreadthSearch],
  ])('%s first', (_kind, Search) => {
    const shares = estimates(target, Search);
    expect(shares.at(-1)).toBe(1);
    expect(shares.filter((share) => share === null).length).toBeLessThan(PARTS / 2);
    for (const share of shares) if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
    const thirds = [0, 1, 2].map((third) => mean(shares.slice((third * PARTS) / 3, ((third + 1) * PARTS) / 3)));
    expect(thirds[0]).toBeLessThan(thirds[1]);
    expect(thirds[1]).toBeLessThan(thirds[2]);
    expect(thirds[2]).toBeGreaterThan(0.5);
  });
});

describe('levels ahead', () => {
  test('a bell curve is continued', () => {
    const sizes = Array.from({ length: 41 }, (_, i) => 1000 * Math.exp(-((i - 20) ** 2) / 50));
    const rest = sizes.slice(25).reduce((sum, size) => sum + size, 0);
    const ahead = statesAhead(sizes.slice(0, 25)) ?? Number.NaN;
    expect(ahead / rest).toBeGreaterThan(0.95);
    expect(ahead / rest).toBeLessThan(1.05);
  });

  test('growth that does not fall says nothing', () => {
    expect(statesAhead([1, 2, 4, 8, 16, 32])).toBe(null);
    expect(statesAhead([1, 2])).toBe(null);
  });
});

test('the progress line shows it as what it is', () => {
  const known = { states: 1_000_000, transitions: 0, depth: 7, queued: 12, seconds: 3, statesPerSecond: 333_333 };
  expect(progressText({ ...known, remaining: 4_321_987 })).toContain('perhaps 4,000,000 to go');
  expect(progressText({ ...known, remaining: null })).not.toContain('to go');
});
