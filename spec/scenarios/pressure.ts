import { noLargerBlock, noMove, popUntidy, takeYoungBlocks } from './mutants.ts';
import { getKey, nearest, plantTree, popEnd, put, remove } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/* A heap that is nearly full: operations give back what they took, leave, move the epoch and start again (M1 to M3). */

/** Two blocks in all: the third write must wait until the first frame may be reused. */
export const starvedWriters: EngineScenario = {
  name: 'starved-writers',
  about:
    'put ∥ put into a full leaf, in a heap of two blocks: who finds none moves the epoch until one is free (I1, I8, I24)',
  slow: true,
  leaves: ['a'],
  slotted: 'a',
  tiny: { slots: 1, scarce: true, blocks: 2 },
  options: { progress: 'livelock-free' },
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [put('b', 2)] },
  ],
  mutants: { 'wait without moving the epoch': noMove },
};

/** A reader beside them: the heap is searched for blocks of others. */
export const starvedBesideReader: EngineScenario = {
  name: 'starved-beside-reader',
  about: 'three puts ∥ get, in a heap of two blocks: what a reader looks at is not taken (I1, I8)',
  leaves: ['a'],
  tiny: { slots: 1, scarce: true, blocks: 2 },
  options: { progress: 'livelock-free' },
  actors: [
    { name: 'p', does: [put('a', 1), put('a', 2), put('a', 3)] },
    { name: 'g', does: [getKey('a'), getKey('a')] },
  ],
  mutants: { 'take young blocks': takeYoungBlocks },
};

/** A pop needs a slot, and so a block. */
export const starvedPops: EngineScenario = {
  name: 'starved-pops',
  about: 'popFirst ∥ put, both into a full leaf, in a heap of two blocks: no block, no slot to go on with (I1, I24)',
  slow: true,
  leaves: ['a'],
  slotted: 'a',
  tiny: { slots: 1, scarce: true, blocks: 2 },
  options: { progress: 'livelock-free' },
  actors: [
    { name: 'p', does: [popEnd(false)] },
    { name: 'q', does: [put('b', 2)] },
  ],
  mutants: { 'go on without a slot': popUntidy },
};

/** A search for the nearest key meets an empty leaf that it must collapse, or consolidate, first. */
export const starvedNeighbours: EngineScenario = {
  name: 'starved-neighbours',
  about:
    'below ∥ deletes of two keys, in a heap that is full: an empty leaf between takes no block to collapse (I1, I24)',
  leaves: ['a', 'c', 'e'],
  tiny: { slots: 1, scarce: true, blocks: 5 },
  options: { progress: 'livelock-free' },
  actors: [
    { name: 'n', does: [nearest('e', true, false)] },
    { name: 'p', does: [remove('c'), remove('a')] },
  ],
};

/** No block of the right size is left, for good: a larger one does. */
export const largerBlock: EngineScenario = {
  name: 'larger-block',
  about: 'put ∥ put into a full leaf, when all blocks of the right size hold live pages: larger ones are taken (I1)',
  leaves: [''],
  prepare: [plantTree, put('t', 2)],
  tiny: { slots: 1, scarce: true, blocks: 2, classWords: [64, 128], spareChunks: 2 },
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [put('b', 3)] },
  ],
  mutants: { 'no larger block': noLargerBlock },
};
