import { tinyLayout } from './geometry.ts';
import { forgetChain, forgetRecordFirst, graceShorterBy, letGoFirst, noNoteOfBlocks } from './mutants.ts';
import { consolidate, getKey, insertLargeIfAbsent, move, put, putLarge, reapThread, sweep } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/* Values in blocks of their own: two each. */

/** A large value is replaced while somebody reads it, and its blocks are used again. */
export const largeValueReplaced: EngineScenario = {
  name: 'large-value-replaced',
  about: 'get ∥ put and consolidate: the large value that was replaced is freed, and not too early (I8, I9)',
  leaves: [''],
  prepare: putLarge('a', 9),
  tiny: { blocks: 14 },
  actors: [
    { name: 'g', does: [getKey('a')] },
    {
      name: 'p',
      does: [put('a', 1), consolidate('a'), move, move, move, move, sweep(tinyLayout({ threads: 2, blocks: 14 }))],
    },
  ],
  mutants: { 'forget the rest of a chain': forgetChain, 'no grace': graceShorterBy(4) },
};

/** Two large values of one key at once. */
export const largeValues: EngineScenario = {
  name: 'large-values',
  about: 'large put ∥ large put into the same leaf, get, consolidate: the value that lost is freed once (I1, I9)',
  leaves: ['a'],
  tiny: { slots: 1, blocks: 14 },
  pins: false,
  actors: [
    { name: 'p', does: putLarge('a', 1) },
    { name: 'q', does: [...putLarge('a', 2), getKey('a'), consolidate('a')] },
  ],
  mutants: { 'forget the rest of a chain': forgetChain },
};

/** The writer of a large value dies anywhere, in the middle of its chain or before a record names it. */
export const deathOfLargeWriter: EngineScenario = {
  name: 'death-of-a-large-writer',
  about: 'a large put dies anywhere ∥ put; then the reaper: its blocks are named by a record, or free (I9)',
  leaves: ['a'],
  tiny: { blocks: 8 },
  deaths: 1,
  deathsBeforeWrites: true,
  actors: [
    { name: 'p', does: putLarge('a', 1) },
    { name: 'q', does: [put('a', 2)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'no note of the blocks': noNoteOfBlocks, 'forget the record first': forgetRecordFirst },
};

/** The same when the value is not wanted after all. */
export const deathOfRefusedWriter: EngineScenario = {
  name: 'death-of-a-refused-writer',
  about: 'a large insert-if-absent in vain frees its blocks and dies anywhere ∥ put; then the reaper (I9)',
  leaves: ['a'],
  tiny: { blocks: 8 },
  deaths: 1,
  actors: [
    { name: 'p', does: insertLargeIfAbsent('a', 1) },
    { name: 'q', does: [put('a', 2)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'let go of a block first': letGoFirst },
};
