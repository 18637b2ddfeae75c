/**
 * The simple checkpoint: one image of everything, written aside, synced, renamed. Bytes: image-format.ts.
 *
 * 1. Whoever checkpoints notes the redo LSN R, walks the trees and adds every entry to an `ImageWriter`.
 * 2. It notes the end LSN E and waits until the log is durable through E.
 * 3. `finish` writes the end block and the header, syncs, renames, syncs the directory, removes older images.
 * 4. Then, and only then, the log below R may go (`dropSegmentsBelow`).
 */
import { setUint53, viewOf } from '../pagecache/bytes.ts';
import { type Disk, type DiskFile, writeFully } from './disk.ts';
import { CorruptError } from './errors.ts';
import { encodeImageBlock, encodeImageHeader, IMAGE_END_BYTES, imageName, isImageName } from './image-format.ts';
import { ImageReader } from './image-reader.ts';
import {
  IMAGE_BLOCK_BYTES,
  IMAGE_BLOCK_HEADER_BYTES,
  IMAGE_ENTRY_HEADER_BYTES,
  IMAGE_HEADER_BYTES,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
} from './limits.ts';
import { checksumOf, type Salt } from './log-format.ts';
import { alignTo8 } from './record.ts';
import { ASIDE_SUFFIX, createAside, newSalt } from './segment-file.ts';
import { syncStoreFile } from './store-file.ts';

/** What an image stands for. */
export interface ImageBounds {
  /** Replay the log from here. */
  readonly redoLsn: number;
  /** Nothing above is in the image; the log is durable through here. */
  readonly endLsn: number;
  /** The tree id to give out next. */
  readonly nextTreeId: number;
}

/** Writes an image, entry by entry, in bounded memory: `add`… then `finish`, or `abort`. */
export class ImageWriter {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #storeId: Uint8Array;
  readonly #draft: string;
  readonly #file: DiskFile;
  readonly #salt: Salt;
  readonly #block = new Uint8Array(IMAGE_BLOCK_BYTES);
  #filled = 0;
  #entriesInBlock = 0;
  #offset = IMAGE_HEADER_BYTES;
  #sequence = 0;
  #entries = 0;
  #bytes = 0;

  /** @throws DiskError */
  constructor(disk: Disk, directory: string, storeId: Uint8Array) {
    this.#disk = disk;
    this.#directory = directory;
    this.#storeId = storeId;
    this.#draft = `${directory}/${imageName(0)}`;
    this.#file = createAside(disk, this.#draft);
    this.#salt = newSalt(disk);
  }

