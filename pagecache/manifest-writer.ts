/**
 * Writing manifests, by the one thread that makes a checkpoint (bytes: manifest-format.ts).
 *
 * 1. `appendToManifest` begins a record behind the last one, or `createManifest` a new file that describes the store wholly.
 * 2. `add` writes the entries, in pieces. Nothing counts yet: the record's header is missing.
 * 3. The caller syncs the page files and waits until the log is durable through E.
 * 4. `finish` writes the header and syncs; a new file then gets its name, the directory is synced, older manifests go.
 *    On return, and not before, the new generation counts.
 *
 * Whoever fails, or dies, before that leaves the last record good: the next one is written over what it left. The position of a
 * writer is five small numbers, so that they can outlive its thread.
 */
import { crc32 } from 'node:zlib';
import { type ByteSource, compareBytes, setUint53, viewOf } from './bytes.ts';
import { CorruptError } from './errors.ts';
import {
  IMAGE_KEY_BYTES_MAX,
  MANIFEST_BYTES_MAX,
  MANIFEST_ENTRY_BYTES,
  MANIFEST_HEADER_BYTES,
  MANIFEST_PIECE_BYTES,
  MANIFEST_RECORD_BYTES,
  MANIFEST_REWRITE_BYTES_MIN,
} from './file-limits.ts';
import {
  type CheckpointBounds,
  decodeManifestHeader,
  encodeManifestHeader,
  encodeManifestRecord,
  MANIFEST_ASIDE_SUFFIX,
  manifestName,
  manifestNumberOf,
  NO_KEY,
} from './manifest-format.ts';
import { type PageDisk, type PageFile, randomWordsFor, readHead, writeAt } from './page-disk.ts';

/** Where the next record goes. Every number fits a word. */
export interface ManifestPosition {
  /** Number of the file; 0: there is none yet. */
  readonly number: number;
  readonly offset: number;
  readonly sequence: number;
  /** Checksum of the last record. */
  readonly chain: number;
  /** Length of record 0. */
  readonly fullBytes: number;
}

/** The position of a store that has no manifest. */
export const NO_MANIFEST: ManifestPosition = { number: 0, offset: 0, sequence: 0, chain: 0, fullBytes: 0 };

/** One leaf's entry, as it is written; a `ManifestCursor` is one. */
export interface ManifestEntry {
  readonly treeId: number;
  /** The slot on disk. */
  readonly slot: number;
  readonly imageBytes: number;
  readonly checksum: number;
  readonly imageId: number;
  readonly newestLsn: number;
  /** Whose bytes the keys are. */
  readonly source: ByteSource;
  readonly lowAt: number;
  readonly lowBytes: number;
  readonly highAt: number;
  /** −1: +∞. */
  readonly highBytes: number;
  readonly trimAt: number;
  /** −1: the low key. */
  readonly trimBytes: number;
  /** Slots of the leaf's large values. */
  readonly values: Uint32Array;
  readonly valueCount: number;
}

/** Begins a record behind the last one. @throws CorruptError, the disk's errors */
export function appendToManifest(
  disk: PageDisk,
  directory: string,
  storeId: Uint8Array,
  position: ManifestPosition,
): ManifestDraft {
  const path = `${directory}/${manifestName(position.number)}`;
  const header = decodeManifestHeader(readHead(disk, path, MANIFEST_HEADER_BYTES), path);
  if (typeof header === 'string') throw new CorruptError(path, 0, header);
  if (!header.storeId.every((byte, index) => byte === storeId[index])) {
    throw new CorruptError(path, 16, 'the file belongs to another store');
  }
  return new ManifestDraft(disk.open(path, 'write'), position, header.salt1, () => {});
}

/**
 * Begins a new manifest, to follow the one at `position`. Before `finish` the store's identity must be durable.
 * @throws the disk's errors
 */
export function createManifest(
  disk: PageDisk,
  directory: string,
  storeId: Uint8Array,
  position: ManifestPosition,
): ManifestDraft {
  const number = position.number + 1;
  const path = `${directory}/${manifestName(number)}`;
  const aside = path + MANIFEST_ASIDE_SUFFIX;
  if (disk.kind(aside) === 'file') disk.unlink(aside); // of a predecessor that died
  const [salt0, salt1] = randomWordsFor(disk, 2);
  const file = disk.open(aside, 'create');
  const bytes = new Uint8Array(MANIFEST_HEADER_BYTES);
  encodeManifestHeader(bytes, { storeId, number, salt0, salt1 });
  const start = { number, offset: MANIFEST_HEADER_BYTES, sequence: 0, chain: salt0, fullBytes: 0 };
  try {
    writeAt(file, bytes, 0);
  } catch (error) {
    file.close();
    throw error;
  }
  return new ManifestDraft(file, start, salt1, () => {
    disk.rename(aside, path);
    disk.syncDirectory(directory);
    removeManifestsBelow(disk, directory, number);
  });
}

/** Removes the manifests that the one of this number has replaced. */
export function removeManifestsBelow(disk: PageDisk, directory: string, number: number): void {
  for (const name of disk.list(directory)) {
    const other = manifestNumberOf(name);
    if (other > 0 && other < number) disk.unlink(`${directory}/${name}`);
  }
}

/** Whether a manifest has grown so much that a new one should be written. */
export function isRewriteDue(position: ManifestPosition): boolean {
  return position.offset > Math.max(2 * position.fullBytes, MANIFEST_REWRITE_BYTES_MIN);
}

