/**
 * Reading the log at open: the longest prefix that checks out, or an error that says what is missing.
 *
 * 1. The newest run of segments counts: from the last START on, without a missing number. It must reach down to the LSN
 *    that is asked for: else something in the middle is gone, and that is an error.
 * 2. Every segment but the last was synced before its successor was made, and the successor says where it ends. So damage
 *    in it is not the trace of a crash: an error.
 * 3. In the last segment the log ends where a block does not check out: a crash may leave any part of what was not yet
 *    synced. The rest is reported as `truncated`. **But** when a later block of the same file is there and says that the
 *    damaged place had been synced, then acknowledged writes are lost, and that, too, is an error.
 * 4. An END block ends the log for certain: it is `clean`.
 *
 * What cannot be told from a crash: the loss of synced bytes with nothing behind them (a file cut short). There the prefix
 * counts, and `throughLsn` catches what an image proves to have existed.
 *
 * After a log that was not clean, `continueLog` copies the accepted part into a new file before anything is acknowledged:
 * what recovery read may have been only in the system's cache, and a second crash must not find less than the first.
 */
import { BlockReader, inspectTail } from './block-reader.ts';
import type { Disk } from './disk.ts';
import { CorruptError } from './errors.ts';
import { FIRST_LSN } from './limits.ts';
import { BLOCK_RECORDS, segmentName } from './log-format.ts';
import { type LogRecord, RecordReader } from './record-reader.ts';
import { listSegments, type Segment, segmentPath } from './segment-file.ts';

/** What to read. */
export interface RecoveryOptions {
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  /** Records below are not wanted: the image's redo LSN, or FIRST_LSN without an image. */
  readonly fromLsn: number;
  /** The log must reach this far: the image's end LSN. Default: nothing is asked. */
  readonly throughLsn?: number;
}

/** What did not check out, and was taken for a torn tail. */
export interface Truncation {
  readonly file: string;
  readonly offset: number;
  readonly reason: string;
  readonly lostBytes: number;
}

/** What was read. */
export interface LogRecovery {
  readonly directory: string;
  readonly storeId: Uint8Array;
  readonly fromLsn: number;
  /** Highest LSN that the log names; the next one to give out is one more. */
  readonly lastLsn: number;
  /** The log has its END, or there is none at all: nothing needs to be rewritten. */
  readonly clean: boolean;
  /** Blocks accepted. */
  readonly blocks: number;
  /** Records visited. */
  readonly records: number;
  /** Bytes of the blocks accepted. */
  readonly bytes: number;
  readonly truncated: Truncation | null;
  /** The segments read, in order. */
  readonly segments: readonly Segment[];
  /** Where the accepted part of the last of them ends. */
  readonly endOffset: number;
}

/**
 * Reads the log of a store and calls `visit` for every record from `fromLsn` on, in LSN order. Memory: one block and one
 * value. `visit` may have been called before an error is found; what it was given was good, but not all there is.
 * @throws CorruptError (see above), NewerFormatError, DiskError; and what `visit` throws
 */
export function recoverLog(
  disk: Disk,
  directory: string,
  options: RecoveryOptions,
  visit: (record: LogRecord) => void,
): LogRecovery {
  const segments = newestRun(listSegments(disk, directory, options.storeId), directory, options.fromLsn);
  const state = { lastLsn: options.fromLsn - 1, blocks: 0, bytes: 0, clean: true, endOffset: 0 };
  const records = new RecordReader(options.fromLsn, visit);
  let truncated: Truncation | null = null;
  segments.forEach((segment, index) => {
    const next = segments.at(index + 1);
    const reader = new BlockReader(disk, segment, acceptedEnd(next));
    try {
      state.lastLsn = Math.max(state.lastLsn, segment.header.firstLsn - 1);
      state.clean = false;
      readBlocks(reader, records, state);
      if (next !== undefined) {
        checkEnd(reader, next);
      } else if (!state.clean) {
        truncated = judgeTail(reader);
      }
      state.endOffset = reader.offset;
    } finally {
      reader.close();
    }
  });
  if (state.lastLsn < (options.throughLsn ?? 0)) {
    const file = segments.at(-1)?.path ?? segmentPath(directory, 1);
    const reason = `the log ends at LSN ${state.lastLsn}, and the image proves that it reached ${options.throughLsn}`;
    throw new CorruptError(file, state.endOffset, reason);
  }
  const { storeId, fromLsn } = options;
  return { directory, storeId, fromLsn, ...state, records: records.records, truncated, segments };
}

