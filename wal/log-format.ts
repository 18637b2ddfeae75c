/**
 * The bytes of the log's files. All numbers are little-endian; u64 holds integers up to 2^53 − 1.
 *
 * A segment, `log-<number, 10 digits>`:
 * ```
 *      0  segment header, padded with zeros to 4,096 bytes
 *   4096  block 0 │ block 1 │ …            each a multiple of 8 bytes, the next one directly behind
 *      …  zeros                            room for further blocks; the log ends where a block does not check out
 * ```
 * Segment header:
 * ```
 *   0  magic "RLNKLOG\n"                   8 bytes
 *   8  format version                      u32
 *  12  flags                               u32   1 = START: needs nothing of any segment with a lower number
 *                                                2 = WHOLE: was complete and synced when it got its name
 *  16  store id                            16 bytes
 *  32  segment number                      u64   consecutive
 *  40  first LSN                           u64   every record of a lower LSN is wholly in earlier segments
 *  48  where the previous segment ends     u64   known, because it was synced so far before this one was made; an END
 *                                                block may follow. 0: none before, or that one is WHOLE and has its END
 *  56  salt                                2 × u32, random: seeds every checksum of this segment's blocks
 *  64  salt of the previous segment        2 × u32: which segment this one continues
 *  72  checksum of bytes 0 to 71           u32
 * ```
 * Block:
 * ```
 *   0  magic "RLBK"                        u32
 *   4  kind                                u32   1 = RECORDS, 2 = END: the log ends here on purpose, all of it synced
 *   8  payload bytes                       u32   multiple of 8
 *  12  records, PARTs included             u32
 *  16  first LSN                           u64   of the first record; the others' low words count from it
 *  24  last LSN                            u64
 *  32  sequence                            u32   0, 1, 2, … within the segment
 *  36  synced offset                       u32   the writer knew this much of the segment to be durable
 *  40  checksum of the payload             u32   crc32, seeded with salt 0
 *  44  checksum of bytes 0 to 43           u32   crc32, seeded with salt 1
 *  48  payload                             records, see record.ts
 * ```
 * The salt makes a block of another file, or of a file that had this place on the disk before, no block here. The two
 * checksums let a reader trust the length before it reads so far. The synced offset tells a torn tail, which a crash may
 * leave, from damage to what was durable, which it may not (recovery.ts).
 */
import { crc32 } from 'node:zlib';
import { getUint53, setUint53, viewOf } from '../pagecache/bytes.ts';
import { NewerFormatError } from './errors.ts';
import { BLOCK_HEADER_BYTES, FORMAT_VERSION, MAX_BLOCK_PAYLOAD_BYTES } from './limits.ts';

/** A segment needs nothing of lower ones. */
export const FLAG_START = 1;
/** A segment that was complete, its END block included, when it got its name: no damage in it is a torn tail. */
export const FLAG_WHOLE = 2;
/** A block of records. */
export const BLOCK_RECORDS = 1;
/** The log ends here on purpose. */
export const BLOCK_END = 2;

const BLOCK_MAGIC = 0x4b424c52;
const SEGMENT_MAGIC = new TextEncoder().encode('RLNKLOG\n');
const SEGMENT_CHECKED_BYTES = 72;
const BLOCK_CHECKED_BYTES = 44;
const SEGMENT_NAME = /^log-(\d{10})$/;

/** 64 random bits as two unsigned words. */
export interface Salt {
  readonly word0: number;
  readonly word1: number;
}

/** What a segment says of itself. */
export interface SegmentHeader {
  readonly start: boolean;
  readonly whole: boolean;
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  readonly number: number;
  readonly firstLsn: number;
  readonly previousEndOffset: number;
  readonly salt: Salt;
  readonly previousSalt: Salt;
}

/** What a block says of itself. */
export interface BlockHeader {
  kind: number;
  payloadBytes: number;
  count: number;
  firstLsn: number;
  lastLsn: number;
  sequence: number;
  syncedOffset: number;
  payloadChecksum: number;
}

/** File name of a segment. */
export function segmentName(number: number): string {
  return `log-${String(number).padStart(10, '0')}`;
}

/** The number in a segment's file name, or 0 when the name is not one. */
export function segmentNumberOf(name: string): number {
  return Number(SEGMENT_NAME.exec(name)?.[1] ?? 0);
}

