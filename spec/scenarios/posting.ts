import { endlessPosts, extendWithoutSlots, insertWithoutTail, repointToRight, stalePage } from './mutants.ts';
import { consolidate, getKey, put, remove } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/* What becomes of parents whose entries lead further left than they need to. */

/** A leaf that has taken in its left neighbour's range splits where it used to begin: the parent has that separator. */
export const repoint: EngineScenario = {
  name: 'repoint',
  about: 'delete, get ∥ inserts that split the next leaf where it used to begin: an entry is led on (I3, I7)',
  leaves: ['a', 'c', 'e', 'gh', 'i'],
  tiny: { slots: 1, innerContentWords: 5, pages: 24, blocks: 16 },
  pins: false,
  actors: [
    { name: 'p', does: [remove('e'), getKey('h')] },
    { name: 'q', does: [put('f', 1), put('f', 2)] },
  ],
  mutants: { 'led too far right': repointToRight, 'install over a change': stalePage },
};

/**
 * The parent's entry `m` leads two leaves too far left, and both separators between are there: a write must not post them
 * again and again.
 */
export const postedAlready: EngineScenario = {
  name: 'posted-already',
  about: 'an insert through an entry that leads two leaves too far left ∥ delete: it ends (I3, I24)',
  leaves: ['a', 'h', 'm', 's'],
  tiny: { slots: 1, pages: 24, blocks: 24 },
  prepare: [remove('a'), remove('h'), ...'bccdd'].map((each) => (typeof each === 'string' ? put(each, 9) : each)),
  pins: false,
  options: { progress: 'lock-free' },
  actors: [
    { name: 'p', does: [put('n', 1)] },
    { name: 'q', does: [remove('c'), getKey('m')] },
  ],
  mutants: { 'no end of posts': endlessPosts },
};

/** The copy in large pieces of an inner page that gets one more entry. */
export const insertEntry: EngineScenario = {
  name: 'insert-entry',
  about: 'inserts that split a leaf in the middle of the tree ∥ an insert beside them, get: I3, I4',
  leaves: ['b', 'f'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1), put('c', 2)] },
    { name: 'q', does: [put('d', 3), getKey('a')] },
  ],
  mutants: { 'insert without what follows': insertWithoutTail },
};

/** The copy in large pieces of a leaf whose slots hold new keys only; records that replace or delete take the other way. */
export const extendLeaf: EngineScenario = {
  name: 'extend-leaf',
  about:
    'insert, consolidate ∥ delete, get, in a leaf with room: new keys are copied behind the old ones, or merged (I1, I13)',
  leaves: ['bd'],
  tiny: { leafContentWords: 12 },
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1), consolidate('a'), getKey('d')] },
    { name: 'q', does: [remove('b'), getKey('a')] },
  ],
  mutants: { 'extend without the slots': extendWithoutSlots },
};
