import { describe, expect, it } from 'vitest';
import { type Explorable, explore } from '../../model/index.ts';
import { twoPhaseCommit } from '../../spec/known-answers/protocols.ts';
import { filterLock } from './filter-lock.ts';
import { PeerMissing } from './peer.ts';
import { Spin } from './spin.ts';

// What is measured beside SPIN must be the same system in both: the same number of states.

const systems: { file: string; n: number; states: number; make: () => Explorable }[] = [
  { file: 'two-phase-commit.pml', n: 3, states: 288, make: () => twoPhaseCommit(3) },
  { file: 'two-phase-commit.pml', n: 5, states: 8_832, make: () => twoPhaseCommit(5) },
  { file: 'filter-lock.pml', n: 2, states: 20, make: () => filterLock(2) },
  { file: 'filter-lock.pml', n: 3, states: 417, make: () => filterLock(3) },
  { file: 'filter-lock.pml', n: 4, states: 9_272, make: () => filterLock(4) },
];

describe('the systems that are measured', () => {
  it.each(systems)('$file, N = $n, has $states states', async ({ states, make }) => {
    expect(await explore(make(), { search: 'depth' })).toMatchObject({ verdict: 'ok', exhaustive: true, states });
  });

  it.for(systems)('$file, N = $n, has as many for SPIN', async ({ file, n, states }, { skip }) => {
    let spin: Spin;
    try {
      spin = await Spin.build({ file, n, hashBits: 16, maxDepth: 100_000 });
    } catch (error) {
      if (error instanceof PeerMissing) return skip(`not compared: ${error.message}`);
      throw error;
    }
    try {
      expect((await spin.run()).states).toBe(states);
    } finally {
      await spin.remove();
    }
  });
});
