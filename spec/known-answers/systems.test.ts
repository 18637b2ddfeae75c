import { describe, expect, test } from 'vitest';
import { type ExploreResult, explore, type TransitionSystem } from '../../model/index.ts';
import { blockingQueue, eightPuzzle, terminationDetection, transactionCommit } from './classics.ts';
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

  test('transaction commit, 3 managers: 34 states, 94 generated, depth 7 (TLA+ Examples)', async () => {
    const result = await bothSearches(transactionCommit(3));
    expect(result).toMatchObject({ verdict: 'ok', states: 34, transitions: 93, depth: 7 });
  });

  // TLC's figures count the initial states as generated.
  test.each([
    [3, 302, 2_001],
    [4, 1_566, 15_986],
  ])('EWD 840, %i nodes: %i states, %i generated (TLA+ Examples)', async (nodes, states, generated) => {
    const result = await bothSearches(terminationDetection(nodes));
    expect(result).toMatchObject({ verdict: 'ok', states, transitions: generated - nodes * 4 ** nodes });
    expect((await bothSearches(terminationDetection(nodes), { exact: true })).states).toBe(states);
  });

  test('a blocking queue for one producer and two consumers: deadlock in 8 states (lemmy/BlockingQueue)', async () => {
    const { violation } = await explore(blockingQueue(1, 2, 1));
    expect(violation?.kind).toBe('deadlock');
    expect(violation?.trace.steps).toHaveLength(7);
  });

  test('a blocking queue is free of deadlocks exactly for 2 × capacity ≥ threads (lemmy/BlockingQueue)', async () => {
    for (const [producers, consumers] of [
      [1, 1],
      [1, 2],
      [2, 2],
      [3, 2],
      [4, 3],
    ]) {
      for (const capacity of [1, 2, 3, 4]) {
        const { verdict } = await explore(blockingQueue(producers, consumers, capacity));
        expect(verdict).toBe(2 * capacity >= producers + consumers ? 'ok' : 'violation');
      }
    }
  });

  test('the eight puzzle: 181,440 states, 31 moves to the farthest (Reinefeld, IJCAI 1993)', async () => {
    expect(await bothSearches(eightPuzzle())).toMatchObject({ states: 181_440, transitions: 483_840, depth: 32 });
  });
});
