import { type CrashMutant, type CrashProgram, type CrashThread, crashProgram, crashThread } from '../../model/index.ts';
import { INITIAL_VALUE } from './bed.ts';
import type { CrashScenario } from './crash-scenario.ts';
import { tinyLayout } from './geometry.ts';
import { getKey, put } from './operations.ts';
import { formatStore } from './recovery-log.ts';
import {
  isDurable,
  keeperTurn,
  logOfMap,
  operation,
  publishingTurn,
  recoverStore,
  retryingTurn,
  setUpStore,
} from './recovery-store.ts';

/** Two leaves of one key each. */
const LEAVES = ['a', 'c'];
/** The first log position is 1: its full LSN is that of an empty store. */
const layout = tinyLayout({ threads: 3, ringWords: 4, slots: 2, stagingBytes: 256, firstPosition: 1 });
const WRITER = 1;
const OTHER = 2;
const KEEPER = 3;

const turn = keeperTurn(layout, KEEPER);
const recovery: CrashThread = { name: 'recovery', lives: 'later', operations: [recoverStore(layout)] };
const putA = operation(put('a', 1), layout, WRITER);

const publishFirst: CrashMutant = { replace: new Map([[turn, publishingTurn(layout, KEEPER)]]) };
/** A keeper that takes up its work again after a failure. */
const retry: CrashMutant = { replace: new Map([[turn, retryingTurn(layout, KEEPER)]]) };
const noSync: CrashMutant = { disk: (disk) => ({ ...disk, sync: () => {} }) };

interface Faults {
  powerLosses: number;
  failures?: number;
  mutants: Readonly<Record<string, CrashMutant>>;
}

function build(name: string, threads: readonly CrashThread[], faults: Faults): CrashProgram {
  return crashProgram({
    name,
    ...faults,
    words: layout.totalWords,
    format: formatStore,
    setup: (memory) => setUpStore(memory, layout, LEAVES),
    threads: [...threads, recovery].map((thread) => crashThread(thread)),
    specification: logOfMap(LEAVES.join(''), INITIAL_VALUE, 4),
  });
}

/** A writer that asks whether it is durable, and the keeper. */
export const keeperAndWriter: CrashScenario = {
  name: 'keeper-and-writer',
  about:
    'put, is it durable? ∥ the keeper stages, writes, syncs, publishes; power lost anywhere, in recovery, too (I17, I20, I21)',
  build: () =>
    build(
      'keeper-and-writer',
      [
        { name: 'writer', operations: [putA, isDurable(layout, 0)] },
        { name: 'keeper', operations: [turn, turn] },
      ],
      { powerLosses: 2, mutants: { 'publish durable before the sync': publishFirst, 'no sync': noSync } },
    ),
};

/** The same, and a write or a sync may fail. */
export const poisonedKeeper: CrashScenario = {
  name: 'poisoned-keeper',
  about:
    'put, is it durable? ∥ the keeper twice; any one write or sync fails: what failed is never published (I17, I20)',
  build: () =>
    build(
      'poisoned-keeper',
      [
        {
          name: 'writer',
          operations: [putA, isDurable(layout, 0), operation(put('c', 2), layout, WRITER), isDurable(layout, 1)],
        },
        { name: 'keeper', operations: [turn, turn] },
      ],
      { powerLosses: 1, failures: 1, mutants: { 'retry a failed sync': retry } },
    ),
};

/** What one thread has read, another's log must hold. */
export const writeThenReadAndCrash: CrashScenario = {
  name: 'write-then-read-and-crash',
  about: 'put a ∥ put c in another leaf, then get a ∥ the keeper; power is lost anywhere (I16, I17, I20)',
  slow: true,
  build: () =>
    build(
      'write-then-read-and-crash',
      [
        { name: 'writer', operations: [putA, isDurable(layout, 0)] },
        { name: 'other', operations: [operation(put('c', 2), layout, OTHER), operation(getKey('a'), layout, OTHER)] },
        { name: 'keeper', operations: [turn] },
      ],
      { powerLosses: 1, mutants: { 'publish durable before the sync': publishFirst } },
    ),
};
