import { noFreeze, noHelpByConsolidator, postBeforeCas, redirectTooFar, stalePage, trustHint } from './mutants.ts';
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

/** The design's test for posting too early: only values tell. */
export const postOrder: EngineScenario = {
  name: 'post-order',
  about: 'insert d ∥ insert a, delete c ∥ scan on {b, c}, one slot: I3, the separator is posted last',
  leaves: ['a', 'c'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [put('d', 1), put('e', 2)] },
    { name: 'q', does: [remove('c'), getKey('d')] },
  ],
  mutants: { 'post before the left CAS': postBeforeCas, 'install over a change': stalePage },
};

/** A collapse while the leaf to its left splits: the parent's entry must lead to the right one. */
export const collapseAndSplit: EngineScenario = {
  name: 'collapse-and-split',
  about: 'delete ∥ the predecessor splits; four leaves: I3, I4',
  leaves: ['a', 'cd', 'g', 'i'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 'p', does: [remove('g'), put('h', 3)] },
    { name: 'q', does: [put('e', 1), put('f', 2)] },
  ],
  mutants: { 'redirect too far right': redirectTooFar, 'post before the left CAS': postBeforeCas },
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
  mutants: { 'no freeze': noFreeze, 'redirect too far right': redirectTooFar },
};

/** A scan beside two collapses and an insert. */
export const scanning: EngineScenario = {
  name: 'scan',
  about: 'two adjacent deletes ∥ scan ∥ insert; four leaves: I2, I6',
  leaves: ['a', 'c', 'e', 'g'],
  pins: false,
  actors: [
    { name: 'p', does: [remove('c'), remove('e')] },
    { name: 'q', does: [put('d', 1)] },
    { name: 's', does: scan(5, 'ag') },
  ],
  mutants: { 'no freeze': noFreeze },
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
  mutants: { 'post before the left CAS': postBeforeCas },
};

/** Popping from both sides of an insert. */
export const pops: EngineScenario = {
  name: 'pops',
  about: 'popFirst ∥ popFirst ∥ put before the first: I1',
  leaves: ['b', 'd'],
  pins: false,
  actors: [
    { name: 'p', does: [popEnd(false)] },
    { name: 'q', does: [popEnd(false)] },
    { name: 'r', does: [put('a', 1)] },
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
  mutants: { 'trust the hint': trustHint },
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
  mutants: { 'trust the hint': trustHint },
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
  mutants: { 'no freeze': noFreeze },
};
