/** Reading one segment block by block, and telling how it ends. Bytes: log-format.ts. */
import type { Disk, DiskFile } from './disk.ts';
import { BLOCK_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './limits.ts';
import {
  BLOCK_END,
  BLOCK_RECORDS,
  type BlockHeader,
  checksumOf,
  decodeBlockHeader,
  emptyBlockHeader,
} from './log-format.ts';
import type { Segment } from './segment-file.ts';
import { FileWindow } from './window.ts';

/** Walks the valid blocks of a segment from the first on. One block is in memory at a time. */
export class BlockReader {
  /** The current block's header, after `next()` returned true. */
  readonly header: BlockHeader = emptyBlockHeader();
  /** Its payload; valid until the next `next()`. */
  payload: Uint8Array = new Uint8Array(0);
  /** Where the current block begins. */
  blockOffset = SEGMENT_HEADER_BYTES;
  /** Where the next block would begin: all before it is valid. */
  offset = SEGMENT_HEADER_BYTES;
  /** The END block was read. */
  ended = false;
  /** Why `next()` returned false, when it was not END. */
  reason = '';
  readonly segment: Segment;
  readonly file: DiskFile;
  readonly #window: FileWindow;
  readonly #limit: number;
  #sequence = 0;

  /** Reads blocks that end at or before `limit`. @throws DiskError */
  constructor(disk: Disk, segment: Segment, limit: number) {
    this.segment = segment;
    this.file = disk.open(segment.path, 'read');
    this.#window = new FileWindow(this.file);
    this.#limit = limit;
  }

  /** Goes to the next block. False after END, at the limit, and where the bytes are no valid next block. @throws DiskError */
  next(): boolean {
    if (this.ended || this.offset >= this.#limit) {
      return false;
    }
    this.reason = this.#read();
    if (this.reason !== '') {
      return false;
    }
    this.blockOffset = this.offset;
    this.offset += BLOCK_HEADER_BYTES + this.header.payloadBytes;
    this.#sequence += 1;
    this.ended = this.header.kind === BLOCK_END;
    return true;
  }

  close(): void {
    this.file.close();
  }

  #read(): string {
    const { salt } = this.segment.header;
    const wrong = decodeBlockHeader(this.#window.at(this.offset, BLOCK_HEADER_BYTES), salt, this.header);
    if (wrong !== '') {
      return wrong;
    }
    if (this.header.sequence !== this.#sequence) {
      return `block ${this.header.sequence} stands where block ${this.#sequence} belongs`;
    }
    if (this.header.kind !== BLOCK_RECORDS && this.header.kind !== BLOCK_END) {
      return `a block has the unknown kind ${this.header.kind}`;
    }
    this.payload = this.#window.at(this.offset + BLOCK_HEADER_BYTES, this.header.payloadBytes);
    if (this.payload.length < this.header.payloadBytes) {
      return 'the file ends inside a block';
    }
    if (checksumOf([this.payload], salt.word0) !== this.header.payloadChecksum) {
      return 'a block fails its checksum';
    }
    return '';
  }
}

/** What lies behind the last valid block of the last segment. */
export interface Tail {
  /** Bytes from there to the last one that is not zero: 0 when the log just stops. */
  readonly lostBytes: number;
  /** A later block of this segment says that all before this offset had been synced; 0 when there is none. */
  readonly syncedOffset: number;
}

/** Looks at all bytes behind a segment's last valid block, in bounded memory. @throws DiskError */
export function inspectTail(reader: BlockReader): Tail {
  const chunk = new Uint8Array(2 ** 18);
  const header = emptyBlockHeader();
  const window = new FileWindow(reader.file);
  let end = reader.offset;
  let syncedOffset = 0;
  let at = reader.offset;
  for (let read = reader.file.read(chunk, at); read > 0; read = reader.file.read(chunk, at)) {
    for (let index = 0; index < read; index += 1) {
      if (chunk[index] !== 0) {
        end = at + index + 1;
        // Blocks begin at multiples of 8, with a first byte of 'R'; anything else is not worth a closer look.
        if (chunk[index] === FIRST_BYTE && (at + index) % 8 === 0) {
          const bytes = window.at(at + index, BLOCK_HEADER_BYTES);
          if (decodeBlockHeader(bytes, reader.segment.header.salt, header) === '') {
            syncedOffset = Math.max(syncedOffset, header.syncedOffset);
          }
        }
      }
    }
    at += read;
  }
  return { lostBytes: end - reader.offset, syncedOffset };
}

const FIRST_BYTE = 'R'.charCodeAt(0);
