/** A log as an open store has it: read, gone on with, appended to, synced; every call is the engine's own. */
import type { Disk as CheckedDisk, CrashOperation, DurableSpecification, Host } from '../../model/index.ts';
import type { Disk } from '../../wal/disk.ts';
import { DiskError } from '../../wal/errors.ts';
import { FIRST_LSN } from '../../wal/limits.ts';
import { PUT, packMeta, packMeta2, RECORD_HEADER_BYTES, recordBytes } from '../../wal/record.ts';
import { type LogRecovery, recoverLog } from '../../wal/recovery.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { type LogPosition, LogWriter } from '../../wal/segment.ts';
import { STORE_NAME } from '../../wal/store-file.ts';
import { DIRECTORY, diskOf } from './recovery-disk.ts';

/** The smallest that there may be: the header and as much again. */
export const SEGMENT_BYTES = 8192;
/** The id of the store. */
export const STORE_ID = new Uint8Array(16).fill(7);

/** What a thread knows of the log that it has open. */
export class OpenLog {
  writer: LogWriter | null = null;
  lastLsn = 0;
}

type LogOperation = CrashOperation<OpenLog>;

/** A store without a log, whose identity is durable. */
export function formatStore(disk: CheckedDisk): void {
  disk.create(`${DIRECTORY}/${STORE_NAME}`);
}

/** How a mutant goes on after recovery. */
export type Continuing = (disk: Disk, recovery: LogRecovery) => LogPosition;

/**
 * Recovers what is there and gets ready to write; the result is what was found.
 *
 * @param readBy for mutants: the disk that recovery reads from, over the real one
 */
export function openLog(goOn: Continuing = continueLog, readBy: (disk: Disk) => Disk = (disk) => disk): LogOperation {
  return {
    name: 'open',
    run: (host, log) => {
      const disk = diskOf(host);
      const found: string[] = [];
      const options = { storeId: STORE_ID, fromLsn: FIRST_LSN };
      const recovery = recoverLog(
        readBy(disk),
        DIRECTORY,
        options,
        ({ key }) => void found.push(Buffer.from(key).toString()),
      );
      return (
        outcome(() => {
          log.writer = writerAt(host, goOn(readBy(disk), recovery));
          log.lastLsn = recovery.lastLsn;
        }) ?? found
      );
    },
  };
}

/** A writer that goes on at a position. */
export function writerAt(host: Host, position: LogPosition): LogWriter {
  return new LogWriter(
    diskOf(host),
    { directory: DIRECTORY, storeId: STORE_ID, segmentBytes: SEGMENT_BYTES },
    position,
  );
}

/** The writer of a log that is open. @throws DiskError */
export function writerOf({ writer }: OpenLog): LogWriter {
  if (writer === null) throw new DiskError('open', DIRECTORY, 'EIO', new Error('opening it has failed'));
  return writer;
}

/** Appends a record, unsynced. */
export function append(key: string, valueBytes = 0): LogOperation {
  return {
    name: 'append',
    arguments: key,
    run: (_, log) =>
      outcome(() => {
        log.lastLsn += 1;
        writerOf(log).append([encode(log.lastLsn, key, valueBytes)], log.lastLsn, log.lastLsn, 1);
      }),
  };
}

/** Makes what was appended durable. */
export const sync: LogOperation = { name: 'sync', run: (_, log) => outcome(() => writerOf(log).sync()) };

/** Finishes the segment: the next append begins another. */
export const rotate: LogOperation = { name: 'rotate', run: (_, log) => outcome(() => writerOf(log).rotate()) };

/** Ends the log on purpose. */
export const close: LogOperation = {
  name: 'close',
  run: (_, log) => outcome(() => writerOf(log).closeClean(log.lastLsn + 1)),
};

/**
 * The keeper dies in the middle of an append, or just before it would have stored the log's new position; its successor
 * goes on from the old one and appends the same again.
 */
export function appendTwice(key: string, valueBytes = 0): LogOperation {
  const { run } = append(key, valueBytes);
  return {
    name: 'append',
    arguments: key,
    run(host, log) {
      const { lastLsn } = log;
      const before = positionOf(writerOf(log));
      run(host, log);
      log.lastLsn = lastLsn;
      log.writer = writerAt(host, before);
      return run(host, log);
    },
  };
}

/** What a program does that takes a failed sync for a passing one: it syncs again. */
export const syncAgain: LogOperation = {
  name: 'sync',
  run: (host, log) => {
    const first = sync.run(host, log);
    if (first === undefined || log.writer === null) return first;
    log.writer = writerAt(host, positionOf(log.writer));
    return sync.run(host, log);
  },
};

function positionOf({ segment, offset, sequence }: LogPosition): LogPosition {
  return { segment, offset, sequence };
}

/** Nothing, or that the disk failed. */
export function outcome(action: () => void): 'failed' | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof DiskError) return 'failed';
    throw error;
  }
}

function encode(lsn: number, key: string, valueBytes: number): Uint8Array {
  const bytes = new Uint8Array(recordBytes(key.length, valueBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, lsn, true);
  view.setInt32(4, packMeta(PUT, 0, key.length), true);
  view.setInt32(8, packMeta2(0, valueBytes), true);
  bytes.set(Buffer.from(key), RECORD_HEADER_BYTES);
  bytes.fill(0x76, RECORD_HEADER_BYTES + key.length, RECORD_HEADER_BYTES + key.length + valueBytes);
  return bytes;
}

/** I17, I20, I21: what is found is a prefix of what was appended, in order, that holds everything synced. */
export const prefixOfLog: DurableSpecification<readonly string[]> = {
  durability: 'buffered',
  initial: [],
  apply(state, { name, arguments: key }) {
    switch (name) {
      case 'append':
        return [
          { state: [...state, String(key)], result: undefined },
          // Nobody knows what a failed write left.
          { state: [...state, String(key)], result: 'failed' },
          { state, result: 'failed' },
        ];
      case 'open':
        return [
          { state, result: state },
          { state, result: 'failed' },
        ];
      default:
        return [
          { state, result: undefined, durable: true },
          { state, result: 'failed' },
        ];
    }
  },
};