/** A record that is being written. */
export class ManifestDraft {
  readonly #file: PageFile;
  readonly #start: ManifestPosition;
  readonly #salt1: number;
  readonly #publish: () => void;
  readonly #piece = new Uint8Array(MANIFEST_PIECE_BYTES);
  readonly #view = viewOf(this.#piece);
  /** The high key of the entry before; of tree `#lastTree`. */
  readonly #lastHigh = new Uint8Array(IMAGE_KEY_BYTES_MAX);
  #lastHighBytes = -1;
  #lastTree = -1;
  #filled = 0;
  #payloadBytes = 0;
  #payloadChecksum: number;
  #entries = 0;

  constructor(file: PageFile, start: ManifestPosition, salt1: number, publish: () => void) {
    this.#file = file;
    this.#start = start;
    this.#salt1 = salt1;
    this.#publish = publish;
    this.#payloadChecksum = start.chain;
  }

  /** Entries so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Bytes so far. */
  get bytes(): number {
    return MANIFEST_RECORD_BYTES + this.#payloadBytes + this.#filled;
  }

  /** Adds an entry; they come by tree id and low key. @throws the disk's errors: then call `abandon` */
  add(entry: ManifestEntry): void {
    const keys = Math.max(entry.lowBytes, 0) + Math.max(entry.highBytes, 0) + Math.max(entry.trimBytes, 0);
    const most = MANIFEST_ENTRY_BYTES + keys + 4 + 4 * entry.valueCount;
    if (this.#filled + most > this.#piece.length) this.#writePiece();
    const view = this.#view;
    const at = this.#filled;
    view.setUint32(at, entry.treeId, true);
    view.setUint32(at + 4, entry.slot, true);
    view.setUint32(at + 8, entry.imageBytes, true);
    view.setUint32(at + 12, entry.checksum, true);
    setUint53(view, at + 16, entry.imageId);
    setUint53(view, at + 24, entry.newestLsn);
    view.setUint16(at + 38, 0, true);
    view.setUint32(at + 40, entry.valueCount, true);
    view.setUint32(at + 44, 0, true);
    const behind = this.#putKeys(entry, at);
    for (let i = 0; i < entry.valueCount; i++) view.setUint32(behind + 4 * i, entry.values[i], true);
    this.#filled = behind + 4 * entry.valueCount;
    this.#entries++;
  }

  /**
   * Completes the record; it is durable on return, and counts.
   * @param droppedTrees ids of trees that the manifest before had, and that are no more
   * @throws the disk's errors: nothing is known then of what a power cut would leave
   */
  finish(bounds: CheckpointBounds, droppedTrees: readonly number[] = []): ManifestPosition {
    for (const treeId of droppedTrees) {
      if (this.#filled + 8 > this.#piece.length) this.#writePiece();
      this.#view.setUint32(this.#filled, treeId, true);
      this.#filled += 4;
    }
    while ((this.#payloadBytes + this.#filled) % 8 !== 0) this.#piece[this.#filled++] = 0;
    this.#writePiece();
    const { number, offset, sequence, chain } = this.#start;
    const header = new Uint8Array(MANIFEST_RECORD_BYTES);
    const record = {
      ...bounds,
      sequence,
      chain,
      payloadBytes: this.#payloadBytes,
      entries: this.#entries,
      droppedTrees: droppedTrees.length,
      payloadChecksum: this.#payloadChecksum,
    };
    const checksum = encodeManifestRecord(header, record, this.#salt1);
    writeAt(this.#file, header, offset);
    this.#file.sync();
    this.#file.close();
    this.#publish();
    const bytes = MANIFEST_RECORD_BYTES + this.#payloadBytes;
    const fullBytes = sequence === 0 ? bytes : this.#start.fullBytes;
    return { number, offset: offset + bytes, sequence: sequence + 1, chain: checksum, fullBytes };
  }

  /** Gives the record up, also after an error. What counted before still does. */
  abandon(): void {
    this.#file.close();
  }

  #putKeys(entry: ManifestEntry, at: number): number {
    const { source, highBytes, trimBytes } = entry;
    const view = this.#view;
    const piece = this.#piece;
    let next = at + MANIFEST_ENTRY_BYTES;
    source.readBytes(entry.lowAt, piece, next, entry.lowBytes);
    const follows =
      this.#lastTree === entry.treeId &&
      compareBytes(piece, next, entry.lowBytes, this.#lastHigh, 0, this.#lastHighBytes) === 0;
    view.setUint16(at + 32, follows ? NO_KEY : entry.lowBytes, true);
    if (!follows) next += entry.lowBytes;
    view.setUint16(at + 34, highBytes < 0 ? NO_KEY : highBytes, true);
    if (highBytes > 0) {
      source.readBytes(entry.highAt, piece, next, highBytes);
      source.readBytes(entry.highAt, this.#lastHigh, 0, highBytes);
      next += highBytes;
    }
    this.#lastTree = highBytes < 0 ? -1 : entry.treeId;
    this.#lastHighBytes = highBytes;
    view.setUint16(at + 36, trimBytes < 0 ? NO_KEY : trimBytes, true);
    if (trimBytes > 0) {
      source.readBytes(entry.trimAt, piece, next, trimBytes);
      next += trimBytes;
    }
    while (next % 4 !== 0) piece[next++] = 0;
    return next;
  }

  #writePiece(): void {
    const piece = this.#piece.subarray(0, this.#filled);
    const at = this.#start.offset + MANIFEST_RECORD_BYTES + this.#payloadBytes;
    if (at + piece.length > MANIFEST_BYTES_MAX) {
      throw new RangeError(`a manifest cannot have more than ${MANIFEST_BYTES_MAX} bytes`);
    }
    this.#payloadChecksum = crc32(piece, this.#payloadChecksum);
    writeAt(this.#file, piece, at);
    this.#payloadBytes += piece.length;
    this.#filled = 0;
  }
}
