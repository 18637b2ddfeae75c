import { crc32 } from 'node:zlib';
import { getUint53, viewOf } from './bytes.ts';
import {
  IMAGE_KEY_BYTES_MAX,
  LARGE_VALUE_BYTES_MAX,
  PAGE_FORMAT_VERSION,
  PAGE_IMAGE_BYTES_MAX,
  PAGE_IMAGE_HEADER_BYTES,
} from './file-limits.ts';
import {
  HAS_HIGH_KEY,
  LARGE,
  LAST_VERSION,
  PAGE_IMAGE_MAGIC,
  REFERENCE_BYTES,
  TOMBSTONE,
  VALUE,
} from './page-image.ts';

/**
 * Reads page images (bytes: page-image.ts), one at a time, without making anything: `open`, then
 * `while (nextKey()) while (nextVersion()) …`. All positions are offsets in {@link PageImageReader.bytes}.
 *
 * Bytes that pass their checksum and are impossible nevertheless end the reading; {@link PageImageReader.damage} says why.
 */
export class PageImageReader {
  bytes: Uint8Array = new Uint8Array(0);
  checksum = 0;
  treeId = 0;
  imageId = 0;
  newestLsn = 0;
  keys = 0;
  versions = 0;
  /** Common to all keys. */
  prefixAt = 0;
  prefixBytes = 0;
  highAt = 0;
  /** −1: there is no high key. */
  highBytes = -1;
  /** What is wrong with the image, or ''. */
  damage = '';

  /** The key at hand, without the prefix. */
  keyAt = 0;
  keyBytes = 0;
  /** The version at hand: VALUE, TOMBSTONE or LARGE; its LSN, 0: older than any snapshot. */
  kind = 0;
  lsn = 0;
  /** An inline value. */
  valueAt = 0;
  /** Bytes of the value, wherever it is. */
  valueBytes = 0;
  /** Where a large value is, and where in the image that stands. */
  slot = 0;
  valueImageId = 0;
  valueChecksum = 0;
  referenceAt = 0;

  #view: DataView = viewOf(this.bytes);
  #at = 0;
  #end = 0;
  #keysRead = 0;
  #versionsRead = 0;
  #lastVersion = true;

  /** Checks an image that is to have `length` bytes, and begins reading it. Returns what is wrong with it, or ''. */
  open(bytes: Uint8Array, length: number, storeId: Uint8Array, seed: number): string {
    this.bytes = bytes;
    this.#view = viewOf(bytes);
    this.damage = this.#check(length, storeId, seed);
    if (this.damage === '') this.#begin(length);
    return this.damage;
  }

  /** Begins reading the image that is open once more. */
  rewind(): void {
    if (this.damage === '') this.#begin(this.#end);
  }

