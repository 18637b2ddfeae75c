import {
  type CrashMutant,
  type CrashOperation,
  type CrashProgram,
  crashProgram,
  crashThread,
  type Disk,
  type DurableSpecification,
} from '../../model/index.ts';
import { DiskError } from '../../wal/errors.ts';
import { FileStore, type Sloppiness } from '../pagecache/file-store.ts';
import type { CrashScenario } from './crash-scenario.ts';
import { diskOf } from './recovery-disk.ts';

/*
 * Checkpoints over page files and manifests, the code as it is, under every power loss and kill: a store of two leaves is opened,
 * written and checkpointed, crashes, and is opened again. What a checkpoint that returned has made durable stays; one that was
 * under way is there wholly or not at all; and what an opening has once shown stays, too (I20, I21).
 */

interface Life {
  store: FileStore | null;
}

type LifeOperation = CrashOperation<Life>;

const LEAVES = 2;

function openStore(sloppy: Sloppiness): LifeOperation {
  return {
    name: 'open',
    run: (host, life) =>
      orFails(life, () => {
        life.store = new FileStore(diskOf(host), LEAVES, sloppy);
        return life.store.numbers();
      }),
  };
}

const open = openStore({});

/** Gives a leaf numbers, one after another, and makes a checkpoint. */
function put(index: number, ...given: readonly number[]): LifeOperation {
  return {
    name: 'put',
    arguments: [index, given.at(-1)],
    run: (_host, life) =>
      orFails(life, ({ store }) => {
        if (store === null) return 'failed';
        for (const number of given) store.write(index, number);
        store.checkpoint();
        return 'done';
      }),
  };
}

/** Gives a leaf a number; the thread that makes a checkpoint of it dies, before its record is written or behind that. */
function tryToPut(index: number, number: number): LifeOperation {
  return {
    name: 'try',
    arguments: [index, number],
    run: (host, { store }) => {
      store?.write(index, number);
      store?.checkpointOfTheDead(host.choose(2) === 1);
      return null;
    },
  };
}

/** The same as `put`, by a store that takes a failure for one of the moment. */
function stubbornPut(index: number, number: number): LifeOperation {
  return {
    ...put(index, number),
    run: (_host, life) =>
      orFails(life, ({ store }) => {
        store?.write(index, number);
        try {
          store?.checkpoint();
        } catch {
          store?.checkpoint();
        }
        return 'done';
      }),
  };
}

/** After a failure the store is not used again. */
function orFails(life: Life, action: (life: Life) => unknown): unknown {
  try {
    return action(life);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    life.store = null;
    return 'failed';
  }
}

/** Writes the manifest anew. */
const rewrite: LifeOperation = {
  name: 'rewrite',
  run: (_host, { store }) => {
    store?.rewrite();
    return null;
  },
};

const numbers: DurableSpecification<number[]> = {
  durability: 'strict',
  initial: new Array<number>(LEAVES).fill(0),
  apply: (state, { name, arguments: given }) => {
    if (name === 'open') {
      return [
        { state, result: state },
        { state, result: 'failed' },
      ];
    }
    if (name === 'rewrite') return { state, result: null };
    const [index, number] = given as [number, number];
    const next = state.map((old, i) => (i === index ? number : old));
    if (name === 'try') {
      return [
        { state: next, result: null },
        { state, result: null },
      ];
    }
    return [
      { state: next, result: 'done' },
      { state: next, result: 'failed' },
      { state, result: 'failed' },
    ];
  },
};

function sloppyOpen(about: string, sloppy: Sloppiness): CrashMutant {
  return { about, replace: new Map([[open, openStore(sloppy)]]) };
}

interface FileScenario extends Omit<CrashScenario, 'build'> {
  first: readonly LifeOperation[];
  later: readonly LifeOperation[];
  powerLosses: number;
  kills?: number;
  failures?: number;
  /** The store is there at the start. Default: the first opening makes it. */
  made?: boolean;
  /** Bytes that are written wholly or not at all; default 512. */
  unitBytes?: number;
  mutants?: Readonly<Record<string, CrashMutant>>;
}

