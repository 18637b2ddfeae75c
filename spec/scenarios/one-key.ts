import { INITIAL_VALUE } from './bed.ts';
import {
  nextSlot,
  noFreeze,
  noHelpByConsolidator,
  noHelpByReader,
  noHelpByWriter,
  placeBeforeIntent,
  stalePage,
  storeLsn,
  trustHint,
} from './mutants.ts';
import { compareAndSwap, consolidate, getKey, insertIfAbsent, put, remove } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/** Issue 2's first scenario. */
export const putsAndGet: EngineScenario = {
  name: 'puts-and-get',
  about: 'two puts and a get on one key: I1, I13, I15, I16',
  leaves: ['a'],
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [put('a', 2)] },
    { name: 'g', does: [getKey('a')] },
  ],
  mutants: {
    'no help by writers': noHelpByWriter,
    'place before intent': placeBeforeIntent,
    'next slot': nextSlot,
    'trust the hint': trustHint,
    'store the lsn': storeLsn,
  },
};

/** What was read stands before what was written after it, in the log. */
export const readThenWrite: EngineScenario = {
  name: 'read-then-write',
  about: 'put a ∥ get a, then put c in another leaf: I16, a reader helps what it returns',
  leaves: ['a', 'c'],
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [getKey('a'), put('c', 2)] },
  ],
  mutants: { 'no help by readers': noHelpByReader },
};

/** The other half of row 2: what was not there yet when a later write was done, comes later in the log. */
export const writeThenRead: EngineScenario = {
  name: 'write-then-read',
  about: 'put a ∥ put c in another leaf, then get a: I16, the intent comes before the place',
  leaves: ['a', 'c'],
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [put('c', 2), getKey('a')] },
  ],
  mutants: { 'place before intent': placeBeforeIntent },
};

/** Conditional writes read the newest record and append at exactly the slot that they read as empty. */
export const swaps: EngineScenario = {
  name: 'swaps',
  about: 'compare-and-swap ∥ compare-and-swap ∥ put: I1',
  leaves: ['a'],
  pins: false,
  actors: [
    { name: 'p', does: [compareAndSwap('a', INITIAL_VALUE, 1)] },
    { name: 'q', does: [compareAndSwap('a', 1, 2)] },
    { name: 'r', does: [put('a', 1)] },
  ],
  mutants: {
    'next slot': nextSlot,
    'trust the hint': trustHint,
    'no help by writers': noHelpByWriter,
  },
};

/** Insert if absent, deletions and a fresh key: conditions judged on absence. */
export const inserts: EngineScenario = {
  name: 'inserts-if-absent',
  about: 'insert-if-absent ∥ insert-if-absent, delete: I1',
  leaves: [''],
  pins: false,
  actors: [
    { name: 'p', does: [insertIfAbsent('a', 1)] },
    { name: 'q', does: [insertIfAbsent('a', 2), remove('a')] },
  ],
  mutants: { 'next slot': nextSlot },
};

/** A consolidation in the middle: put, put ∥ put ∥ get. Two slots, so the third write finds the leaf full. */
export const consolidation: EngineScenario = {
  name: 'consolidation',
  about: 'put, put ∥ consolidate, get: freezing, and help by the consolidator (I1, I13)',
  leaves: ['a'],
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1), put('b', 2)] },
    { name: 'q', does: [consolidate('a'), getKey('a')] },
  ],
  mutants: {
    'no help by consolidators': noHelpByConsolidator,
    'no freeze': noFreeze,
    'install over a change': stalePage,
  },
};

/** The same with three threads. */
export const fullLeaf: EngineScenario = {
  name: 'full-leaf',
  about: 'two puts ∥ put ∥ get on one key with a leaf of two slots: the third write consolidates',
  leaves: ['a'],
  slow: true,
  pins: false,
  actors: [
    { name: 'p', does: [put('a', 1), put('a', 2)] },
    { name: 'q', does: [put('a', 3)] },
    { name: 'g', does: [getKey('a')] },
  ],
  mutants: {
    'no help by consolidators': noHelpByConsolidator,
    'no help by writers': noHelpByWriter,
  },
};
