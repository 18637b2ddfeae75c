/** A log, and images of everything that let its beginning go. */
import {
  type CrashMutant,
  type CrashOperation,
  type CrashProgram,
  type CrashThread,
  crashProgram,
  crashThread,
} from '../../model/index.ts';
import type { Disk } from '../../wal/disk.ts';
import { ImageWriter, openImage } from '../../wal/image.ts';
import { FIRST_LSN } from '../../wal/limits.ts';
import { recoverLog } from '../../wal/recovery.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { dropSegmentsBelow } from '../../wal/segment-file.ts';
import type { CrashScenario } from './crash-scenario.ts';
import { DIRECTORY, diskOf } from './recovery-disk.ts';
import {
  append,
  formatStore,
  OpenLog,
  prefixOfLog,
  rotate,
  STORE_ID,
  sync,
  writerAt,
  writerOf,
} from './recovery-log.ts';

/** A log, and what is in the store: every key that was ever put. */
class OpenStore extends OpenLog {
  readonly keys = new Set<string>();
}

type StoreOperation = CrashOperation<OpenStore>;

/** Reads the newest image and the log behind it, and goes on. */
const openWith = (imageDisk: (disk: Disk) => Disk): StoreOperation => ({
  name: 'open',
  run(host, store) {
    const disk = diskOf(host);
    const image = openImage(imageDisk(disk), DIRECTORY, STORE_ID);
    image?.read((_, key) => void store.keys.add(Buffer.from(key).toString()));
    const range = image === null ? { fromLsn: FIRST_LSN } : { fromLsn: image.redoLsn, throughLsn: image.endLsn };
    const log = recoverLog(disk, DIRECTORY, { storeId: STORE_ID, ...range }, ({ key }) => {
      store.keys.add(Buffer.from(key).toString());
    });
    store.lastLsn = Math.max(log.lastLsn, image?.endLsn ?? 0);
    store.writer = writerAt(host, continueLog(disk, log));
    return [...store.keys].sort();
  },
});

const open = openWith((disk) => disk);
/** A mutant: the image is there, so its name is taken to be on the disk. */
const trustingOpen = openWith((disk) => ({ ...disk, syncDirectory: () => {} }));

function put(key: string): StoreOperation {
  const appending = append(key);
  return {
    ...appending,
    run(host, store) {
      store.keys.add(key);
      return appending.run(host, store);
    },
  };
}

/** The parts of a checkpoint; the order in which they come is what matters. */
interface Parts {
  /** The log is durable through the image's end. */
  syncLog(): void;
  /** The image gets its name. */
  publish(): void;
  /** The log below it goes. */
  drop(): void;
}

const inOrder = ({ syncLog, publish, drop }: Parts): void => {
  syncLog();
  publish();
  drop();
};

/** An image of everything, in the steps of `image.ts`. */
function checkpoint(order: (parts: Parts) => void): StoreOperation {
  return {
    name: 'checkpoint',
    run(host, store) {
      const disk = diskOf(host);
      const redoLsn = store.lastLsn + 1;
      const image = imageOf(disk, store);
      put('z').run(host, store); // a write between the walk and the end: the log, and perhaps the image, has it
      order({
        syncLog: () => writerOf(store).sync(),
        publish: () => void image.finish({ redoLsn, endLsn: store.lastLsn, nextTreeId: 1 }),
        drop: () => void dropSegmentsBelow(disk, DIRECTORY, STORE_ID, redoLsn),
      });
    },
  };
}

function imageOf(disk: Disk, { keys }: OpenStore): ImageWriter {
  const image = new ImageWriter(disk, DIRECTORY, STORE_ID);
  for (const key of keys) image.add(0, Buffer.from(key), new Uint8Array(0));
  return image;
}

const ordered = checkpoint(inOrder);
const reordered = (order: (parts: Parts) => void): CrashMutant => ({
  replace: new Map([[ordered, checkpoint(order)]]),
});

/** What is checkpointed includes the put inside it: it has happened before the checkpoint ends. */
const specification: typeof prefixOfLog = {
  ...prefixOfLog,
  apply(state, call) {
    if (call.name === 'open') return { state, result: [...new Set(state)].sort() };
    if (call.name !== 'checkpoint') return prefixOfLog.apply(state, call);
    return { state: [...state, 'z'], result: undefined, durable: true };
  },
};

function build(): CrashProgram {
  const thread = (name: string, lives: 'first' | 'later', ...operations: StoreOperation[]): CrashThread<OpenStore> => ({
    name,
    lives,
    local: () => new OpenStore(),
    operations,
  });
  return crashProgram({
    name: 'checkpoint-and-crash',
    disk: { unitBytes: 512 },
    format: formatStore,
    threads: [
      crashThread(thread('writer', 'first', open, put('a'), rotate, put('c'), ordered)),
      crashThread(thread('successor', 'later', open, put('b'), sync)),
    ],
    powerLosses: 1,
    kills: 1,
    specification,
    mutants: {
      'drop the log before the image': reordered(({ syncLog, publish, drop }) => {
        syncLog();
        drop();
        publish();
      }),
      'the image before the log is durable': reordered(({ syncLog, publish, drop }) => {
        publish();
        syncLog();
        drop();
      }),
      'trust the name of an image': { replace: new Map([[open, trustingOpen]]) },
      'no directory sync': { disk: (disk) => ({ ...disk, syncDirectory: () => {} }) },
    },
  });
}

/** An image takes the place of the log's beginning. */
export const checkpointAndCrash: CrashScenario = {
  name: 'checkpoint-and-crash',
  about:
    'put, new segment, put, an image with a put beside it, the log below dropped; killed and without power anywhere, in recovery, too (I17, I20, I21, I22)',
  build,
};