/** Makes a scenario of it. */
function fileScenario(scenario: FileScenario): CrashScenario {
  const { name, about, slow, mutants, powerLosses, kills = 0, failures = 0 } = scenario;
  const local = (): Life => ({ store: null });
  const build = (): CrashProgram =>
    crashProgram({
      name,
      disk: { unitBytes: scenario.unitBytes ?? 512 },
      ...(scenario.made === true ? { format: makeStore } : {}),
      threads: [
        crashThread({ name: 'first', local, operations: scenario.first }),
        crashThread({ name: 'later', lives: 'later', local, operations: scenario.later }),
      ],
      powerLosses,
      kills,
      failures,
      specification: numbers,
      ...(mutants === undefined ? {} : { mutants }),
    });
  return { name, about, build, ...(slow === undefined ? {} : { slow }) };
}

function makeStore(disk: Disk): void {
  new FileStore(diskOf({ disk, random: (target) => void target.fill(1) }), LEAVES);
}

export const checkpointsAndCrashes = fileScenario({
  name: 'checkpoints-and-crashes',
  about: 'checkpoints of a page that is written twice between them; power is lost anywhere (I12, I20)',
  first: [open, put(0, 1), put(0, 2), put(0, 4, 5)],
  later: [open],
  powerLosses: 1,
  mutants: {
    'reuse at once': sloppyOpen('slots that are released are free at once', { reuseAtOnce: true }),
    'no sync of pages': sloppyOpen('a manifest is written before its pages are synced', { noPageSync: true }),
    'no sync at all': { about: 'nothing is synced', disk: (disk) => ({ ...disk, sync: () => {} }) },
    'no sync of names': {
      about: 'the directory is not synced',
      disk: (disk) => ({ ...disk, syncDirectory: () => {} }),
    },
  },
});

export const openingAndCrashes = fileScenario({
  name: 'openings-and-crashes',
  about: 'a checkpoint; killed, then power is lost anywhere, also while opening (I20, I21)',
  made: true,
  first: [open, put(0, 1)],
  later: [open],
  powerLosses: 1,
  kills: 1,
  mutants: { 'trust the file cache': sloppyOpen('what was read is believed to be on the disk', { trustCache: true }) },
});

export const deathAndCrashes = fileScenario({
  name: 'death-of-a-checkpointer-and-crashes',
  about: 'a checkpointer dies; another writes over its record, which may be there; power is lost anywhere (I12, I20)',
  made: true,
  first: [open, tryToPut(0, 1), put(0, 2), put(0, 4)],
  later: [open],
  powerLosses: 1,
  unitBytes: 64,
  mutants: {
    'reuse at once': sloppyOpen('slots that are released are free at once', { reuseAtOnce: true }),
  },
});

const putOne = put(0, 1);

export const failuresAndCrashes = fileScenario({
  name: 'failing-checkpoints-and-crashes',
  about:
    'a write or sync of a checkpoint fails; killed, then power is lost anywhere: nothing is tried twice (I17, I20)',
  made: true,
  first: [open, putOne],
  later: [open],
  powerLosses: 1,
  kills: 1,
  failures: 1,
  mutants: {
    'retry a failed sync': { about: 'makes the checkpoint again', replace: new Map([[putOne, stubbornPut(0, 1)]]) },
  },
});

export const openingsAndCheckpoints = fileScenario({
  name: 'openings-and-checkpoints',
  about: 'a checkpoint; killed, then power is lost anywhere, also in the checkpoints after opening (I20, I21)',
  first: [open, put(0, 1)],
  later: [open, put(1, 2)],
  powerLosses: 1,
  kills: 1,
  unitBytes: 128,
  slow: true,
});

export const manyCrashes = fileScenario({
  name: 'checkpoints-and-two-crashes',
  about: 'checkpoints, whose pages use slots again; power is lost anywhere, twice (I12, I20, I21)',
  first: [open, put(0, 1), put(0, 2), put(1, 4)],
  later: [open, put(0, 5)],
  powerLosses: 2,
  unitBytes: 128,
  slow: true,
});

export const rewritingAndCrashes = fileScenario({
  name: 'rewriting-and-crashes',
  about: 'a checkpoint, the manifest is written anew, another checkpoint; power is lost anywhere (I20)',
  first: [open, put(0, 1), rewrite, put(1, 2)],
  later: [open],
  powerLosses: 1,
  mutants: {
    'no sync of names': {
      about: 'the directory is not synced',
      disk: (disk) => ({ ...disk, syncDirectory: () => {} }),
    },
  },
});