/** Writes the header into the first bytes of `target`. */
export function encodeSegmentHeader(target: Uint8Array, header: SegmentHeader): void {
  const view = viewOf(target);
  target.set(SEGMENT_MAGIC, 0);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, (header.start ? FLAG_START : 0) | (header.whole ? FLAG_WHOLE : 0), true);
  target.set(header.storeId, 16);
  setUint53(view, 32, header.number);
  setUint53(view, 40, header.firstLsn);
  setUint53(view, 48, header.previousEndOffset);
  view.setUint32(56, header.salt.word0, true);
  view.setUint32(60, header.salt.word1, true);
  view.setUint32(64, header.previousSalt.word0, true);
  view.setUint32(68, header.previousSalt.word1, true);
  view.setUint32(72, crc32(target.subarray(0, SEGMENT_CHECKED_BYTES)), true);
}

/**
 * Reads a segment's header, or says in words why it is none.
 * @throws NewerFormatError when a later version wrote it
 */
export function decodeSegmentHeader(source: Uint8Array, file: string): SegmentHeader | string {
  const view = viewOf(source);
  if (source.length < SEGMENT_CHECKED_BYTES + 4) {
    return 'the file ends inside its header';
  }
  if (!SEGMENT_MAGIC.every((byte, index) => source[index] === byte)) {
    return 'not the beginning of a log file';
  }
  if (view.getUint32(72, true) !== crc32(source.subarray(0, SEGMENT_CHECKED_BYTES))) {
    return 'the header fails its checksum';
  }
  if (view.getUint32(8, true) > FORMAT_VERSION) {
    throw new NewerFormatError(file, view.getUint32(8, true), FORMAT_VERSION);
  }
  return {
    start: (view.getUint32(12, true) & FLAG_START) !== 0,
    whole: (view.getUint32(12, true) & FLAG_WHOLE) !== 0,
    storeId: source.slice(16, 32),
    number: getUint53(view, 32),
    firstLsn: getUint53(view, 40),
    previousEndOffset: getUint53(view, 48),
    salt: { word0: view.getUint32(56, true), word1: view.getUint32(60, true) },
    previousSalt: { word0: view.getUint32(64, true), word1: view.getUint32(68, true) },
  };
}

/** Writes a block's header, its own checksum included, into the first bytes of `target`. */
export function encodeBlockHeader(target: Uint8Array, header: BlockHeader, salt: Salt): void {
  const view = viewOf(target);
  view.setUint32(0, BLOCK_MAGIC, true);
  view.setUint32(4, header.kind, true);
  view.setUint32(8, header.payloadBytes, true);
  view.setUint32(12, header.count, true);
  setUint53(view, 16, header.firstLsn);
  setUint53(view, 24, header.lastLsn);
  view.setUint32(32, header.sequence, true);
  view.setUint32(36, header.syncedOffset, true);
  view.setUint32(40, header.payloadChecksum, true);
  view.setUint32(44, crc32(target.subarray(0, BLOCK_CHECKED_BYTES), salt.word1), true);
}

/** Reads a block's header into `into`; returns '' when it checks out, else why not. The payload is not looked at. */
export function decodeBlockHeader(source: Uint8Array, salt: Salt, into: BlockHeader): string {
  if (source.length < BLOCK_HEADER_BYTES) {
    return 'the file ends inside a block header';
  }
  const view = viewOf(source);
  if (view.getUint32(0, true) !== BLOCK_MAGIC) {
    return 'no block begins here, yet bytes follow';
  }
  if (view.getUint32(44, true) !== crc32(source.subarray(0, BLOCK_CHECKED_BYTES), salt.word1)) {
    return 'a block header fails its checksum';
  }
  into.kind = view.getUint32(4, true);
  into.payloadBytes = view.getUint32(8, true);
  into.count = view.getUint32(12, true);
  into.firstLsn = getUint53(view, 16);
  into.lastLsn = getUint53(view, 24);
  into.sequence = view.getUint32(32, true);
  into.syncedOffset = view.getUint32(36, true);
  into.payloadChecksum = view.getUint32(40, true);
  return into.payloadBytes % 8 === 0 && into.payloadBytes <= MAX_BLOCK_PAYLOAD_BYTES
    ? ''
    : 'a block has no legal length';
}

/** Checksum of a payload given in pieces. */
export function checksumOf(parts: readonly Uint8Array[], seed: number): number {
  let checksum = seed;
  for (const part of parts) {
    checksum = crc32(part, checksum);
  }
  return checksum;
}

/** A header to decode into. */
export function emptyBlockHeader(): BlockHeader {
  return {
    kind: 0,
    payloadBytes: 0,
    count: 0,
    firstLsn: 0,
    lastLsn: 0,
    sequence: 0,
    syncedOffset: 0,
    payloadChecksum: 0,
  };
}
