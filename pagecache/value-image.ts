/**
 * The image of a large value, in a slot of its own; the image of a leaf names it.
 *
 * ```
 *   0  magic "RLVL"                 u32
 *   4  checksum of 8 to the end     u32   crc32, seeded with the store's seed
 *   8  format version               u16
 *  10  zero                         u16
 *  12  value bytes                  u32
 *  16  store id                     16 bytes
 *  32  image id                     u64   never used twice
 *  40  tree id                      u32
 *  44  zero                         u32
 *  48  the value
 * ```
 */
import { crc32 } from 'node:zlib';
import { getUint53, setUint53, viewOf } from './bytes.ts';
import { PAGE_FORMAT_VERSION, VALUE_IMAGE_HEADER_BYTES } from './file-limits.ts';

const MAGIC = 0x4c564c52;

/** Makes the header of a value's image from the value, given in parts. Returns the image's checksum. */
export function encodeValueHeader(
  target: Uint8Array,
  parts: readonly Uint8Array[],
  treeId: number,
  imageId: number,
  storeId: Uint8Array,
  seed: number,
): number {
  const view = viewOf(target);
  let valueBytes = 0;
  for (const part of parts) valueBytes += part.length;
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, PAGE_FORMAT_VERSION, true);
  view.setUint32(12, valueBytes, true);
  target.set(storeId, 16);
  setUint53(view, 32, imageId);
  view.setUint32(40, treeId, true);
  view.setUint32(44, 0, true);
  let checksum = crc32(target.subarray(8, VALUE_IMAGE_HEADER_BYTES), seed);
  for (const part of parts) checksum = crc32(part, checksum);
  view.setUint32(4, checksum, true);
  return checksum;
}

/** What a leaf's image says of a large value. */
export interface ExpectedValue {
  readonly valueImageId: number;
  readonly valueBytes: number;
  readonly valueChecksum: number;
}

/** Says what is wrong with a value's image, or ''. The value is behind the header. `bytes` is what was read of it. */
export function checkValueImage(bytes: Uint8Array, expected: ExpectedValue, storeId: Uint8Array, seed: number): string {
  const length = VALUE_IMAGE_HEADER_BYTES + expected.valueBytes;
  if (bytes.length < length) return 'the file ends inside a large value';
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== MAGIC) return 'no large value begins here';
  if (view.getUint32(4, true) !== crc32(bytes.subarray(8, length), seed)) return 'a large value fails its checksum';
  if (!storeId.every((byte, index) => byte === bytes[16 + index])) return 'the large value belongs to another store';
  const same =
    view.getUint32(12, true) === expected.valueBytes &&
    view.getUint32(4, true) === expected.valueChecksum &&
    getUint53(view, 32) === expected.valueImageId;
  return same ? '' : 'another large value than the one that the leaf names';
}
