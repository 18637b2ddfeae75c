/** Going on after recovery: where the next block goes, and the copy that makes sure of what was accepted. */
import { BlockReader } from './block-reader.ts';
import { type Disk, type DiskFile, writeFully } from './disk.ts';
import { CorruptError } from './errors.ts';
import { BLOCK_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './limits.ts';
import {
  BLOCK_END,
  BLOCK_RECORDS,
  type BlockHeader,
  checksumOf,
  emptyBlockHeader,
  encodeBlockHeader,
  type SegmentHeader,
  segmentNumberOf,
} from './log-format.ts';
import { acceptedEnd, type LogRecovery } from './recovery.ts';
import { EMPTY_LOG, ENDED, type LogPosition } from './segment.ts';
import { createAside, newSalt, publishAside, segmentPath, writeSegmentHeader } from './segment-file.ts';

/**
 * The position at which a recovered log goes on; a log that was not clean is rewritten first. Call it before anything is
 * acknowledged.
 * @throws DiskError, CorruptError
 */
export function continueLog(disk: Disk, recovery: LogRecovery): LogPosition {
  if (!recovery.clean) {
    return rewriteAcceptedLog(disk, recovery);
  }
  const last = recovery.segments.at(-1);
  if (last === undefined) {
    return EMPTY_LOG;
  }
  // A predecessor may have died between renaming this segment and syncing the directory: its name may be in the cache only,
  // and the log that it replaces is about to be dropped.
  disk.syncDirectory(recovery.directory);
  // Not behind the END block: a process that died while closing may have left it in the system's cache only.
  const offset = last.header.whole ? 0 : recovery.endOffset - BLOCK_HEADER_BYTES;
  return { segment: last.header.number, offset, sequence: ENDED };
}

/**
 * Copies the accepted blocks from `recovery.fromLsn` on into a new segment that needs no other, ends it with END, makes it
 * durable, and removes all segments before it. A crash at any point leaves either the old log or the new one.
 * @throws DiskError; CorruptError when a block no longer reads as it did
 */
export function rewriteAcceptedLog(disk: Disk, recovery: LogRecovery): LogPosition {
  const { directory, fromLsn, lastLsn } = recovery;
  const older = disk
    .list(directory)
    .map(segmentNumberOf)
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
  const header: SegmentHeader = {
    start: true,
    whole: true,
    storeId: recovery.storeId,
    number: (older.at(-1) ?? 0) + 1,
    firstLsn: fromLsn,
    previousEndOffset: 0,
    salt: newSalt(disk),
    previousSalt: { word0: 0, word1: 0 },
  };
  const path = segmentPath(directory, header.number);
  const file = createAside(disk, path);
  try {
    writeSegmentHeader(file, header);
    const copy = new BlockCopy(file, header);
    recovery.segments.forEach((_, index) => {
      copySegment(disk, recovery, index, copy);
    });
    copy.write({ ...emptyBlockHeader(), kind: BLOCK_END, firstLsn: lastLsn, lastLsn }, new Uint8Array(0));
    publishAside(disk, directory, path, file);
  } finally {
    file.close();
  }
  for (const number of older) {
    disk.unlink(segmentPath(directory, number));
  }
  return { segment: header.number, offset: 0, sequence: ENDED };
}

function copySegment(disk: Disk, recovery: LogRecovery, index: number, copy: BlockCopy): void {
  const segment = recovery.segments[index];
  const isLast = index === recovery.segments.length - 1;
  const end = isLast ? recovery.endOffset : acceptedEnd(recovery.segments[index + 1]);
  const reader = new BlockReader(disk, segment, end);
  try {
    while (reader.next()) {
      if (reader.header.kind === BLOCK_RECORDS && reader.header.lastLsn >= recovery.fromLsn) {
        copy.write(reader.header, reader.payload);
      }
    }
    if (!reader.ended && reader.offset !== end) {
      throw new CorruptError(
        segment.path,
        reader.offset,
        `a block that was good a moment ago is not: ${reader.reason}`,
      );
    }
  } finally {
    reader.close();
  }
}

class BlockCopy {
  readonly #file: DiskFile;
  readonly #segment: SegmentHeader;
  readonly #header = emptyBlockHeader();
  readonly #bytes = new Uint8Array(BLOCK_HEADER_BYTES);
  #offset = SEGMENT_HEADER_BYTES;
  #sequence = 0;

  constructor(file: DiskFile, segment: SegmentHeader) {
    this.#file = file;
    this.#segment = segment;
  }

  write(source: BlockHeader, payload: Uint8Array): void {
    const { salt } = this.#segment;
    const payloadChecksum = checksumOf([payload], salt.word0);
    // A whole file needs no synced offset: its flag says more, and one file may be longer than the field holds.
    Object.assign(this.#header, source, { sequence: this.#sequence, syncedOffset: 0, payloadChecksum });
    encodeBlockHeader(this.#bytes, this.#header, salt);
    this.#offset = writeFully(this.#file, [this.#bytes, payload], this.#offset);
    this.#sequence += 1;
  }
}
