/** Reading an image: every byte that is handed out has been checked, and the end block's totals agree. Bytes: image-format.ts. */
import { getUint53, viewOf } from '../pagecache/bytes.ts';
import { type Disk, type DiskFile, readFully } from './disk.ts';
import { CorruptError } from './errors.ts';
import {
  decodeImageBlock,
  decodeImageHeader,
  IMAGE_END_BYTES,
  type ImageBlock,
  type ImageHeader,
  imageName,
} from './image-format.ts';
import {
  IMAGE_BLOCK_HEADER_BYTES,
  IMAGE_ENTRY_HEADER_BYTES,
  IMAGE_HEADER_BYTES,
  MAX_KEY_BYTES,
  MAX_VALUE_BYTES,
} from './limits.ts';
import { checksumOf } from './log-format.ts';
import { alignTo8 } from './record.ts';
import { FileWindow } from './window.ts';

/** Called once for each entry; the views are valid during the call only. */
export type VisitEntry = (treeId: number, key: Uint8Array, value: Uint8Array) => void;

/** An image on disk, its header read and checked. Holds no open file between calls. */
export class ImageReader {
  readonly path: string;
  readonly redoLsn: number;
  readonly endLsn: number;
  readonly nextTreeId: number;
  readonly #disk: Disk;
  readonly #header: ImageHeader;

  /** @throws CorruptError, NewerFormatError, DiskError */
  constructor(disk: Disk, path: string, name: string, storeId: Uint8Array) {
    this.path = path;
    this.#disk = disk;
    this.#header = readHeader(disk, path, name, storeId);
    this.redoLsn = this.#header.redoLsn;
    this.endLsn = this.#header.endLsn;
    this.nextTreeId = this.#header.nextTreeId;
  }

  /**
   * Visits every entry in the order it was written.
   * @returns the number of entries, and the bytes of their keys and values
   * @throws CorruptError naming the place, maybe after entries before it (all of them good) have been visited
   * @throws DiskError
   */
  read(visit: VisitEntry): { readonly entries: number; readonly bytes: number } {
    const file = this.#disk.open(this.path, 'read');
    try {
      return this.#readBlocks(file, visit);
    } finally {
      file.close();
    }
  }

  #readBlocks(file: DiskFile, visit: VisitEntry): { readonly entries: number; readonly bytes: number } {
    const window = new FileWindow(file);
    let offset = IMAGE_HEADER_BYTES;
    let entries = 0;
    let bytes = 0;
    for (let sequence = 0; ; sequence += 1) {
      const block = decodeImageBlock(window.at(offset, IMAGE_BLOCK_HEADER_BYTES), this.#header.salt, sequence);
      if (typeof block === 'string') {
        throw new CorruptError(this.path, offset, block);
      }
      const payload = this.#payload(window, offset, block);
      if (block.isEnd) {
        this.#checkEnd(payload, offset, entries, bytes);
        return { entries, bytes };
      }
      bytes += this.#readEntries(payload, block.entries, offset, visit);
      entries += block.entries;
      offset += IMAGE_BLOCK_HEADER_BYTES + block.payloadBytes;
    }
  }

  #payload(window: FileWindow, offset: number, block: ImageBlock): Uint8Array {
    const payload = window.at(offset + IMAGE_BLOCK_HEADER_BYTES, block.payloadBytes);
    if (payload.length < block.payloadBytes) {
      throw new CorruptError(this.path, offset, 'the file ends inside a block');
    }
    if (checksumOf([payload], this.#header.salt.word0) !== block.payloadChecksum) {
      throw new CorruptError(this.path, offset, 'a block fails its checksum');
    }
    return payload;
  }

  #checkEnd(payload: Uint8Array, offset: number, entries: number, bytes: number): void {
    const view = viewOf(payload);
    const agrees = payload.length === IMAGE_END_BYTES && getUint53(view, 0) === entries && getUint53(view, 8) === bytes;
    if (!agrees) {
      throw new CorruptError(this.path, offset, 'the totals in the end block differ from what was read');
    }
  }

  #readEntries(payload: Uint8Array, entries: number, blockOffset: number, visit: VisitEntry): number {
    const view = viewOf(payload);
    let at = 0;
    let bytes = 0;
    for (let index = 0; index < entries; index += 1) {
      const fits = at + IMAGE_ENTRY_HEADER_BYTES <= payload.length;
      const keyBytes = fits ? view.getUint32(at + 4, true) : MAX_KEY_BYTES + 1;
      const valueBytes = fits ? view.getUint32(at + 8, true) : 0;
      const key = at + IMAGE_ENTRY_HEADER_BYTES;
      const value = key + keyBytes;
      if (keyBytes > MAX_KEY_BYTES || valueBytes > MAX_VALUE_BYTES || value + valueBytes > payload.length) {
        throw new CorruptError(this.path, blockOffset, 'a block that passes its checksum holds an impossible entry');
      }
      visit(view.getUint32(at, true), payload.subarray(key, value), payload.subarray(value, value + valueBytes));
      bytes += keyBytes + valueBytes;
      at += alignTo8(IMAGE_ENTRY_HEADER_BYTES + keyBytes + valueBytes);
    }
    return bytes;
  }
}

function readHeader(disk: Disk, path: string, name: string, storeId: Uint8Array): ImageHeader {
  const bytes = new Uint8Array(IMAGE_HEADER_BYTES);
  const file = disk.open(path, 'read');
  let length = 0;
  try {
    length = readFully(file, bytes, 0);
  } finally {
    file.close();
  }
  const header = decodeImageHeader(bytes.subarray(0, length), path);
  if (typeof header === 'string') {
    throw new CorruptError(path, 0, header);
  }
  if (imageName(header.redoLsn) !== name) {
    throw new CorruptError(path, 32, `the file says it is ${imageName(header.redoLsn)}`);
  }
  if (!header.storeId.every((byte, index) => byte === storeId[index])) {
    throw new CorruptError(path, 16, 'the file belongs to another store');
  }
  return header;
}
