import {
  keepLostFrames,
  noFreeze,
  noHelpByConsolidator,
  noRetirement,
  postBeforeCas,
  postLostHalf,
  redirectTooFar,
  stalePage,
} from './mutants.ts';
import { getKey, nearest, popEnd, put, remove, scan } from './operations.ts';
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
  mutants: { 'no help by consolidators': noHelpByConsolidator },
};

/** Three inserts: two of them find the leaf closed and both split it. */
export const rootSplitTwice: EngineScenario = {
  name: 'root-split-by-two',
  about: 'three inserts into a full root: two threads split it at once (I2, I3, I4, I7)',
  leaves: ['bd'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1), put('e', 3)] },
    { name: 'q', does: [put('c', 2), getKey('a')] },
  ],
  mutants: { 'install over a change': stalePage, 'no help by consolidators': noHelpByConsolidator },
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
  },
};

/** A delete and an insert that both close the leaf. */
export const staleCollapse: EngineScenario = {
  name: 'stale-collapse',
  about: 'delete, re-insert ∥ delete, get; three leaves: a collapse that lost must not come again (I5)',
  leaves: ['a', 'c', 'e'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c'), put('c', 1)] },
    { name: 'q', does: [remove('c'), getKey('c')] },
  ],
  mutants: {
    'no freeze': noFreeze,
    'install over a change': stalePage,
  },
};

/** Two inserts into a full leaf, a delete, a get. */
export const splitAndDelete: EngineScenario = {
  name: 'split-and-delete',
  about: 'two inserts into a full leaf ∥ delete ∥ get: I2, I3',
  leaves: ['ac', 'e'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('b', 1)] },
    { name: 'q', does: [remove('c')] },
    { name: 'g', does: [getKey('c')] },
  ],
  mutants: { 'no help by consolidators': noHelpByConsolidator },
};

/** Splits, a delete and a collapse at the right end of the tree. */
export const splitAndCollapse: EngineScenario = {
  name: 'split-and-collapse',
  about: 'two inserts that split the last leaf ∥ delete, get: I2, I3',
  leaves: ['a', 'c'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('d', 1), put('e', 2)] },
    { name: 'q', does: [remove('c'), getKey('d')] },
  ],
  mutants: { 'install over a change': stalePage },
};

/** Two threads split the same leaf: the loser's right half must not be named by the parent. */
export const splitByTwo: EngineScenario = {
  name: 'split-by-two',
  about: 'two inserts into a full leaf, then a get: I2, I3, I7; the separator is posted last',
  leaves: ['ac', 'e'],
  slotted: 'b',
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('d', 1)] },
    { name: 'q', does: [put('b', 2), getKey('c')] },
  ],
  mutants: {
    'post before the left CAS': postBeforeCas,
    'install over a change': stalePage,
    'lost frames are kept': keepLostFrames,
    'no retirement': noRetirement,
  },
};

/** A collapse while the leaf to its left splits. */
export const collapseAndSplit: EngineScenario = {
  name: 'collapse-and-split',
  about: 'delete, re-insert ∥ the predecessor splits; four leaves: I3, I4',
  leaves: ['a', 'cd', 'g', 'i'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [remove('g'), put('h', 3)] },
    { name: 'q', does: [put('e', 1), put('f', 2)] },
  ],
};

/** A write that passes a collapsed page mends the parent: the entry must lead to the next live page and no further. */
export const redirect: EngineScenario = {
  name: 'redirect',
  about: 'delete, re-insert ∥ insert beside it; four leaves: the parent is redirected to the right leaf (I3, I4)',
  leaves: ['a', 'c', 'e', 'g'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c'), put('c', 1)] },
    { name: 'q', does: [put('d', 2)] },
  ],
  mutants: { 'redirect too far right': redirectTooFar, 'no freeze': noFreeze },
};

/** Two neighbours collapse, and one key comes back. */
export const twoCollapses: EngineScenario = {
  name: 'two-collapses',
  about: 'delete ∥ delete, re-insert, get; four leaves: I5',
  leaves: ['a', 'c', 'e', 'g'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c'), getKey('e')] },
    { name: 'q', does: [remove('e'), put('e', 1)] },
  ],
};

/** Three threads at two neighbouring collapses. */
export const threeAtCollapses: EngineScenario = {
  name: 'three-at-collapses',
  about: 'delete ∥ delete of the next leaf’s key ∥ insert between; four leaves: I2, I4, I5',
  leaves: ['a', 'c', 'e', 'g'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c')] },
    { name: 'q', does: [remove('e')] },
    { name: 'r', does: [put('d', 2)] },
  ],
  mutants: { 'no freeze': noFreeze },
};

