import { tinyLayout } from './geometry.ts';
import { advance, consolidate, getKey, move, put, putLarge, reapThread, remove, sweep } from './operations.ts';
import type { EngineScenario } from './scenario.ts';
import {
  noReread,
  notHeld,
  pruneAll,
  readUndecided,
  reapNamed,
  retireNamed,
  scanFirst,
  snapshotAtTail,
} from './snapshot-mutants.ts';
import { dropSnapshot, getAtSnapshot, getIfHeld, takeSnapshot } from './snapshot-operations.ts';

/** A snapshot begins while consolidation prunes; without the advancer of the frontier mutants of the horizon survive. */
export const snapshotAndPruning: EngineScenario = {
  name: 'snapshot-and-pruning',
  about: 'begin a snapshot, read ∥ put ∥ consolidation prunes ∥ an advancer of the frontier: I18',
  leaves: ['a'],
  pins: false,
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('a')] },
    { name: 'p', does: [put('a', 1), consolidate('a')] },
    { name: 'f', does: [advance] },
  ],
  mutants: {
    'snapshot at the tail': snapshotAtTail,
    'scan the slots before raising the horizon': scanFirst,
    'do not read the horizon again': noReread,
    'prune too much': pruneAll,
  },
};

/** The same value at both reads, whatever is written and decided between. */
export const snapshotRepeats: EngineScenario = {
  name: 'snapshot-repeats',
  about: 'a snapshot reads a key twice ∥ put, put ∥ get that helps: undecided records stay invisible (I18, I19)',
  leaves: ['a'],
  pins: false,
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('a'), getAtSnapshot('a')] },
    { name: 'p', does: [put('a', 1), put('a', 2)] },
    { name: 'q', does: [getKey('a')] },
  ],
  mutants: {
    'snapshot at the tail': snapshotAtTail,
    'read what is undecided': readUndecided,
  },
};

/** Two keys in two leaves: a snapshot shows what was written first if it shows what was written then. */
export const snapshotOfTwoLeaves: EngineScenario = {
  name: 'snapshot-of-two-leaves',
  about: 'a snapshot reads two leaves ∥ put in one, then the other: one instant (I18, I19)',
  leaves: ['a', 'c'],
  pins: false,
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('c'), getAtSnapshot('a')] },
    { name: 'p', does: [put('a', 1), put('c', 2)] },
    { name: 'c', does: [consolidate('a')] },
  ],
  mutants: { 'prune too much': pruneAll },
};

/** Deletes: the leaf must neither collapse nor lose the tombstone while a snapshot sees the older version. */
export const snapshotAndDelete: EngineScenario = {
  name: 'snapshot-and-delete',
  about:
    'two snapshots, one before and one after a delete that empties its leaf, read ∥ the delete, a consolidation: I5, I18',
  leaves: ['a', 'c', 'e'],
  slow: true,
  pins: false,
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('c'), dropSnapshot] },
    { name: 't', does: [takeSnapshot, getAtSnapshot('c')] },
    { name: 'p', does: [remove('c'), consolidate('c')] },
  ],
  mutants: { 'prune too much': pruneAll },
};

/** A split takes the older versions of its right half along. */
export const snapshotAndSplit: EngineScenario = {
  name: 'snapshot-and-split',
  about: 'a snapshot reads both halves ∥ two writes that split the leaf, one slot: I4, I18',
  leaves: ['ac', 'e'],
  tiny: { slots: 1 },
  pins: false,
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('c'), getAtSnapshot('a')] },
    { name: 'p', does: [put('c', 1), put('d', 2), put('c', 3)] },
  ],
  mutants: { 'prune too much': pruneAll },
};

/** Too much is kept, by a bound of nothing: the oldest snapshot is given up, and its reads fail or are right. */
export const snapshotGivenUp: EngineScenario = {
  name: 'snapshot-given-up',
  about: 'two snapshots read ∥ put, consolidate, twice, with no room for old versions: right or refused (I18)',
  leaves: ['a'],
  tiny: { keptWords: 0 },
  pins: false,
  actors: [
    { name: 's', does: [takeSnapshot, getIfHeld('a')] },
    { name: 'p', does: [put('a', 1), consolidate('a'), takeSnapshot, put('a', 2), consolidate('a'), getIfHeld('a')] },
  ],
  mutants: { 'do not look whether it is held': notHeld },
};

/** The holder of a snapshot dies anywhere: its slot is free again, and nobody is held up. */
export const deathOfSnapshot: EngineScenario = {
  name: 'death-of-a-snapshot',
  about:
    'a snapshot’s thread dies anywhere ∥ put, consolidate; the reaper ends the snapshot, another takes its slot: I18, I23',
  leaves: ['a'],
  deaths: 1,
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('a')] },
    { name: 'p', does: [put('a', 1), consolidate('a')], mortal: false },
    { name: 'r', does: [reapThread(1), takeSnapshot, getAtSnapshot('a')], startsWhenDead: 's' },
  ],
};

/** A large value that only a snapshot sees any more stays where it is, whatever blocks are used again. */
export const snapshotOfLargeValue: EngineScenario = {
  name: 'snapshot-of-large-value',
  about: 'a snapshot reads a large value ∥ put, consolidate, epochs move, blocks are used again: I8, I9, I18',
  leaves: [''],
  prepare: putLarge('a', 9),
  tiny: { blocks: 14 },
  actors: [
    { name: 's', does: [takeSnapshot, getAtSnapshot('a'), dropSnapshot] },
    {
      name: 'p',
      does: [put('a', 1), consolidate('a'), move, move, move, move, sweep(tinyLayout({ threads: 2, blocks: 14 }))],
    },
  ],
  mutants: { 'retire what the history names': retireNamed },
};

/** A consolidation that found no snapshot dies before its page CAS; another one, which found one, was first. */
export const deathBesideSnapshot: EngineScenario = {
  name: 'death-beside-a-snapshot',
  about:
    'put, consolidate with a large value replaced dies anywhere ∥ snapshot, consolidate, read; then the reaper (I8, I9, I18)',
  leaves: [''],
  prepare: putLarge('a', 9),
  tiny: { blocks: 14 },
  slow: true,
  deaths: 1,
  actors: [
    { name: 'p', does: [put('a', 1), consolidate('a')] },
    { name: 's', does: [takeSnapshot, consolidate('a'), getAtSnapshot('a')], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'reap what the history names': reapNamed },
};
