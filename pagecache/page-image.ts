/**
 * The image of a leaf: its content as one run of bytes, written to a slot and never changed there. It may hold several
 * versions of a key, each with its full LSN.
 *
 * ```
 *   0  magic "RLPG"                 u32
 *   4  checksum of 8 to the end     u32   crc32, seeded with the store's seed
 *   8  format version               u16
 *  10  flags                        u16   1 = there is a high key; without one it is +∞
 *  12  length in bytes              u32
 *  16  store id                     16 bytes
 *  32  image id                     u64   never used twice
 *  40  newest LSN                   u64   of all that this leaf ever held; 0: older than any snapshot
 *  48  tree id                      u32
 *  52  keys                         u32
 *  56  versions                     u32
 *  60  prefix bytes                 u16   common to all keys, and cut from them
 *  62  high key bytes               u16
 *  64  prefix │ high key │ key │ key │ …
 * ```
 * The right sibling is not named: it is the leaf that covers the high key. Page ids do not outlive an opening.
 * ```
 *   key:      length − prefix bytes  varint │ the bytes behind the prefix │ versions, newest first
 *   version:  kind, + 4: the key's last one  u8 │ 0: older than any snapshot; else newest LSN − LSN + 1  varint │
 *             VALUE: length varint, bytes │ TOMBSTONE: nothing │
 *             LARGE: slot u32, image id u64, value bytes u32, checksum of its image u32
 * ```
 * A varint has 7 bits a byte, the lowest first; the top bit says that another follows.
 */
import { crc32 } from 'node:zlib';
import { type ByteSource, setUint53, viewOf } from './bytes.ts';
import { PAGE_FORMAT_VERSION, PAGE_IMAGE_BYTES_MAX, PAGE_IMAGE_HEADER_BYTES } from './file-limits.ts';

/** Kinds of versions; the numbers are those of the log's records. */
export const VALUE = 1;
/** The key is deleted. */
export const TOMBSTONE = 2;
/** A value that lies in a slot of its own (value-image.ts). */
export const LARGE = 3;

/** Bit of a version's first byte: the key has no older one here. */
export const LAST_VERSION = 4;
/** Bit of the flags: there is a high key. */
export const HAS_HIGH_KEY = 1;
/** Bytes of a reference to a large value. */
export const REFERENCE_BYTES = 20;
/** "RLPG". */
export const PAGE_IMAGE_MAGIC = 0x47504c52;

const VARINT_BYTES_MAX = 8;

/** Where a large value is. */
export interface LargeValue {
  /** The slot on disk: slot-class.ts. */
  slot: number;
  imageId: number;
  valueBytes: number;
  /** Of its image. */
  checksum: number;
}

/** What an image says of its leaf as a whole. */
export interface PageHead {
  treeId: number;
  imageId: number;
  /** At least the LSN of every version. */
  newestLsn: number;
  /** Whose bytes the keys below are. */
  source: ByteSource;
  /** The common prefix of all keys. */
  prefixAt: number;
  prefixBytes: number;
  highAt: number;
  /** −1: there is none. */
  highBytes: number;
}

/** Writes images, one at a time, into a buffer of its own: `begin`, then keys in order with their versions, then `finish`. */
export class PageImageWriter {
  /** The image, once finished, is at its start. */
  readonly bytes: Uint8Array;
  /** Of the finished image. */
  checksum = 0;
  readonly #view: DataView;
  readonly #storeId: Uint8Array;
  readonly #seed: number;
  #at = 0;
  #keys = 0;
  #versions = 0;
  #prefixBytes = 0;
  #newestLsn = 0;
  /** The first byte of the version before, −1: of this key there is none. */
  #version = -1;

  /** `seed` is that of the store's page files; `bytesMax` bounds the images. */
  constructor(storeId: Uint8Array, seed: number, bytesMax: number = PAGE_IMAGE_BYTES_MAX) {
    this.bytes = new Uint8Array(bytesMax);
    this.#view = viewOf(this.bytes);
    this.#storeId = storeId;
    this.#seed = seed;
  }

