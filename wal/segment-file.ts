/**
 * Segments as files: finding, making and dropping them. A segment gets its name only when its header and zeros are synced
 * (written aside, synced, renamed, directory synced), so a damaged header is never the trace of a crash.
 */
import { type Disk, type DiskFile, isDiskError, randomWords, readFully, writeFully, writeZeros } from './disk.ts';
import { CorruptError } from './errors.ts';
import { SEGMENT_HEADER_BYTES } from './limits.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  type Salt,
  type SegmentHeader,
  segmentName,
  segmentNumberOf,
} from './log-format.ts';

/** Ends the name of a file that is being written; one found at open is a leftover. */
export const ASIDE_SUFFIX = '.new';

/** A segment on disk. */
export interface Segment {
  readonly path: string;
  readonly header: SegmentHeader;
}

/** Path of a segment. */
export function segmentPath(directory: string, number: number): string {
  return `${directory}/${segmentName(number)}`;
}

/**
 * All segments of a directory with their headers, by ascending number.
 * @throws CorruptError when a header is damaged or belongs to another store or number
 * @throws NewerFormatError, DiskError
 */
export function listSegments(disk: Disk, directory: string, storeId: Uint8Array): Segment[] {
  const numbers = disk
    .list(directory)
    .map(segmentNumberOf)
    .filter((number) => number > 0)
    .sort((left, right) => left - right);
  return numbers.map((number) => readSegment(disk, directory, number, storeId));
}

/** One segment's header, checked. Throws as `listSegments` does. */
export function readSegment(disk: Disk, directory: string, number: number, storeId: Uint8Array): Segment {
  const path = segmentPath(directory, number);
  const file = disk.open(path, 'read');
  try {
    return { path, header: checkedHeader(file, path, number, storeId) };
  } finally {
    file.close();
  }
}

function checkedHeader(file: DiskFile, path: string, number: number, storeId: Uint8Array): SegmentHeader {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const header = decodeSegmentHeader(bytes.subarray(0, readFully(file, bytes, 0)), path);
  if (typeof header === 'string') {
    throw new CorruptError(path, 0, header);
  }
  if (header.number !== number) {
    throw new CorruptError(path, 32, `the file says it is ${segmentName(header.number)}`);
  }
  if (!header.storeId.every((byte, index) => byte === storeId[index])) {
    throw new CorruptError(path, 16, 'the file belongs to another store');
  }
  return header;
}

/** 64 random bits for a file on the disk. */
export function newSalt(disk: Disk): Salt {
  const [word0, word1] = randomWords(disk, 2);
  return { word0, word1 };
}

/** Creates the file to write a segment or image in before it gets its name; a leftover of that name is removed. */
export function createAside(disk: Disk, path: string): DiskFile {
  const aside = path + ASIDE_SUFFIX;
  try {
    return disk.open(aside, 'create');
  } catch (error) {
    if (!isDiskError(error, 'EEXIST')) {
      throw error;
    }
    disk.unlink(aside);
    return disk.open(aside, 'create');
  }
}

/** Syncs and closes the file made by `createAside(disk, path)`, gives it its name and makes the name durable. */
export function publishAside(disk: Disk, directory: string, path: string, file: DiskFile): void {
  file.sync();
  file.close();
  disk.rename(path + ASIDE_SUFFIX, path);
  disk.syncDirectory(directory);
}

/** Writes a segment's header at the beginning of the file. */
export function writeSegmentHeader(file: DiskFile, header: SegmentHeader): void {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  encodeSegmentHeader(bytes, header);
  writeFully(file, [bytes], 0);
}

/** Makes a segment with room for blocks up to `zeroedTo` bytes, durable under its name. */
export function createSegment(disk: Disk, directory: string, header: SegmentHeader, zeroedTo: number): void {
  const path = segmentPath(directory, header.number);
  const file = createAside(disk, path);
  try {
    writeSegmentHeader(file, header);
    writeZeros(file, SEGMENT_HEADER_BYTES, zeroedTo);
    publishAside(disk, directory, path, file);
  } finally {
    file.close();
  }
}

/**
 * Removes the segments that hold only records below `lsn`, oldest first, so that a crash in between leaves no gap.
 * The last segment always stays: it carries the numbering on.
 * @returns how many were removed
 * @throws DiskError, CorruptError
 */
export function dropSegmentsBelow(disk: Disk, directory: string, storeId: Uint8Array, lsn: number): number {
  const segments = listSegments(disk, directory, storeId);
  let dropped = 0;
  // The next one's first LSN may itself have PARTs in this one: hence "below", not "at or below".
  while (dropped + 1 < segments.length && segments[dropped + 1].header.firstLsn < lsn) {
    disk.unlink(segments[dropped].path);
    dropped += 1;
  }
  return dropped;
}
