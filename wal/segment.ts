/**
 * Writing the log: blocks of records into segments, one writer at a time.
 *
 * The writer's whole state is three small numbers, so that a successor can go on where a terminated keeper stood:
 * 1. `append` writes a block at a known offset. Only then does the caller store the new position.
 * 2. A writer made from the position before an append writes the same place again, under the same salt and sequence.
 * 3. When a segment is full it is synced, then the next one is made, which names where its predecessor ends. A successor
 *    that still holds the earlier position finds that file and goes on in it.
 *
 * The first failure is the last: nobody knows what a failed write or sync left on the disk, so every later call throws it again.
 */
import { type Disk, type DiskFile, writeFully, writeZeros } from './disk.ts';
import { CorruptError } from './errors.ts';
import {
  BLOCK_HEADER_BYTES,
  DEFAULT_SEGMENT_BYTES,
  FIRST_LSN,
  FIRST_ZEROS_BYTES,
  MAX_BLOCK_PAYLOAD_BYTES,
  MAX_SEGMENT_BYTES,
  MIN_SEGMENT_BYTES,
  SEGMENT_HEADER_BYTES,
} from './limits.ts';
import {
  BLOCK_END,
  BLOCK_RECORDS,
  checksumOf,
  emptyBlockHeader,
  encodeBlockHeader,
  type Salt,
  type SegmentHeader,
} from './log-format.ts';
import { createSegment, newSalt, readSegment, segmentPath } from './segment-file.ts';
import { syncStoreFile } from './store-file.ts';

/** In `LogPosition.sequence`: the log has its END (or nothing at all); the next append begins a new segment. */
export const ENDED = -1;
/** In `LogPosition.sequence`: the segment is finished and synced up to `offset`; the next append begins a new one. */
export const ROTATED = -2;

/** Where the next block goes: all that must outlive a writer. Every number fits an int32. */
export interface LogPosition {
  /** Number of the segment; 0 when the store has none yet. */
  readonly segment: number;
  /** Offset in its file. When `sequence` is ENDED, where its END begins; 0 for a WHOLE segment. */
  readonly offset: number;
  /** Sequence of the next block in it, or ENDED or ROTATED. */
  readonly sequence: number;
}

/** The position of a store that has no log yet. */
export const EMPTY_LOG: LogPosition = { segment: 0, offset: 0, sequence: ENDED };

/** What a writer is told once. */
export interface LogWriterOptions {
  readonly directory: string;
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  /** Size at which a segment is full; default 16 MiB. */
  readonly segmentBytes?: number;
}

/** Writes blocks. Touches no file before the first append or sync. */
export class LogWriter implements LogPosition {
  segment: number;
  offset: number;
  sequence: number;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #storeId: Uint8Array;
  readonly #segmentBytes: number;
  readonly #headerBytes = new Uint8Array(BLOCK_HEADER_BYTES);
  readonly #header = emptyBlockHeader();
  #file: DiskFile | null = null;
  #salt: Salt = { word0: 0, word1: 0 };
  #zeroedTo = 0;
  #syncedOffset = 0;
  #failure: { readonly error: unknown } | null = null;

