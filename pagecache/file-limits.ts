/** Every bound of the page files and the manifest, in one place, checked against one another when the module is loaded. */

/** Version of page files, images and manifests; a newer one is refused. */
export const PAGE_FORMAT_VERSION = 1;
/** A page file's slots begin here, so that no write of a page shares a sector with the file's header. */
export const PAGE_FILE_HEADER_BYTES = 4096;
/** Slots are multiples of this: a sector belongs to one slot. */
export const SLOT_UNIT_BYTES = 512;
/** The smallest slot. */
export const SLOT_BYTES_MIN = 1024;
/** Bits of a slot's number in its file. */
export const SLOT_INDEX_BITS = 26;

/** Header of a page image. */
export const PAGE_IMAGE_HEADER_BYTES = 64;
/** The largest page image: more than any frame can hold. */
export const PAGE_IMAGE_BYTES_MAX = 2 ** 20;
/** The longest key in an image. */
export const IMAGE_KEY_BYTES_MAX = 1024;
/** Header of the image of a large value. */
export const VALUE_IMAGE_HEADER_BYTES = 48;
/** The largest value that has an image of its own. */
export const LARGE_VALUE_BYTES_MAX = 2 ** 24;

/** Header of a manifest; its records begin here. */
export const MANIFEST_HEADER_BYTES = 4096;
/** Header of a record in a manifest. */
export const MANIFEST_RECORD_BYTES = 88;
/** An entry of a manifest, before its keys. */
export const MANIFEST_ENTRY_BYTES = 48;
/** The largest manifest: it is read at once. At 80 bytes an entry that is enough for 25 million pages. */
export const MANIFEST_BYTES_MAX = 2 ** 31 - 1;
/** A manifest is not worth rewriting below this size. */
export const MANIFEST_REWRITE_BYTES_MIN = 2 ** 18;
/** Large values of one page. */
export const PAGE_VALUES_MAX = 2 ** 14;
/** Records of a manifest are written in pieces of this size. */
export const MANIFEST_PIECE_BYTES = 2 ** 18;

function assertLimit(holds: boolean, what: string): void {
  if (!holds) throw new RangeError(`pagecache/file-limits.ts: ${what}`);
}

assertLimit(PAGE_FILE_HEADER_BYTES % SLOT_UNIT_BYTES === 0, 'slots begin at sectors');
assertLimit(SLOT_BYTES_MIN % SLOT_UNIT_BYTES === 0, 'slots are whole sectors');
assertLimit(IMAGE_KEY_BYTES_MAX < 0xffff, 'key lengths fit 16 bits, one value of them to spare');
assertLimit(
  MANIFEST_ENTRY_BYTES + 3 * IMAGE_KEY_BYTES_MAX + 4 + 4 * PAGE_VALUES_MAX <= MANIFEST_PIECE_BYTES,
  'an entry of a manifest fits a piece',
);
assertLimit(MANIFEST_RECORD_BYTES % 8 === 0 && MANIFEST_HEADER_BYTES % 8 === 0, 'records of a manifest are 8-aligned');
