import { describe, expect, test } from 'vitest';
import { type ExploreResult, explore, type TransitionSystem } from '../../model/index.ts';
import { lockedIncrement, peterson, racyIncrement, twoPhaseCommit, twoPhaseCommitOfStateright } from './protocols.ts';
import { dieHard, diningPhilosophers, linearEquation } from './puzzles.ts';

/** Every known count must come out of both searches. */
async function bothSearches(system: TransitionSystem, options = {}): Promise<ExploreResult> {
  const breadth = await explore(system, { search: 'breadth', ...options });
  const depth = await explore(system, { search: 'depth', ...options });
  expect(breadth.exhaustive).toBe(true);
  expect(depth.exhaustive).toBe(true);
  expect(depth.states).toBe(breadth.states);
  expect(depth.transitions).toBe(breadth.transitions);
  return breadth;
}

/** Classes of the states of two-phase commit: the managers as multisets over what the formula's three terms let each be in. */
function classesOf(managers: number): number {
  const multisets = (kinds: number): number => {
    let ways = 1;
    for (let i = 1; i <= managers; i++) ways = (ways * (kinds - 1 + i)) / i;
    return ways;
  };
  return multisets(6) + multisets(4) + multisets(2);
}

describe('known answers: transition systems', () => {
  test('Die Hard: 16 states, 97 generated, the goal in 7 states (TLA+ Examples)', async () => {
    const result = await bothSearches(dieHard());
    expect(result).toMatchObject({ verdict: 'ok', states: 16, transitions: 96 });
    expect(result.goals['four gallons'].trace?.steps).toHaveLength(6);
  });

  test.each([
    [3, 288, 1_145],
    [5, 8_832, 58_145],
  ])('two-phase commit, %i managers: %i states (Stateright, TLA+ Examples)', async (managers, states, transitions) => {
    const result = await bothSearches(twoPhaseCommit(managers));
    expect(result).toMatchObject({ verdict: 'ok', states, transitions });
  });

  test.each([1, 2, 4, 6, 7])('two-phase commit, %i managers: 6^N + 4^N + 2^N states', async (managers) => {
    const { states } = await explore(twoPhaseCommit(managers), { search: 'depth' });
    expect(states).toBe(6 ** managers + 4 ** managers + 2 ** managers);
  });

  test('two-phase commit, 5 managers, under symmetry: 665 states (Stateright)', async () => {
    const result = await explore(twoPhaseCommitOfStateright(5), { search: 'depth', symmetry: true });
    expect(result).toMatchObject({ verdict: 'ok', exhaustive: true, states: 665 });
    // The same system without symmetry, whatever the order: all states.
    expect(await bothSearches(twoPhaseCommitOfStateright(5))).toMatchObject({ states: 8_832 });
  });

  test.each([
    [3, 80],
    [5, 314],
  ])('two-phase commit, %i managers, one representative for each class: %i states', async (managers, states) => {
    expect(classesOf(managers)).toBe(states);
    const result = await bothSearches(twoPhaseCommit(managers), { symmetry: true });
    expect(result).toMatchObject({ verdict: 'ok', states });
  });

  test.each([
    [2, 13],
    [3, 84],
    [4, 755],
    [5, 8_638],
  ])('racy increment, %i threads: %i states, a lost update (Stateright)', async (threads, states) => {
    const result = await bothSearches(racyIncrement(threads), { onViolation: 'continue' });
    expect(result).toMatchObject({ verdict: 'violation', states, violation: { name: 'no update is lost' } });
    expect(result.trace?.steps.length).toBe(4);
  });

  test.each([
    [2, 8],
    [3, 22],
    [4, 63],
    [5, 184],
  ])('racy increment, %i threads, under symmetry: %i states (Stateright)', async (threads, states) => {
    const result = await bothSearches(racyIncrement(threads), { onViolation: 'continue', symmetry: true });
    expect(result.states).toBe(states);
  });

  test.each([
    [1, 5],
    [2, 17],
    [3, 61],
    [4, 257],
    [5, 1_301],
  ])('increment under a lock, %i threads: %i states (Stateright)', async (threads, states) => {
    const result = await bothSearches(lockedIncrement(threads));
    expect(result).toMatchObject({ verdict: 'ok', states });
    const symmetric = await bothSearches(lockedIncrement(threads), { symmetry: true });
    expect(symmetric.states).toBe(4 * threads + 1);
  });

  test('Peterson: 42 states, 77 generated, depth 11 (TLA+ Examples)', async () => {
    const result = await bothSearches(peterson());
    expect(result).toMatchObject({ verdict: 'ok', states: 42, transitions: 76, depth: 11 });
  });

  test('4 dining philosophers, one of them left-handed: 118 states, 301 generated, depth 14 (TLA+ test suite)', async () => {
    const result = await bothSearches(diningPhilosophers(4));
    expect(result).toMatchObject({ verdict: 'ok', states: 118, transitions: 300, depth: 14 });
  });

  test('2x + 4y = 7 over bytes: 65,536 states, no solution (Stateright)', async () => {
    const result = await bothSearches(linearEquation(2, 4, 7));
    expect(result).toMatchObject({
      verdict: 'violation',
      states: 65_536,
      violation: { kind: 'goal', name: 'solvable' },
    });
    expect(result.goals.solvable.reached).toBe(false);
  });
});
