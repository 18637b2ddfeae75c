import type { CrashMutant, CrashThread } from '../../model/index.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { ENDED, ROTATED } from '../../wal/segment.ts';
import { logScenario } from './crash-scenario.ts';
import { withoutPayloadChecks } from './recovery-checksums.ts';
import { append, appendTwice, close, OpenLog, openLog, rotate, sync, syncAgain } from './recovery-log.ts';

const open = openLog();
const thread = (name: string, lives: 'first' | 'later', ...operations: CrashThread<OpenLog>['operations']) => ({
  name,
  lives,
  local: () => new OpenLog(),
  operations,
});

const noSync: CrashMutant = { about: 'no file is synced', disk: (disk) => ({ ...disk, sync: () => {} }) };
const noDirectorySync: CrashMutant = { disk: (disk) => ({ ...disk, syncDirectory: () => {} }) };
/** Goes on behind what it read, which may be in the cache only. */
const trustTheCache: CrashMutant = {
  replace: new Map([
    [
      open,
      openLog((_, { segments, endOffset, clean }) => ({
        segment: segments.at(-1)?.header.number ?? 0,
        offset: endOffset,
        sequence: segments.length === 0 || clean ? ENDED : ROTATED,
      })),
    ],
  ]),
};
/** Appends to the segment it found. */
const sameSegment: CrashMutant = {
  replace: new Map([
    [
      open,
      openLog((_, { segments, endOffset, blocks }) =>
        segments.length === 0
          ? { segment: 0, offset: 0, sequence: ENDED }
          : { segment: segments.at(-1)?.header.number ?? 0, offset: endOffset, sequence: blocks },
      ),
    ],
  ]),
};

/** What the directory's names are is not made sure of before a clean log goes on. */
const noDirectorySyncAtOpen: CrashMutant = {
  replace: new Map([[open, openLog((disk, recovery) => continueLog({ ...disk, syncDirectory: () => {} }, recovery))]]),
};

/** Recovery believes every payload whose block has a good header. */
const noPayloadChecks: CrashMutant = { replace: new Map([[open, openLog(continueLog, withoutPayloadChecks)]]) };

/** The life of a log, and what is left of it at any moment. */
export const powerLoss = logScenario({
  name: 'power-loss',
  about: 'append, sync, append; power is lost anywhere, in recovery as well; then on: I17, I20, I21',
  disk: { unitBytes: 512 },
  threads: [
    thread('writer', 'first', open, append('a'), sync, append('b')),
    thread('successor', 'later', open, append('c'), sync),
  ],
  powerLosses: 2,
  mutants: { 'no sync': noSync, 'no directory sync': noDirectorySync },
});

/** Killed first: what recovery finds is in the cache, not on the disk. */
export const killedThenPowerLoss = logScenario({
  name: 'kill-then-power-loss',
  about:
    'append, sync, append; killed anywhere, recovered, and then power is lost: the file cache is not to be trusted (I20, I21)',
  disk: { unitBytes: 512 },
  threads: [
    thread('writer', 'first', open, append('a'), sync, append('b')),
    thread('successor', 'later', open, append('c'), sync),
  ],
  powerLosses: 1,
  kills: 1,
  mutants: { 'trust the file cache': trustTheCache, 'no directory sync': noDirectorySync },
});

/** Every block is a unit of its own: any of those unsynced may be missing, and those behind it there. */
export const tornTail = logScenario({
  name: 'torn-tail',
  about: 'append, sync, append, append; any of the unsynced blocks survives without the others; then on (I20, I21)',
  disk: { unitBytes: 64 },
  threads: [
    thread('writer', 'first', open, append('a'), sync, append('b'), append('c')),
    thread('successor', 'later', open, append('d'), sync),
  ],
  powerLosses: 2,
  mutants: { 'append to the same segment': sameSegment, 'no sync': noSync },
});

/** A block in many pieces. */
export const tornBlock = logScenario({
  name: 'torn-block',
  about: 'append, sync, append; every 16 bytes of a block reach the disk or not (I20)',
  disk: { unitBytes: 16 },
  threads: [
    thread('writer', 'first', open, append('a'), sync, append('b')),
    thread('successor', 'later', open, append('c'), sync),
  ],
  powerLosses: 2,
  mutants: { 'no check of payloads': noPayloadChecks },
});

/** Segments. */
export const rotation = logScenario({
  name: 'rotation',
  about: 'append, a new segment, append, sync, append; killed and without power anywhere (I17, I20, I21)',
  disk: { unitBytes: 512 },
  threads: [
    thread('writer', 'first', open, append('a'), rotate, append('b'), sync, append('c')),
    thread('successor', 'later', open, append('d'), sync),
  ],
  powerLosses: 1,
  kills: 1,
  mutants: { 'no sync': noSync, 'no directory sync': noDirectorySync, 'trust the file cache': trustTheCache },
});

/** A keeper that dies while it appends. */
export const succession = logScenario({
  name: 'succession',
  about: 'a keeper dies while it appends, its successor appends the same again, a segment later, too (I17, I20)',
  disk: { unitBytes: 64 },
  threads: [
    thread('writer', 'first', open, appendTwice('a'), sync, rotate, appendTwice('b'), sync, append('c')),
    thread('successor', 'later', open, append('d'), sync),
  ],
  powerLosses: 2,
  mutants: { 'no sync': noSync },
});

/** A log that was closed. */
export const closing = logScenario({
  name: 'closing',
  about: 'append, close; opened again, append, sync; killed and without power anywhere (I17, I20, I21)',
  disk: { unitBytes: 512 },
  threads: [
    thread('writer', 'first', open, append('a'), close, append('b'), sync),
    thread('successor', 'later', open, append('c'), close),
  ],
  powerLosses: 1,
  kills: 1,
  mutants: { 'no directory sync when a clean log goes on': noDirectorySyncAtOpen, 'no sync': noSync },
});

/** Writes and syncs fail. */
export const failingDisk = logScenario({
  name: 'failing-disk',
  about:
    'append, sync, append, sync; any write or sync fails, and power is lost anywhere: a failure is final (I17, I20)',
  disk: { unitBytes: 512 },
  threads: [thread('writer', 'first', open, append('a'), sync, append('b'), sync), thread('successor', 'later', open)],
  powerLosses: 2,
  failures: 1,
  mutants: { 'retry a failed sync': { replace: new Map([[sync, syncAgain]]) } },
});

/** Writes do not write all that they were given. */
export const shortWrites = logScenario({
  name: 'short-writes',
  about: 'append, sync, append, sync; any write may be short: the rest is written, too (I17, I20)',
  disk: { unitBytes: 32 },
  threads: [
    thread('writer', 'first', open, append('a', 30), sync, append('b'), sync),
    thread('successor', 'later', open),
  ],
  shortWrites: 1,
});