/** A collapse while the leaf to its right splits, and a death. */
export const collapseBesideSplit: EngineScenario = {
  name: 'collapse-beside-split',
  about: 'delete ∥ an insert that splits the leaf to the right, get; one death; three leaves: I2, I3, I5, I9',
  leaves: ['a', 'c', 'eg'],
  slotted: 'f',
  tiny: { slots: 1 },
  deaths: 1,
  pins: false,
  actors: [
    { name: 'p', does: [remove('c')] },
    { name: 'q', does: [put('h', 2), getKey('e')] },
  ],
};

/** A scan beside two collapses and an insert. */
export const scanning: EngineScenario = {
  name: 'scan',
  about: 'delete ∥ delete of the next leaf’s key, insert ∥ scan; four leaves: I2, I6',
  leaves: ['a', 'c', 'e', 'g'],
  slow: true,
  pins: false,
  actors: [
    { name: 'p', does: [remove('c')] },
    { name: 'q', does: [remove('e'), put('d', 1)] },
    { name: 's', does: scan(4, 'ag') },
  ],
  mutants: { 'no freeze': noFreeze },
};

/** The same with one writer. */
export const scanAndDeletes: EngineScenario = {
  name: 'scan-and-deletes',
  about: 'two adjacent deletes, an insert ∥ scan; four leaves: I2, I6',
  leaves: ['a', 'c', 'e', 'g'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c'), remove('e'), put('d', 1)] },
    { name: 's', does: scan(5, 'ag') },
  ],
};

/** Scan beside a split to the right of where it stands. */
export const scanAndSplit: EngineScenario = {
  name: 'scan-and-split',
  about: 'a scan ∥ inserts that split the leaf under it: I6',
  leaves: ['ac', 'e'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('b', 1), put('d', 2)] },
    { name: 's', does: scan(4, 'ace') },
  ],
};

/** Popping from both sides of an insert. */
export const pops: EngineScenario = {
  name: 'pops',
  about: 'popFirst ∥ put before the first, popFirst: I1',
  leaves: ['b', 'd'],
  pins: false,
  actors: [
    { name: 'p', does: [popEnd(false)] },
    { name: 'q', does: [put('a', 1), popEnd(false)] },
  ],
  mutants: { 'no freeze': noFreeze, 'no help by consolidators': noHelpByConsolidator },
};

/** The last leaf cannot collapse: popping goes on to its left. */
export const popsAtTheEnd: EngineScenario = {
  name: 'pops-at-the-end',
  about: 'popLast, popLast ∥ put at the end: I1',
  leaves: ['b', 'd'],
  pins: false,
  actors: [
    { name: 'p', does: [popEnd(true), popEnd(true)] },
    { name: 'q', does: [put('e', 1)] },
  ],
  mutants: { 'no help by consolidators': noHelpByConsolidator },
};

/** The nearest key, at one instant, over more than one leaf. */
export const neighbours: EngineScenario = {
  name: 'neighbours',
  about: 'above ∥ delete, insert in the next leaf: one instant over two leaves (I1)',
  leaves: ['a', 'c', 'e'],
  pins: false,
  actors: [
    { name: 'n', does: [nearest('a', false, false), nearest('e', true, false)] },
    { name: 'p', does: [put('b', 1), remove('c')] },
  ],
};

/** The same downwards, with a leaf between that empties. */
export const neighboursDown: EngineScenario = {
  name: 'neighbours-down',
  about: 'below ∥ delete ∥ insert, with an emptied leaf between: I1',
  leaves: ['a', 'c', 'e'],
  pins: false,
  actors: [
    { name: 'n', does: [nearest('e', true, false)] },
    { name: 'p', does: [remove('c')] },
    { name: 'q', does: [put('b', 1)] },
  ],
  mutants: { 'no help by consolidators': noHelpByConsolidator },
};

/** Two splits post to a full inner page: it is split by both, and the one that loses must post its own separator still. */
export const innerSplitByTwo: EngineScenario = {
  name: 'inner-split-by-two',
  about: 'an insert into a full leaf ∥ one into another, under a full inner page: I3, I7',
  leaves: ['ac', 'eg', 'ik'],
  slotted: 'bj',
  tiny: { slots: 1, innerContentWords: 5, pages: 24, blocks: 14 },
  pins: false,
  actors: [
    { name: 'p', does: [put('d', 1)] },
    { name: 'q', does: [put('l', 2)] },
  ],
  mutants: { 'post what a lost inner split made': postLostHalf },
};
