/** Every bound of the files, in one place, and checked against one another when the module is loaded. */
import { KEY_BYTES_MASK, PART_HEADER_BYTES, RECORD_HEADER_BYTES, VALUE_BYTES_MASK } from './record.ts';

/** Version of the store's files as a whole; a newer one is refused. */
export const FORMAT_VERSION = 1;
/** Longest key. */
export const MAX_KEY_BYTES = 1024;
/** Longest value. */
export const MAX_VALUE_BYTES = 2 ** 24;
/** The first LSN that a store gives out. */
export const FIRST_LSN = 1;

/** A segment's blocks begin here, so that no later write shares a sector with the segment's header. */
export const SEGMENT_HEADER_BYTES = 4096;
/** A segment that has reached this size is followed by a new one (a larger block may still exceed it). */
export const DEFAULT_SEGMENT_BYTES = 16 * 2 ** 20;
/** Bounds on what a caller may ask for. */
export const MIN_SEGMENT_BYTES = 2 * SEGMENT_HEADER_BYTES;
export const MAX_SEGMENT_BYTES = 2 ** 30;
/** A new segment gets this many zeros, and twice as many each time they run out, up to the segment's size. */
export const FIRST_ZEROS_BYTES = 2 ** 20;

/** Header of a block in a segment. */
export const BLOCK_HEADER_BYTES = 48;
/** Payload of one block: also the most memory that recovery needs at once for the log. */
export const MAX_BLOCK_PAYLOAD_BYTES = 64 * 2 ** 20;

/** Header of an image. */
export const IMAGE_HEADER_BYTES = 4096;
/** Header of a block in an image. */
export const IMAGE_BLOCK_HEADER_BYTES = 32;
/** An image's block is written once it holds this much (a single larger entry makes a larger block). */
export const IMAGE_BLOCK_BYTES = 256 * 2 ** 10;
/** Before the key and value of an image's entry. */
export const IMAGE_ENTRY_HEADER_BYTES = 12;
/** Payload of one image block. */
export const MAX_IMAGE_BLOCK_PAYLOAD_BYTES =
  IMAGE_BLOCK_BYTES + IMAGE_ENTRY_HEADER_BYTES + MAX_KEY_BYTES + MAX_VALUE_BYTES + 8;

/** Most buffers that one system call takes (IOV_MAX is 1,024 on Linux, and 16 at worst). */
export const MAX_PARTS_PER_WRITE = 512;

function assertLimit(holds: boolean, what: string): void {
  if (!holds) {
    throw new RangeError(`wal/limits.ts: ${what}`);
  }
}

assertLimit(MAX_KEY_BYTES <= KEY_BYTES_MASK, 'a key length fits its 11 bits');
assertLimit(MAX_VALUE_BYTES <= VALUE_BYTES_MASK, 'a value length fits its 25 bits');
assertLimit(BLOCK_HEADER_BYTES % 8 === 0 && SEGMENT_HEADER_BYTES % 8 === 0, 'records in a segment are 8-aligned');
assertLimit(
  MAX_BLOCK_PAYLOAD_BYTES >= RECORD_HEADER_BYTES + PART_HEADER_BYTES + MAX_KEY_BYTES + MAX_VALUE_BYTES + 8,
  'the largest record fits a block',
);
assertLimit(MAX_SEGMENT_BYTES + BLOCK_HEADER_BYTES + MAX_BLOCK_PAYLOAD_BYTES < 2 ** 31, 'offsets fit an int32');
assertLimit(MIN_SEGMENT_BYTES > SEGMENT_HEADER_BYTES, 'a segment has room for blocks');

/** Longest sleep of a thread that waits for ring room: it cannot see the keeper die while it sleeps. */
export const ROOM_WAIT_MS = 5;
/** How often it waits without seeing the log move, before its operation fails: 10 s. */
export const ROOM_WAITS_MAX = 2000;

/** Entries that the keeper stages before it unpins: it must not hold back the epoch for long. */
export const STAGED_PER_PIN = 512;
