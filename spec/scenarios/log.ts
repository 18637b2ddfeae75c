import { noLap, noRoomCheck, oneReading, publishFirst, recycleFirst, storeLsn } from './mutants.ts';
import { advance, getKey, put, reapThread, recycle } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/** A ring of two words, gone round twice by threads whose view of the tail is old. */
export const twoWordRing: EngineScenario = {
  name: 'two-word-ring',
  about: 'three puts ∥ put with a ring of two words, two laps; whoever finds it full recycles: I14, stale tails',
  leaves: ['a'],
  tiny: { ringWords: 2, slots: 4 },
  pins: false,
  ignoreRegisters: ['stalls'],
  actors: [
    { name: 'p', does: [put('a', 1), put('a', 2), put('a', 3)] },
    { name: 'q', does: [put('b', 4)] },
  ],
  mutants: { 'EMPTY without a lap': noLap, 'no room check': noRoomCheck },
};

/** The same, and the thread that recycles dies. */
export const deathOfRecycler: EngineScenario = {
  name: 'death-of-a-recycler',
  about: 'two puts ∥ put with a ring of two words; who recycles it may die anywhere: I23',
  leaves: ['a'],
  tiny: { ringWords: 2, slots: 4, blocks: 8 },
  pins: false,
  deaths: 1,
  ignoreRegisters: ['stalls'],
  actors: [
    { name: 'p', does: [put('a', 1), put('a', 2)] },
    { name: 'q', does: [put('b', 3)], mortal: false },
    { name: 'r', does: [reapThread(1)], startsWhenDead: 'p' },
  ],
};

/** An advancer of the frontier under whom the ring is recycled. */
export const advancers: EngineScenario = {
  name: 'advancers',
  about:
    'three puts, which recycle a ring of two words ∥ an advancer of the frontier: I14, one reading of F is not enough',
  leaves: ['a'],
  tiny: { ringWords: 2, slots: 4 },
  pins: false,
  ignoreRegisters: ['stalls'],
  actors: [
    { name: 'p', does: [put('a', 1), put('a', 2), put('a', 3)] },
    { name: 'f', does: [advance] },
  ],
  mutants: { 'one reading': oneReading },
};

/** The keeper stages bytes and dies; its successor goes on. */
export const deathOfKeeper: EngineScenario = {
  name: 'death-of-a-keeper',
  about: 'two puts ∥ the keeper stages and dies anywhere; its successor goes on: each record is staged once, in order',
  leaves: ['a'],
  tiny: { ringWords: 4, slots: 4, blocks: 8, stagingBytes: 256 },
  pins: false,
  deaths: 1,
  actors: [
    { name: 'k', does: [recycle, recycle] },
    { name: 'p', does: [put('a', 1), put('b', 2)], mortal: false },
    { name: 's', does: [reapThread(1), recycle], startsWhenDead: 'k' },
  ],
  mutants: { 'recycle before the copy': recycleFirst, 'publish staged before recycling': publishFirst },
};

/** A keeper beside helpers: void entries are not staged. */
export const stagingAndHelp: EngineScenario = {
  name: 'staging-and-help',
  about: 'put ∥ get that helps it ∥ the keeper stages: a duplicate entry is void',
  leaves: ['a'],
  tiny: { ringWords: 4, slots: 4, stagingBytes: 256 },
  pins: false,
  actors: [
    { name: 'k', does: [recycle] },
    { name: 'p', does: [put('a', 1)] },
    { name: 'g', does: [getKey('a')] },
  ],
  mutants: { 'store the lsn': storeLsn },
};
