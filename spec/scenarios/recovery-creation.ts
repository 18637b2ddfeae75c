import {
  type CrashMutant,
  type CrashOperation,
  type CrashThread,
  crashProgram,
  crashThread,
  type Disk,
} from '../../model/index.ts';
import { FIRST_LSN } from '../../wal/limits.ts';
import { LOCK_NAME } from '../../wal/lock-file.ts';
import { recoverLog } from '../../wal/recovery.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { LogWriter } from '../../wal/segment.ts';
import { enterStore, STORE_NAME } from '../../wal/store-file.ts';
import type { CrashScenario } from './crash-scenario.ts';
import { DIRECTORY, diskOf } from './recovery-disk.ts';
import { append, OpenLog, prefixOfLog, SEGMENT_BYTES, sync } from './recovery-log.ts';

/**
 * Enters the store, making it where there is none, and recovers it. Whether the process that holds the lock lives is not on the disk:
 * here it is known to be gone, and its lock is taken away first.
 */
const enter: CrashOperation<OpenLog> = {
  name: 'open',
  run(host, log) {
    for (const name of host.disk.list(DIRECTORY)) {
      if (name.startsWith(LOCK_NAME)) host.disk.remove(`${DIRECTORY}/${name}`);
    }
    const disk = diskOf(host);
    const { storeId } = enterStore(disk, DIRECTORY);
    const found: string[] = [];
    const recovery = recoverLog(disk, DIRECTORY, { storeId, fromLsn: FIRST_LSN }, ({ key }) => {
      found.push(Buffer.from(key).toString());
    });
    const options = { directory: DIRECTORY, storeId, segmentBytes: SEGMENT_BYTES };
    log.writer = new LogWriter(disk, options, continueLog(disk, recovery));
    log.lastLsn = recovery.lastLsn;
    return found;
  },
};

const thread = (name: string, lives: 'first' | 'later', ...operations: CrashOperation<OpenLog>[]) =>
  crashThread<OpenLog>({ name, lives, local: () => new OpenLog(), operations } satisfies CrashThread<OpenLog>);

/** The identity is not made durable before the first segment gets its name. */
const noIdentitySync: CrashMutant = {
  disk: (disk: Disk) => ({
    ...disk,
    sync: (file) => {
      if (disk.find(`${DIRECTORY}/${STORE_NAME}`) !== file) disk.sync(file);
    },
  }),
};

/** The first moments of a store. */
export const creation: CrashScenario = {
  name: 'creation',
  about:
    'a store is made, append, sync; power is lost anywhere, twice: nothing, or a store that can be opened (I17, I20, I21)',
  build: () =>
    crashProgram({
      name: 'creation',
      threads: [
        thread('creator', 'first', enter, append('a'), sync),
        thread('successor', 'later', enter, append('b'), sync),
      ],
      powerLosses: 2,
      specification: prefixOfLog,
      mutants: { 'no sync of the identity': noIdentitySync },
    }),
};
