/**
 * The bytes of an image: everything a store held, as of its log between two LSNs. `image-<redo LSN, 16 digits>`.
 *
 * ```
 *      0  image header, padded with zeros to 4,096 bytes
 *   4096  block 0 │ block 1 │ … │ end block       nothing behind it
 * ```
 * Image header:
 * ```
 *   0  magic "RLNKIMG\n"       8 bytes
 *   8  format version          u32
 *  12  next tree id            u32
 *  16  store id                16 bytes
 *  32  redo LSN                u64   replay the log from here: every write below is in the image
 *  40  end LSN                 u64   no write above is in the image; the log reaches at least this far
 *  48  salt                    2 × u32, random: seeds the blocks' checksums
 *  56  checksum of 0 to 55     u32
 * ```
 * Block:
 * ```
 *   0  magic "RLIB"            u32
 *   4  sequence                u32   0, 1, 2, …
 *   8  payload bytes           u32   multiple of 8; of the end block 16
 *  12  entries                 u32   of the end block 0
 *  16  is the end block        u32   0 or 1
 *  20  checksum of the payload u32   crc32, seeded with salt 0
 *  24  zero                    u32
 *  28  checksum of 0 to 27     u32   crc32, seeded with salt 1
 *  32  payload                 entries; of the end block: entries in all u64, bytes of keys and values in all u64
 * ```
 * Entry: tree id u32, key bytes u32, value bytes u32, key, value, zeros to a multiple of 8.
 */
import { crc32 } from 'node:zlib';
import { getUint53, setUint53, viewOf } from '../pagecache/bytes.ts';
import { NewerFormatError } from './errors.ts';
import { FORMAT_VERSION, IMAGE_BLOCK_HEADER_BYTES, MAX_IMAGE_BLOCK_PAYLOAD_BYTES } from './limits.ts';
import type { Salt } from './log-format.ts';

/** Payload of the end block. */
export const IMAGE_END_BYTES = 16;

const IMAGE_MAGIC = new TextEncoder().encode('RLNKIMG\n');
const IMAGE_BLOCK_MAGIC = 0x42494c52;
const HEADER_CHECKED_BYTES = 56;
const BLOCK_CHECKED_BYTES = 28;
const IMAGE_NAME = /^image-(\d{16})$/;

/** What an image says of itself. */
export interface ImageHeader {
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  readonly redoLsn: number;
  readonly endLsn: number;
  readonly nextTreeId: number;
  readonly salt: Salt;
}

/** What a block of an image says of itself. */
export interface ImageBlock {
  readonly sequence: number;
  readonly payloadBytes: number;
  readonly entries: number;
  readonly isEnd: boolean;
  readonly payloadChecksum: number;
}

/** File name of an image. */
export function imageName(redoLsn: number): string {
  return `image-${String(redoLsn).padStart(16, '0')}`;
}

/** True for an image's file name. */
export function isImageName(name: string): boolean {
  return IMAGE_NAME.test(name);
}

/** Writes the header into the first bytes of `target`. */
export function encodeImageHeader(target: Uint8Array, header: ImageHeader): void {
  const view = viewOf(target);
  target.set(IMAGE_MAGIC, 0);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.nextTreeId, true);
  target.set(header.storeId, 16);
  setUint53(view, 32, header.redoLsn);
  setUint53(view, 40, header.endLsn);
  view.setUint32(48, header.salt.word0, true);
  view.setUint32(52, header.salt.word1, true);
  view.setUint32(HEADER_CHECKED_BYTES, crc32(target.subarray(0, HEADER_CHECKED_BYTES)), true);
}

/**
 * Reads an image's header, or says in words why it is none.
 * @throws NewerFormatError when a later version wrote it
 */
export function decodeImageHeader(source: Uint8Array, file: string): ImageHeader | string {
  if (source.length < HEADER_CHECKED_BYTES + 4) {
    return 'the file ends inside its header';
  }
  const view = viewOf(source);
  if (!IMAGE_MAGIC.every((byte, index) => source[index] === byte)) {
    return 'not the beginning of an image';
  }
  if (view.getUint32(HEADER_CHECKED_BYTES, true) !== crc32(source.subarray(0, HEADER_CHECKED_BYTES))) {
    return 'the header fails its checksum';
  }
  if (view.getUint32(8, true) > FORMAT_VERSION) {
    throw new NewerFormatError(file, view.getUint32(8, true), FORMAT_VERSION);
  }
  return {
    storeId: source.slice(16, 32),
    redoLsn: getUint53(view, 32),
    endLsn: getUint53(view, 40),
    nextTreeId: view.getUint32(12, true),
    salt: { word0: view.getUint32(48, true), word1: view.getUint32(52, true) },
  };
}

/** Writes a block's header, its own checksum included, into the first bytes of `target`. */
export function encodeImageBlock(target: Uint8Array, block: ImageBlock, salt: Salt): void {
  const view = viewOf(target);
  view.setUint32(0, IMAGE_BLOCK_MAGIC, true);
  view.setUint32(4, block.sequence, true);
  view.setUint32(8, block.payloadBytes, true);
  view.setUint32(12, block.entries, true);
  view.setUint32(16, block.isEnd ? 1 : 0, true);
  view.setUint32(20, block.payloadChecksum, true);
  view.setUint32(24, 0, true);
  view.setUint32(BLOCK_CHECKED_BYTES, crc32(target.subarray(0, BLOCK_CHECKED_BYTES), salt.word1), true);
}

/** Reads a block's header, or says in words why it is none. */
export function decodeImageBlock(source: Uint8Array, salt: Salt, sequence: number): ImageBlock | string {
  if (source.length < IMAGE_BLOCK_HEADER_BYTES) {
    return 'the file ends before its end block';
  }
  const view = viewOf(source);
  if (view.getUint32(0, true) !== IMAGE_BLOCK_MAGIC) {
    return 'no block begins here';
  }
  if (view.getUint32(BLOCK_CHECKED_BYTES, true) !== crc32(source.subarray(0, BLOCK_CHECKED_BYTES), salt.word1)) {
    return 'a block header fails its checksum';
  }
  if (view.getUint32(4, true) !== sequence) {
    return 'a block is out of order';
  }
  const payloadBytes = view.getUint32(8, true);
  if (payloadBytes % 8 !== 0 || payloadBytes > MAX_IMAGE_BLOCK_PAYLOAD_BYTES) {
    return 'a block has no legal length';
  }
  return {
    sequence,
    payloadBytes,
    entries: view.getUint32(12, true),
    isEnd: view.getUint32(16, true) === 1,
    payloadChecksum: view.getUint32(20, true),
  };
}
