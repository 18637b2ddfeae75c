import type { Layout } from '../../pagecache/layout.ts';
import { tinyLayout } from './geometry.ts';
import {
  clearPinFirst,
  graceShorterBy,
  markBeforePins,
  noDrain,
  noNote,
  noPin,
  rawTail,
  tagBeforeUnlink,
} from './mutants.ts';
import { advance, consolidate, getKey, move, put, reapThread, remove, sweep } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/** A reader beside a consolidation, while the epoch moves and the old frame is handed out. */
export const readerAndReuse: EngineScenario = {
  name: 'reader-and-reuse',
  about: 'get ∥ consolidate ∥ the epoch moves five times, then any free block is reused: I8, I9, I10',
  leaves: ['a'],
  actors: [
    { name: 'g', does: [getKey('a')] },
    { name: 'c', does: [consolidate('a')] },
    { name: 'm', does: [move, move, move, move, move, sweep(layoutFor(3))] },
  ],
  mutants: {
    'no pin': noPin,
    'tag before the unlinking': tagBeforeUnlink,
    'grace of one epoch': graceShorterBy(3),
  },
};

/** A pending record that the ring names while its frame is replaced, retired and reused. */
export const ringAndReuse: EngineScenario = {
  name: 'ring-and-reuse',
  about: 'put ∥ consolidate, epochs move, blocks are reused: the ring may name the old frame (I8, I10, I14)',
  leaves: ['a'],
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'm', does: [consolidate('a'), move, move, move, move, move, sweep(layoutFor(2))] },
  ],
  mutants: {
    'no drain': noDrain,
    'grace of one epoch': graceShorterBy(3),
    'grace of two epochs': graceShorterBy(2),
  },
};

/** A late void entry names a record of a frame retired before, and an advancer of the frontier follows it: the fourth epoch. */
export const followerAndReuse: EngineScenario = {
  name: 'follower-and-reuse',
  about: 'put ∥ an advancer of the frontier ∥ consolidate, epochs move, blocks are reused: why grace is four (I8, I10)',
  leaves: ['a'],
  tiny: { blocks: 6 },
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'f', does: [advance] },
    { name: 'm', does: [consolidate('a'), move, move, move, sweep(tinyLayout({ threads: 3, blocks: 6 }))] },
  ],
  mutants: { 'grace of three epochs': graceShorterBy(1) },
};

/** The same with one epoch more: the mark of a move must stand above all that older pins put into the ring. */
export const markAndReuse: EngineScenario = {
  name: 'mark-and-reuse',
  about:
    'put ∥ an advancer of the frontier ∥ consolidate, four epochs, blocks are reused: when the mark is taken (I8, I10)',
  leaves: ['a'],
  tiny: { blocks: 6 },
  slow: true,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'f', does: [advance] },
    { name: 'm', does: [consolidate('a'), move, move, move, move, sweep(tinyLayout({ threads: 3, blocks: 6 }))] },
  ],
  mutants: { 'mark before the pins': markBeforePins },
};

/** A helper dies with a place taken and the tail not moved: the place still belongs below the mark. */
export const helperDiesAndReuse: EngineScenario = {
  name: 'death-of-a-helper',
  about: 'put, consolidate, epochs move ∥ a get that helps and dies; the reaper: a void entry above the tail (I8, I10)',
  leaves: ['a'],
  deaths: 1,
  actors: [
    { name: 'p', does: [put('a', 1), consolidate('a'), move, move, move, move], mortal: false },
    { name: 'g', does: [getKey('a')] },
    { name: 'r', does: [reapThread(2)], startsWhenDead: 'g' },
  ],
  mutants: { 'raw tail': rawTail },
};

/** A helper that is late: it puts a second entry for a record into the ring while the record's frame is retired. */
export const helperAndReuse: EngineScenario = {
  name: 'helper-and-reuse',
  about: 'put ∥ get that helps ∥ consolidate, epochs move, blocks are reused: a late void entry (I8, I10)',
  leaves: ['a'],
  slow: true,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'g', does: [getKey('a')] },
    { name: 'm', does: [consolidate('a'), move, move, move, move, sweep(layoutFor(3))] },
  ],
  mutants: { 'no drain': noDrain },
};

