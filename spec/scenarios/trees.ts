import { keepSparePid, noPlantedNote } from './mutants.ts';
import { getKey, makeTree, reapTreeMaker } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/* Making trees: the scenario's tree is the catalog, and the values of new keys are the page ids of roots. */

/** Writing the name of a new tree splits the catalog's leaf: the right half must not get the root's page id. */
export const makingTrees: EngineScenario = {
  name: 'making-trees',
  about:
    'make a tree, whose name splits the catalog ∥ make the same tree: one root, and the other is taken back (I7, I9)',
  leaves: ['ac'],
  slotted: 'a',
  tiny: { slots: 1, pages: 24 },
  pins: false,
  actors: [
    { name: 'p', does: makeTree('b', 2) },
    { name: 'q', does: makeTree('b', 4) },
  ],
  mutants: { 'the root id stays spare': keepSparePid },
};

/** The maker of a tree dies anywhere: its root is in the catalog, or free again. */
export const deathOfTreeMaker: EngineScenario = {
  name: 'death-of-a-tree-maker',
  about: 'make a tree, whose name needs a consolidation, and die anywhere ∥ get; then the owner: I7, I9',
  leaves: ['a'],
  slotted: 'a',
  tiny: { slots: 1, pages: 24 },
  deaths: 1,
  actors: [
    { name: 'p', does: makeTree('b', 2) },
    { name: 'q', does: [getKey('b')], mortal: false },
    { name: 'o', does: reapTreeMaker(1, 'b'), startsWhenDead: 'p' },
  ],
  mutants: { 'no note of the root': noPlantedNote },
};