/** The segments that count. */
function newestRun(all: readonly Segment[], directory: string, fromLsn: number): Segment[] {
  let first = all.length - 1;
  while (first > 0 && !all[first].header.start && all[first - 1].header.number === all[first].header.number - 1) {
    first -= 1;
  }
  const run = all.slice(Math.max(first, 0));
  const lowest = run.at(0);
  if (lowest === undefined) {
    if (fromLsn > FIRST_LSN) {
      throw new CorruptError(segmentPath(directory, 1), 0, `there is no log, and LSN ${fromLsn} on is needed`);
    }
    return run;
  }
  if (lowest.header.firstLsn > fromLsn) {
    const missing = segmentName(lowest.header.number - 1);
    const reason = `the segment before it, ${missing}, is missing, and the log is needed from LSN ${fromLsn} on`;
    throw new CorruptError(lowest.path, 40, reason);
  }
  // Whole segments below what is asked for only wait to be dropped.
  let skip = 0;
  while (skip + 1 < run.length && run[skip + 1].header.firstLsn < fromLsn) {
    skip += 1;
  }
  return run.slice(skip);
}

function readBlocks(
  reader: BlockReader,
  records: RecordReader,
  state: { lastLsn: number; blocks: number; bytes: number; clean: boolean },
): void {
  // A START segment may begin with a block that holds records from below the LSN it was rewritten from.
  let floor = reader.segment.header.start ? 0 : reader.segment.header.firstLsn - 1;
  while (reader.next()) {
    const { kind, firstLsn, lastLsn, count } = reader.header;
    if (firstLsn < floor || lastLsn < firstLsn || !Number.isSafeInteger(lastLsn)) {
      const reason = `a block holds LSN ${firstLsn} to ${lastLsn}, behind LSN ${floor}`;
      throw new CorruptError(reader.segment.path, reader.blockOffset, reason);
    }
    const wrong = kind === BLOCK_RECORDS ? records.read(reader.payload, firstLsn, lastLsn, count) : '';
    if (wrong !== '') {
      const reason = `a block that passes its checksum is not as it should be: ${wrong}`;
      throw new CorruptError(reader.segment.path, reader.blockOffset, reason);
    }
    floor = lastLsn;
    state.lastLsn = Math.max(state.lastLsn, lastLsn);
    state.blocks += 1;
    state.bytes += reader.offset - reader.blockOffset;
    state.clean = reader.ended;
  }
}

/** How far to read a segment that has this successor. */
export function acceptedEnd(next: Segment | undefined): number {
  const end = next?.header.previousEndOffset ?? 0;
  return end === 0 ? Number.POSITIVE_INFINITY : end;
}

/** A segment that has a successor ends exactly where the successor says, or in its END. */
function checkEnd(reader: BlockReader, next: Segment): void {
  const { salt } = reader.segment.header;
  const { previousSalt, previousEndOffset } = next.header;
  if (salt.word0 !== previousSalt.word0 || salt.word1 !== previousSalt.word1) {
    throw new CorruptError(next.path, 64, 'the file continues another segment than the one before it');
  }
  if (!reader.ended && reader.offset !== previousEndOffset) {
    const reason = reader.reason === '' ? 'a block reaches past the end of the log here' : reader.reason;
    throw new CorruptError(reader.segment.path, reader.offset, `${reason}, and the log goes on in a later file`);
  }
}

/** The last segment stopped without END: a torn tail, or damage to what was durable. */
function judgeTail(reader: BlockReader): Truncation | null {
  const { path, header } = reader.segment;
  const { offset, reason } = reader;
  if (header.whole) {
    throw new CorruptError(path, offset, `${reason}, in a file that was complete`);
  }
  const { lostBytes, syncedOffset } = inspectTail(reader);
  if (syncedOffset > offset) {
    throw new CorruptError(path, offset, `${reason}, and a later block shows that this place had been synced`);
  }
  return lostBytes === 0 ? null : { file: path, offset, reason, lostBytes };
}
