import { noFreeze, noHelpByConsolidator, redirectTooFar, stalePage, trustHint } from './mutants.ts';
import { getKey, put, remove } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/** Issue 2's second scenario: the root, a full leaf, splits in two under a new root. */
export const rootSplit: EngineScenario = {
  name: 'root-split',
  about: 'two inserts into a full root ∥ a get: I2, I3, I4, I7',
  leaves: ['bd'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [put('c', 2)] },
    { name: 'g', does: [getKey('b')] },
  ],
  mutants: {
    'no freeze': noFreeze,
    'no help by consolidators': noHelpByConsolidator,
    'install over a change': stalePage,
    'trust the hint': trustHint,
  },
};

/** Issue 2's third scenario: a leaf loses its last key while another thread inserts into its range. */
export const lastKey: EngineScenario = {
  name: 'last-key',
  about: 'delete of a leaf’s last key ∥ insert in its range ∥ get; three leaves: I1, I5',
  leaves: ['a', 'c', 'e'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c')] },
    { name: 'q', does: [put('d', 2)] },
    { name: 'g', does: [getKey('d')] },
  ],
  mutants: {
    'no freeze': noFreeze,
    'no help by consolidators': noHelpByConsolidator,
    'install over a change': stalePage,
    'redirect too far right': redirectTooFar,
  },
};
