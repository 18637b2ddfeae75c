/**
 * The bytes of a manifest, `manifest-<number, 10 digits>`: which images make up the store. All numbers are little-endian.
 *
 * ```
 *      0  header, padded with zeros to 4,096 bytes
 *   4096  record 0 │ record 1 │ …          each a multiple of 8 bytes, the next one directly behind
 * ```
 * Header:
 * ```
 *   0  magic "RLNKMAN\n"                    8 bytes
 *   8  format version                       u32
 *  12  zero                                 u32
 *  16  store id                             16 bytes
 *  32  number                               u64
 *  40  salt                                 2 × u32, random
 *  48  checksum of 0 to 47                  u32
 * ```
 * Record, one for each checkpoint:
 * ```
 *   0  magic "RLMR"                         u32
 *   4  sequence                             u32   0, 1, 2, … in the file
 *   8  payload bytes                        u32   multiple of 8
 *  12  entries                              u32
 *  16  dropped trees                        u32
 *  20  next tree id                         u32
 *  24  generation                           u64   counts the checkpoints of the store's life
 *  32  start LSN                            u64   S: every write below is in the images
 *  40  redo LSN                             u64   R: replay the log from here; at most S
 *  48  end LSN                              u64   E: no write above is in the images; the log was durable through E
 *  56  next image id                        u64   all images named have lower ones
 *  64  zero                                 u64
 *  72  chain                                u32   checksum (at 84) of the record before; of record 0 salt 0
 *  76  checksum of the payload              u32   crc32, seeded with the chain
 *  80  zero                                 u32
 *  84  checksum of 0 to 83                  u32   crc32, seeded with salt 1
 *  88  payload                              entries, by tree id and low key │ ids of dropped trees, u32 each │ zeros
 * ```
 * Record 0 describes the store wholly. In a later one the dropped trees lose all their entries, and then each entry replaces
 * those of its tree whose low key lies in [its low key, its high key). After every record the entries of a tree tile the keys
 * from −∞ (the empty key) to +∞.
 *
 * Entry:
 * ```
 *   0  tree id                              u32
 *   4  slot                                 u32   slot-class.ts
 *   8  bytes of the image                   u32
 *  12  checksum of the image                u32
 *  16  image id                             u64
 *  24  newest LSN                           u64   of all that the leaf ever held
 *  32  low key bytes                        u16   65535: the high key of the entry before
 *  34  high key bytes                       u16   65535: +∞
 *  36  trim key bytes                       u16   65535: the low key
 *  38  zero                                 u16
 *  40  large values                         u32
 *  44  zero                                 u32
 *  48  low key │ high key │ trim key │ zeros to a multiple of 4 │ slots of large values, u32 each
 * ```
 * *Trim*: keys below it that the image holds are none; they were another leaf's when the leaf's range grew to the left.
 */
import { crc32 } from 'node:zlib';
import { getUint53, setUint53, viewOf } from './bytes.ts';
import { NewerFormatError } from './errors.ts';
import { MANIFEST_RECORD_BYTES, PAGE_FORMAT_VERSION } from './file-limits.ts';

/** In a key's length: there is none of its own. */
export const NO_KEY = 0xffff;

const MAGIC = new TextEncoder().encode('RLNKMAN\n');
const RECORD_MAGIC = 0x524d4c52;
const HEADER_CHECKED_BYTES = 48;
const RECORD_CHECKED_BYTES = 84;
const NAME = /^manifest-(\d{10})$/;

/** What a manifest says of itself. */
export interface ManifestHeader {
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  readonly number: number;
  readonly salt0: number;
  readonly salt1: number;
}

/** What a checkpoint stands for. */
export interface CheckpointBounds {
  /** S: every write below is in the images. */
  readonly startLsn: number;
  /** R: replay the log from here. */
  readonly redoLsn: number;
  /** E: no write above is in the images. */
  readonly endLsn: number;
  readonly generation: number;
  readonly nextImageId: number;
  readonly nextTreeId: number;
}

/** What a record says of itself. */
export interface ManifestRecord extends CheckpointBounds {
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly entries: number;
  readonly droppedTrees: number;
  readonly chain: number;
  readonly payloadChecksum: number;
  /** Its own: the next record's chain. */
  readonly checksum: number;
}

/** File name of a manifest. */
export function manifestName(number: number): string {
  return `manifest-${String(number).padStart(10, '0')}`;
}

/** The number in a manifest's file name; 0: the name is not one. */
export function manifestNumberOf(name: string): number {
  return Number(NAME.exec(name)?.[1] ?? 0);
}