  /**
   * Adds one entry. The bytes are copied or written before this returns.
   * @throws DiskError: then call `abort`
   */
  add(treeId: number, key: Uint8Array, value: Uint8Array): void {
    if (key.length > MAX_KEY_BYTES || value.length > MAX_VALUE_BYTES) {
      throw new RangeError(`an entry of ${key.length} and ${value.length} bytes is too long`);
    }
    const bytes = alignTo8(IMAGE_ENTRY_HEADER_BYTES + key.length + value.length);
    if (this.#filled + bytes > this.#block.length) {
      this.#writeBlock();
    }
    const target = bytes > this.#block.length ? new Uint8Array(bytes) : this.#block;
    encodeEntry(target.subarray(this.#filled, this.#filled + bytes), treeId, key, value);
    this.#filled += bytes;
    this.#entriesInBlock += 1;
    this.#entries += 1;
    this.#bytes += key.length + value.length;
    if (target !== this.#block) {
      this.#writeBlock(target);
    }
  }

  /**
   * Completes the image and puts it in the place of all older ones; it is durable on return.
   * @returns its path and size
   * @throws DiskError: the image before is as good as it was
   */
  finish(bounds: ImageBounds): { readonly path: string; readonly bytes: number } {
    this.#writeBlock();
    this.#writeEnd();
    const header = new Uint8Array(IMAGE_HEADER_BYTES);
    encodeImageHeader(header, { ...bounds, storeId: this.#storeId, salt: this.#salt });
    writeFully(this.#file, [header], 0);
    syncStoreFile(this.#disk, this.#directory);
    const path = `${this.#directory}/${imageName(bounds.redoLsn)}`;
    this.#file.sync();
    this.#file.close();
    this.#disk.rename(this.#draft + ASIDE_SUFFIX, path);
    this.#disk.syncDirectory(this.#directory);
    removeOtherImages(this.#disk, this.#directory, imageName(bounds.redoLsn));
    return { path, bytes: this.#offset };
  }

  /** Closes and removes what was written so far; for after an error, too. */
  abort(): void {
    this.#file.close();
    if (this.#disk.kind(this.#draft + ASIDE_SUFFIX) === 'file') {
      this.#disk.unlink(this.#draft + ASIDE_SUFFIX);
    }
  }

  #writeBlock(payload: Uint8Array = this.#block): void {
    if (this.#filled > 0) {
      this.#write(payload.subarray(0, this.#filled), this.#entriesInBlock, false);
      this.#filled = 0;
      this.#entriesInBlock = 0;
    }
  }

  #writeEnd(): void {
    const totals = new Uint8Array(IMAGE_END_BYTES);
    setUint53(viewOf(totals), 0, this.#entries);
    setUint53(viewOf(totals), 8, this.#bytes);
    this.#write(totals, 0, true);
  }

  #write(payload: Uint8Array, entries: number, isEnd: boolean): void {
    const header = new Uint8Array(IMAGE_BLOCK_HEADER_BYTES);
    const payloadChecksum = checksumOf([payload], this.#salt.word0);
    const sequence = this.#sequence;
    encodeImageBlock(header, { sequence, payloadBytes: payload.length, entries, isEnd, payloadChecksum }, this.#salt);
    this.#offset = writeFully(this.#file, [header, payload], this.#offset);
    this.#sequence += 1;
  }
}

function encodeEntry(target: Uint8Array, treeId: number, key: Uint8Array, value: Uint8Array): void {
  const view = viewOf(target);
  view.setUint32(0, treeId, true);
  view.setUint32(4, key.length, true);
  view.setUint32(8, value.length, true);
  target.set(key, IMAGE_ENTRY_HEADER_BYTES);
  target.set(value, IMAGE_ENTRY_HEADER_BYTES + key.length);
  target.fill(0, IMAGE_ENTRY_HEADER_BYTES + key.length + value.length);
}

/**
 * The newest image of a store, or null when it has none. With more than one there (a crash between publishing and
 * removing), the newest is read through first: good, it stays alone; damaged, an older one is taken, for which the log then
 * has to suffice. With one image, damage of its blocks shows in `read`.
 * @throws CorruptError when there are images and none is good
 * @throws NewerFormatError, DiskError
 */
export function openImage(disk: Disk, directory: string, storeId: Uint8Array): ImageReader | null {
  const names = disk.list(directory).filter(isImageName).sort().reverse();
  let damage: CorruptError | null = null;
  for (const name of names) {
    try {
      const reader = new ImageReader(disk, `${directory}/${name}`, name, storeId);
      if (names.length > 1) {
        reader.read(() => {});
      }
      // Its name may be in the system's cache only, when the process died behind the rename; and what it stands for is about
      // to go: older images here, the log below it in recovery.
      disk.syncDirectory(directory);
      if (damage === null) {
        removeOtherImages(disk, directory, name);
      }
      return reader;
    } catch (error) {
      if (!(error instanceof CorruptError)) {
        throw error;
      }
      damage ??= error;
    }
  }
  if (damage !== null) {
    throw damage;
  }
  return null;
}

function removeOtherImages(disk: Disk, directory: string, keep: string): void {
  for (const name of disk.list(directory)) {
    if (isImageName(name) && name !== keep) {
      disk.unlink(`${directory}/${name}`);
    }
  }
}