  /** Goes to the next key; what is left of the versions of the one before is passed over. */
  nextKey(): boolean {
    while (!this.#lastVersion && this.nextVersion());
    if (this.damage !== '') return false;
    if (this.#keysRead === this.keys) {
      if (this.#at !== this.#end || this.#versionsRead !== this.versions) this.#fail('the counts do not agree');
      return false;
    }
    const bytes = this.#varint();
    if (bytes < 0 || this.prefixBytes + bytes > IMAGE_KEY_BYTES_MAX || this.#at + bytes > this.#end) {
      return this.#fail('a key has an impossible length');
    }
    this.keyAt = this.#at;
    this.keyBytes = bytes;
    this.#at += bytes;
    this.#keysRead++;
    this.#lastVersion = false;
    return true;
  }

  /** Goes to the key's next older version. */
  nextVersion(): boolean {
    if (this.#lastVersion || this.damage !== '') return false;
    if (this.#at >= this.#end) return this.#fail('a version is missing');
    const first = this.bytes[this.#at++];
    this.kind = first & ~LAST_VERSION;
    this.#lastVersion = (first & LAST_VERSION) !== 0;
    const age = this.#varint();
    if (age < 0 || age > this.newestLsn) return this.#fail('a version has an impossible LSN');
    this.lsn = age === 0 ? 0 : this.newestLsn - age + 1;
    this.#versionsRead++;
    return this.#readContent();
  }

  /** Copies the whole key at hand; returns its length. */
  copyKey(target: Uint8Array): number {
    const { bytes, prefixBytes, prefixAt, keyAt, keyBytes } = this;
    for (let i = 0; i < prefixBytes; i++) target[i] = bytes[prefixAt + i];
    for (let i = 0; i < keyBytes; i++) target[prefixBytes + i] = bytes[keyAt + i];
    return prefixBytes + keyBytes;
  }

  #check(length: number, storeId: Uint8Array, seed: number): string {
    const { bytes } = this;
    const view = this.#view;
    if (length < PAGE_IMAGE_HEADER_BYTES || length > PAGE_IMAGE_BYTES_MAX) return 'the image has an impossible length';
    if (bytes.length < length) return 'the file ends inside the image';
    if (view.getUint32(0, true) !== PAGE_IMAGE_MAGIC) return 'no page image begins here';
    this.checksum = view.getUint32(4, true);
    if (this.checksum !== crc32(bytes.subarray(8, length), seed)) return 'the page image fails its checksum';
    if (view.getUint16(8, true) > PAGE_FORMAT_VERSION) return 'a later version of rightlink wrote the page image';
    if (view.getUint32(12, true) !== length) return `the page image says that it has ${view.getUint32(12, true)} bytes`;
    for (let i = 0; i < storeId.length; i++) {
      if (bytes[16 + i] !== storeId[i]) return 'the page image belongs to another store';
    }
    return '';
  }

  #begin(length: number): void {
    const view = this.#view;
    this.imageId = getUint53(view, 32);
    this.newestLsn = getUint53(view, 40);
    this.treeId = view.getUint32(48, true);
    this.keys = view.getUint32(52, true);
    this.versions = view.getUint32(56, true);
    this.prefixAt = PAGE_IMAGE_HEADER_BYTES;
    this.prefixBytes = view.getUint16(60, true);
    this.highAt = this.prefixAt + this.prefixBytes;
    this.highBytes = (view.getUint16(10, true) & HAS_HIGH_KEY) === 0 ? -1 : view.getUint16(62, true);
    this.#at = this.highAt + view.getUint16(62, true);
    this.#end = length;
    this.#keysRead = 0;
    this.#versionsRead = 0;
    this.#lastVersion = true;
    if (this.#at > length) this.#fail('the high key reaches beyond the end');
  }

  #readContent(): boolean {
    switch (this.kind) {
      case VALUE: {
        const bytes = this.#varint();
        if (bytes < 0 || this.#at + bytes > this.#end) return this.#fail('a value has an impossible length');
        this.valueAt = this.#at;
        this.valueBytes = bytes;
        this.#at += bytes;
        return true;
      }
      case TOMBSTONE:
        this.valueBytes = 0;
        return true;
      case LARGE:
        return this.#readReference();
      default:
        return this.#fail('a version is of no known kind');
    }
  }

  #readReference(): boolean {
    const at = this.#at;
    if (at + REFERENCE_BYTES > this.#end) return this.#fail('a reference reaches beyond the end');
    this.referenceAt = at;
    this.slot = this.#view.getUint32(at, true);
    this.valueImageId = getUint53(this.#view, at + 4);
    this.valueBytes = this.#view.getUint32(at + 12, true);
    this.valueChecksum = this.#view.getUint32(at + 16, true);
    this.#at += REFERENCE_BYTES;
    return this.valueBytes <= LARGE_VALUE_BYTES_MAX || this.#fail('a large value has an impossible length');
  }

  /** −1: there is none. */
  #varint(): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < 8 && this.#at < this.#end; i++) {
      const byte = this.bytes[this.#at++];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 0x80;
    }
    return -1;
  }

  #fail(reason: string): false {
    this.damage = `the page image passes its checksum, but ${reason}`;
    this.#lastVersion = true;
    return false;
  }
}
