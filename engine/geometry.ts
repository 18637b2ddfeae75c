import { ArgumentError } from '../pagecache/errors.ts';
import { type Geometry, type Layout, layoutOf } from '../pagecache/layout.ts';

/** Smallest and largest `cacheBytes`. The largest is what 28 bits of 64-byte units can address. */
export const CACHE_BYTES_MIN = 4 * 2 ** 20;
export const CACHE_BYTES_MAX = 16 * 2 ** 30;
/** Threads that can be attached to a store at once. */
export const THREADS_MAX = 63;
/** Snapshots that can be held at once, those of iterators included. */
export const SNAPSHOTS_MAX = 256;
/** Bytes of the staging buffer of a store on disk. */
export const STAGING_BYTES = 4 * 2 ** 20;

const KIB_WORDS = 256;
/** Block sizes in words, about a quarter apart: 256 bytes to 64 KiB. */
const CLASS_WORDS = [
  64, 128, 256, 384, 512, 640, 768, 896, 1024, 1152, 1280, 1408, 1536, 1664, 1792, 1920, 2048, 2304, 2560, 3072, 4096,
  8192, 16384,
];
const CHUNK_WORDS = 64 * KIB_WORDS;

/**
 * The layout of a store's memory. `cacheBytes` bounds all of it: tree, ring, tables, staging buffer; `keptBytes` the part
 * that old versions may take.
 *
 * @throws ArgumentError when `cacheBytes` is out of bounds
 */
export function productionLayout(cacheBytes: number, staged: boolean, keptBytes: number): Layout {
  if (!Number.isSafeInteger(cacheBytes) || cacheBytes < CACHE_BYTES_MIN || cacheBytes > CACHE_BYTES_MAX) {
    throw new ArgumentError(
      `cacheBytes must be an integer from ${CACHE_BYTES_MIN} to ${CACHE_BYTES_MAX}, not ${cacheBytes}`,
    );
  }
  const totalWords = Math.floor(cacheBytes / 4);
  const geometry: Geometry = {
    threads: THREADS_MAX + 1,
    ringWords: 1 << 15,
    pages: Math.min(2 ** 28 - 1, Math.floor(totalWords / 16)),
    chunkWords: CHUNK_WORDS,
    chunks: 0,
    classWords: CLASS_WORDS,
    hintWords: 512,
    leafContentWords: 1536,
    innerContentWords: 512,
    slotsMin: 16,
    slotsMax: 32,
    appendWords: 384,
    inlineWords: 512,
    stagingBytes: staged ? Math.min(STAGING_BYTES, 2 ** Math.floor(Math.log2(cacheBytes / 8))) : 0,
    snapshots: SNAPSHOTS_MAX,
    keptWords: Math.floor(keptBytes / 4),
    firstPosition: 1,
  };
  const tables = layoutOf(geometry);
  const chunks = Math.floor((totalWords - tables.heapAt) / (CHUNK_WORDS + 1));
  return layoutOf({ ...geometry, chunks });
}