  begin(head: PageHead): void {
    const view = this.#view;
    const { source, prefixBytes, highBytes } = head;
    view.setUint32(0, PAGE_IMAGE_MAGIC, true);
    view.setUint16(8, PAGE_FORMAT_VERSION, true);
    view.setUint16(10, highBytes < 0 ? 0 : HAS_HIGH_KEY, true);
    this.bytes.set(this.#storeId, 16);
    setUint53(view, 32, head.imageId);
    setUint53(view, 40, head.newestLsn);
    view.setUint32(48, head.treeId, true);
    view.setUint16(60, prefixBytes, true);
    view.setUint16(62, Math.max(highBytes, 0), true);
    source.readBytes(head.prefixAt, this.bytes, PAGE_IMAGE_HEADER_BYTES, prefixBytes);
    this.#at = PAGE_IMAGE_HEADER_BYTES + prefixBytes;
    if (highBytes > 0) source.readBytes(head.highAt, this.bytes, this.#at, highBytes);
    this.#at += Math.max(highBytes, 0);
    this.#keys = 0;
    this.#versions = 0;
    this.#prefixBytes = prefixBytes;
    this.#newestLsn = head.newestLsn;
    this.#version = -1;
  }

  /** Begins the next key, which is greater than the one before and begins with the prefix. False: the image is full. */
  addKey(source: ByteSource, at: number, bytes: number): boolean {
    const rest = bytes - this.#prefixBytes;
    if (!this.#fits(VARINT_BYTES_MAX + rest)) return false;
    this.#endKey();
    this.#at = putVarint(this.bytes, this.#at, rest);
    source.readBytes(at + this.#prefixBytes, this.bytes, this.#at, rest);
    this.#at += rest;
    this.#keys++;
    return true;
  }

  /** Adds the next older version of the key. An LSN of 0: older than any snapshot. False: the image is full. */
  addValue(lsn: number, source: ByteSource, at: number, bytes: number): boolean {
    if (!this.#fits(1 + 2 * VARINT_BYTES_MAX + bytes)) return false;
    this.#beginVersion(VALUE, lsn);
    this.#at = putVarint(this.bytes, this.#at, bytes);
    source.readBytes(at, this.bytes, this.#at, bytes);
    this.#at += bytes;
    return true;
  }

  /** The same for a deletion. */
  addTombstone(lsn: number): boolean {
    if (!this.#fits(1 + VARINT_BYTES_MAX)) return false;
    this.#beginVersion(TOMBSTONE, lsn);
    return true;
  }

  /** The same for a value in a slot of its own. */
  addLarge(lsn: number, value: LargeValue): boolean {
    if (!this.#fits(1 + VARINT_BYTES_MAX + REFERENCE_BYTES)) return false;
    this.#beginVersion(LARGE, lsn);
    putReference(this.#view, this.#at, value);
    this.#at += REFERENCE_BYTES;
    return true;
  }

  /** Completes the image; returns its length. */
  finish(): number {
    this.#endKey();
    const view = this.#view;
    const length = this.#at;
    view.setUint32(12, length, true);
    view.setUint32(52, this.#keys, true);
    view.setUint32(56, this.#versions, true);
    this.checksum = sealImage(this.bytes, length, this.#seed);
    return length;
  }

  #fits(bytes: number): boolean {
    return this.#at + bytes <= this.bytes.length;
  }

  #beginVersion(kind: number, lsn: number): void {
    this.#version = this.#at;
    this.bytes[this.#at] = kind;
    this.#at = putVarint(this.bytes, this.#at + 1, lsn === 0 ? 0 : this.#newestLsn - lsn + 1);
    this.#versions++;
  }

  #endKey(): void {
    if (this.#version >= 0) this.bytes[this.#version] |= LAST_VERSION;
    this.#version = -1;
  }
}

/** Writes a reference to a large value. */
export function putReference(view: DataView, at: number, value: LargeValue): void {
  view.setUint32(at, value.slot, true);
  setUint53(view, at + 4, value.imageId);
  view.setUint32(at + 12, value.valueBytes, true);
  view.setUint32(at + 16, value.checksum, true);
}

/** Computes the checksum of an image of `length` bytes, puts it in its place and returns it. */
export function sealImage(bytes: Uint8Array, length: number, seed: number): number {
  const checksum = crc32(bytes.subarray(8, length), seed);
  viewOf(bytes).setUint32(4, checksum, true);
  return checksum;
}

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest >= 0x80) {
    bytes[next++] = (rest % 0x80) | 0x80;
    rest = rest < 2 ** 31 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  bytes[next] = rest;
  return next + 1;
}