/** Ends the name of a manifest that is being written. */
export const MANIFEST_ASIDE_SUFFIX = '.new';

/** True for a manifest that had not got its name yet when its writer stopped. */
export function isManifestLeftover(name: string): boolean {
  return name.endsWith(MANIFEST_ASIDE_SUFFIX) && manifestNumberOf(name.slice(0, -MANIFEST_ASIDE_SUFFIX.length)) > 0;
}

/** Writes the header into the first bytes of `target`. */
export function encodeManifestHeader(target: Uint8Array, header: ManifestHeader): void {
  const view = viewOf(target);
  target.set(MAGIC, 0);
  view.setUint32(8, PAGE_FORMAT_VERSION, true);
  target.set(header.storeId, 16);
  setUint53(view, 32, header.number);
  view.setUint32(40, header.salt0, true);
  view.setUint32(44, header.salt1, true);
  view.setUint32(HEADER_CHECKED_BYTES, crc32(target.subarray(0, HEADER_CHECKED_BYTES)), true);
}

/**
 * Reads a manifest's header, or says in words why it is none.
 * @throws NewerFormatError when a later version wrote it
 */
export function decodeManifestHeader(source: Uint8Array, file: string): ManifestHeader | string {
  if (source.length < HEADER_CHECKED_BYTES + 4) return 'the file ends inside its header';
  const view = viewOf(source);
  if (!MAGIC.every((byte, index) => source[index] === byte)) return 'not the beginning of a manifest';
  if (view.getUint32(HEADER_CHECKED_BYTES, true) !== crc32(source.subarray(0, HEADER_CHECKED_BYTES))) {
    return 'the header fails its checksum';
  }
  const version = view.getUint32(8, true);
  if (version > PAGE_FORMAT_VERSION) throw new NewerFormatError(file, version, PAGE_FORMAT_VERSION);
  return {
    storeId: source.slice(16, 32),
    number: getUint53(view, 32),
    salt0: view.getUint32(40, true),
    salt1: view.getUint32(44, true),
  };
}

/** Writes a record's header into the first bytes of `target`; returns its checksum. */
export function encodeManifestRecord(
  target: Uint8Array,
  record: Omit<ManifestRecord, 'checksum'>,
  salt1: number,
): number {
  const view = viewOf(target);
  target.fill(0, 0, MANIFEST_RECORD_BYTES);
  view.setUint32(0, RECORD_MAGIC, true);
  view.setUint32(4, record.sequence, true);
  view.setUint32(8, record.payloadBytes, true);
  view.setUint32(12, record.entries, true);
  view.setUint32(16, record.droppedTrees, true);
  view.setUint32(20, record.nextTreeId, true);
  setUint53(view, 24, record.generation);
  setUint53(view, 32, record.startLsn);
  setUint53(view, 40, record.redoLsn);
  setUint53(view, 48, record.endLsn);
  setUint53(view, 56, record.nextImageId);
  view.setUint32(72, record.chain, true);
  view.setUint32(76, record.payloadChecksum, true);
  const checksum = crc32(target.subarray(0, RECORD_CHECKED_BYTES), salt1);
  view.setUint32(RECORD_CHECKED_BYTES, checksum, true);
  return checksum;
}

/** Reads the header of a record, or says in words why it is none. The payload is not looked at. */
export function decodeManifestRecord(source: Uint8Array, salt1: number): ManifestRecord | string {
  if (source.length < MANIFEST_RECORD_BYTES) return 'the file ends inside the header of a record';
  const view = viewOf(source);
  if (view.getUint32(0, true) !== RECORD_MAGIC) return 'no record begins here, yet bytes follow';
  const checksum = view.getUint32(RECORD_CHECKED_BYTES, true);
  if (checksum !== crc32(source.subarray(0, RECORD_CHECKED_BYTES), salt1)) {
    return 'the header of a record fails its checksum';
  }
  return {
    sequence: view.getUint32(4, true),
    payloadBytes: view.getUint32(8, true),
    entries: view.getUint32(12, true),
    droppedTrees: view.getUint32(16, true),
    nextTreeId: view.getUint32(20, true),
    generation: getUint53(view, 24),
    startLsn: getUint53(view, 32),
    redoLsn: getUint53(view, 40),
    endLsn: getUint53(view, 48),
    nextImageId: getUint53(view, 56),
    chain: view.getUint32(72, true),
    payloadChecksum: view.getUint32(76, true),
    checksum,
  };
}