  constructor(disk: Disk, options: LogWriterOptions, position: LogPosition) {
    this.#disk = disk;
    this.#directory = options.directory;
    this.#storeId = options.storeId;
    this.#segmentBytes = options.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
    if (!(this.#segmentBytes >= MIN_SEGMENT_BYTES && this.#segmentBytes <= MAX_SEGMENT_BYTES)) {
      throw new RangeError(`segmentBytes must be ${MIN_SEGMENT_BYTES} to ${MAX_SEGMENT_BYTES}: ${this.#segmentBytes}`);
    }
    this.segment = position.segment;
    this.offset = position.offset;
    this.sequence = position.sequence;
  }

  /**
   * Writes one block, unsynced. `parts` together are whole records (record.ts), at most 64 MiB; they may be views of shared
   * memory. `firstLsn` is the first record's LSN, at least the previous block's `lastLsn` (equal only when PARTs of that
   * record went before); `lastLsn` the highest LSN in the block, or of a void place behind it; `count` the number of records.
   * @returns the new offset; the new position is then in `segment`, `offset` and `sequence`
   * @throws DiskError, CorruptError; the writer is then unusable
   */
  append(parts: readonly Uint8Array[], firstLsn: number, lastLsn: number, count: number): number {
    const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (payloadBytes === 0 || payloadBytes % 8 !== 0 || payloadBytes > MAX_BLOCK_PAYLOAD_BYTES) {
      throw new RangeError(`a block of ${payloadBytes} bytes is not 8 to ${MAX_BLOCK_PAYLOAD_BYTES} in steps of 8`);
    }
    if (!(firstLsn >= 1 && lastLsn >= firstLsn && lastLsn - firstLsn < 2 ** 31 && count >= 1)) {
      throw new RangeError(`a block cannot hold ${count} records from LSN ${firstLsn} to ${lastLsn}`);
    }
    this.#attempt(() => {
      const blockBytes = BLOCK_HEADER_BYTES + payloadBytes;
      this.#prepare(firstLsn);
      if (this.offset > SEGMENT_HEADER_BYTES && this.offset + blockBytes > this.#segmentBytes) {
        this.#finishSegment();
        this.#prepare(firstLsn);
      }
      this.#writeBlock(BLOCK_RECORDS, parts, payloadBytes, firstLsn, lastLsn, count);
    });
    return this.offset;
  }

  /**
   * Returns once everything appended, also by a predecessor whose position this writer began with, is on the disk.
   * @throws DiskError: what was appended may or may not be there, and no later sync can tell. Never retried.
   */
  sync(): void {
    this.#attempt(() => {
      if (this.sequence >= 0) {
        this.#open().sync();
        this.#syncedOffset = this.offset;
      }
    });
  }

  /** Syncs and finishes the current segment, so that a checkpoint can drop it. The next append begins a new one. */
  rotate(): void {
    this.#attempt(() => {
      if (this.sequence >= 0) {
        this.#open();
        this.#finishSegment();
      }
    });
  }

  /**
   * Says in the log that it ends here on purpose, at `nextLsn`, syncs and closes it. Does nothing when the log has its END.
   * @throws DiskError, CorruptError
   */
  closeClean(nextLsn: number): void {
    this.#attempt(() => {
      if (this.sequence === ENDED) {
        return;
      }
      this.#prepare(nextLsn);
      // Two syncs: with the first, END can say that all before it is durable, and later damage there is known as such.
      this.#open().sync();
      this.#syncedOffset = this.offset;
      const endOfRecords = this.offset;
      this.#writeBlock(BLOCK_END, [], 0, nextLsn - 1, nextLsn - 1, 0);
      const file = this.#open();
      file.truncate(this.offset);
      file.sync();
      file.close();
      this.#file = null;
      this.sequence = ENDED;
      this.offset = endOfRecords;
    });
  }

  /** Closes the file without writing: for a keeper that gives up its place. */
  abandon(): void {
    this.#file?.close();
    this.#file = null;
  }

  #attempt(action: () => void): void {
    if (this.#failure !== null) {
      throw this.#failure.error;
    }
    try {
      action();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #writeBlock(kind: number, parts: readonly Uint8Array[], bytes: number, first: number, last: number, count: number) {
    const file = this.#open();
    const end = this.offset + BLOCK_HEADER_BYTES + bytes;
    this.#zeroUpTo(file, end);
    const header = this.#header;
    header.kind = kind;
    header.payloadBytes = bytes;
    header.count = count;
    header.firstLsn = first;
    header.lastLsn = last;
    header.sequence = this.sequence;
    header.syncedOffset = this.#syncedOffset;
    header.payloadChecksum = checksumOf(parts, this.#salt.word0);
    encodeBlockHeader(this.#headerBytes, header, this.#salt);
    writeFully(file, [this.#headerBytes, ...parts], this.offset);
    this.offset = end;
    this.sequence += 1;
  }

  #zeroUpTo(file: DiskFile, end: number): void {
    if (end > this.#zeroedTo) {
      const to = Math.max(end, Math.min(this.#segmentBytes, 2 * this.#zeroedTo));
      writeZeros(file, this.#zeroedTo, to);
      this.#zeroedTo = to;
    }
  }

  #prepare(firstLsn: number): void {
    if (this.sequence >= 0 && this.#file === null) {
      this.#open();
      if (this.#disk.kind(segmentPath(this.#directory, this.segment + 1)) === 'file') {
        this.#finishSegment(); // a predecessor rotated, and did not live to store the position
      }
    }
    if (this.sequence < 0) {
      this.#beginSegment(firstLsn);
    }
  }

  #open(): DiskFile {
    if (this.#file === null) {
      const { path, header } = readSegment(this.#disk, this.#directory, this.segment, this.#storeId);
      this.#file = this.#disk.open(path, 'write');
      this.#salt = header.salt;
      this.#zeroedTo = this.#file.size();
      this.#syncedOffset = Math.min(this.#syncedOffset, this.offset);
    }
    return this.#file;
  }

  #finishSegment(): void {
    const file = this.#open();
    file.sync();
    file.close();
    this.#file = null;
    this.sequence = ROTATED;
  }

  #beginSegment(firstLsn: number): void {
    const previous = this.#previous();
    const number = this.segment + 1;
    if (this.#disk.kind(segmentPath(this.#directory, number)) === 'file') {
      this.#adopt(number, previous, firstLsn);
    } else {
      const zeroedTo = Math.min(this.#segmentBytes, FIRST_ZEROS_BYTES);
      const header: SegmentHeader = {
        start: this.segment === 0,
        whole: false,
        storeId: this.#storeId,
        number,
        // Before a store's first record there may be void places, but there is no other segment.
        firstLsn: this.segment === 0 ? FIRST_LSN : firstLsn,
        previousEndOffset: previous.endOffset,
        salt: newSalt(this.#disk),
        previousSalt: previous.salt,
      };
      if (this.segment === 0) {
        syncStoreFile(this.#disk, this.#directory);
      }
      createSegment(this.#disk, this.#directory, header, zeroedTo);
    }
    this.segment = number;
    this.offset = SEGMENT_HEADER_BYTES;
    this.sequence = 0;
    this.#syncedOffset = SEGMENT_HEADER_BYTES;
    this.#open();
  }

  #previous(): { readonly endOffset: number; readonly salt: Salt } {
    if (this.segment === 0) {
      return { endOffset: 0, salt: { word0: 0, word1: 0 } };
    }
    const { header } = readSegment(this.#disk, this.#directory, this.segment, this.#storeId);
    return { endOffset: this.offset, salt: header.salt };
  }

  /** Goes on in a segment that a predecessor made without living to store the position. */
  #adopt(number: number, previous: { readonly endOffset: number; readonly salt: Salt }, firstLsn: number): void {
    const { path, header } = readSegment(this.#disk, this.#directory, number, this.#storeId);
    const continues =
      header.previousEndOffset === previous.endOffset &&
      header.previousSalt.word0 === previous.salt.word0 &&
      header.previousSalt.word1 === previous.salt.word1 &&
      header.firstLsn <= firstLsn;
    if (!continues) {
      throw new CorruptError(path, 48, 'the file does not continue the segment before it');
    }
    this.#disk.syncDirectory(this.#directory);
  }
}