/** A split retires the old leaf and allocates again for the parent: not what it retired just now. */
export const splitAndReuse: EngineScenario = {
  name: 'split-and-reuse',
  about: 'a split that posts ∥ get ∥ the epoch moves once: a thread must not take back what it has just retired (I8)',
  leaves: ['ac', 'e'],
  tiny: { slots: 1 },
  actors: [
    { name: 'p', does: [put('b', 1), put('d', 2)] },
    { name: 'g', does: [getKey('c')] },
    { name: 'm', does: [move] },
  ],
  mutants: { 'no grace': graceShorterBy(4) },
};

/** A writer dies anywhere; a reaper finishes for it while others go on. */
export const deathOfWriter: EngineScenario = {
  name: 'death-of-a-writer',
  about: 'put into a full leaf dies anywhere ∥ put; then the reaper beside it: I9, I23',
  leaves: ['a'],
  slotted: 'a',
  tiny: { slots: 1 },
  deaths: 1,
  actors: [
    { name: 'p', does: [put('a', 2)] },
    { name: 'q', does: [put('b', 3)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'no note': noNote },
};

/** A split dies anywhere. */
export const deathOfSplitter: EngineScenario = {
  name: 'death-of-a-splitter',
  about: 'a split dies anywhere ∥ put that splits the same leaf; then the reaper beside it: I2, I3, I7, I9',
  leaves: ['ac', 'e'],
  slotted: 'b',
  tiny: { slots: 1, blocks: 8 },
  slow: true,
  deaths: 1,
  actors: [
    { name: 'p', does: [put('d', 2)] },
    { name: 'q', does: [put('b', 3)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'no note': noNote },
};

/** A root split dies anywhere. */
export const deathOfRootSplitter: EngineScenario = {
  name: 'death-of-a-root-splitter',
  about: 'a root split dies anywhere ∥ put that splits it too; then the reaper beside it: I7, I9',
  leaves: ['ac'],
  slotted: 'b',
  tiny: { slots: 1, blocks: 8 },
  deaths: 1,
  actors: [
    { name: 'p', does: [put('d', 2)] },
    { name: 'q', does: [put('b', 3)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'no note': noNote },
};

/** A collapse dies anywhere. */
export const deathOfCollapser: EngineScenario = {
  name: 'death-of-a-collapser',
  about: 'a delete that collapses its leaf dies anywhere ∥ insert; then the reaper: I5, I9',
  leaves: ['a', 'c', 'e'],
  deaths: 1,
  actors: [
    { name: 'p', does: [remove('c')] },
    { name: 'q', does: [put('d', 1)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'no note': noNote },
};

/** The mover of the epoch dies anywhere. */
export const deathOfMover: EngineScenario = {
  name: 'death-of-a-mover',
  about: 'the mover of the epoch dies anywhere ∥ put; the reaper, then more moves and reuse: I10, I23',
  leaves: ['a'],
  deaths: 1,
  actors: [
    { name: 'm', does: [move, move] },
    { name: 'p', does: [put('a', 1)], mortal: false },
    { name: 'r', does: [reapThread(1), move], startsWhenDead: 'm' },
  ],
};

/** A dead thread's pin keeps what it named from being reused until its record is decided. */
export const reaperAndReuse: EngineScenario = {
  name: 'reaper-and-reuse',
  about: 'put dies ∥ consolidate; the reaper finishes its record while epochs move and blocks are reused: I8, I10',
  leaves: ['a'],
  deaths: 1,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'm', does: [consolidate('a'), move, move, move, move, move, sweep(layoutFor(3))], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
  mutants: { 'clear the pin first': clearPinFirst },
};

/** Two writers on one key, an advancer of the frontier, and a death: I23. */
export const deathOnOneKey: EngineScenario = {
  name: 'death-on-one-key',
  about: 'put ∥ put, get ∥ an advancer of the frontier, one death anywhere: I13, I14, I15, I23',
  leaves: ['a'],
  pins: false,
  deaths: 1,
  actors: [
    { name: 'p', does: [put('a', 1)] },
    { name: 'q', does: [put('a', 2), getKey('a')] },
    { name: 'f', does: [advance] },
  ],
};

function layoutFor(threads: number): Layout {
  return tinyLayout({ threads });
}
