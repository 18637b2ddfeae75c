/**
 * Reading a manifest at open: the longest prefix of records that check out and follow from one another.
 *
 * 1. The manifest with the highest number counts: it got its name when its record 0 was synced.
 * 2. Records are read one behind the other. The last may be the trace of a crash; then it does not count, and `truncated` says
 *    so. **But** when a later record is there, the damaged one had been synced, and the store with it: an error.
 * 3. Later records are applied to the first, oldest first. The result must tile the keys of each tree.
 *
 * The file is read at once, and entries are found by typed arrays of their places: nothing is made for one of them.
 */
import { crc32 } from 'node:zlib';
import { ArrayBytes, compareBytes, getUint53, viewOf } from './bytes.ts';
import { CorruptError } from './errors.ts';
import {
  MANIFEST_BYTES_MAX,
  MANIFEST_ENTRY_BYTES,
  MANIFEST_HEADER_BYTES,
  MANIFEST_RECORD_BYTES,
} from './file-limits.ts';
import { EntryTable } from './manifest-entries.ts';
import {
  type CheckpointBounds,
  decodeManifestHeader,
  decodeManifestRecord,
  type ManifestHeader,
  type ManifestRecord,
  manifestName,
  manifestNumberOf,
  NO_KEY,
} from './manifest-format.ts';
import { createManifest, type ManifestEntry, type ManifestPosition } from './manifest-writer.ts';
import { type PageDisk, readAt } from './page-disk.ts';

/** Bytes at the end of a manifest that were taken for the trace of a crash. */
export interface ManifestTruncation {
  readonly offset: number;
  readonly reason: string;
  readonly lostBytes: number;
}

/** A manifest as it was read. */
export interface Manifest {
  readonly path: string;
  /** Of the last checkpoint that counts. */
  readonly bounds: CheckpointBounds;
  /** Leaves. */
  readonly entries: number;
  readonly truncated: ManifestTruncation | null;
  /** Where the next record goes, if nothing was truncated. */
  readonly position: ManifestPosition;
  /** Walks the entries, by tree id and low key. */
  cursor(): ManifestCursor;
}

/**
 * Reads the manifest of a store; null when it has none.
 * @throws CorruptError, NewerFormatError, the disk's errors
 */
export function readManifest(disk: PageDisk, directory: string, storeId: Uint8Array): Manifest | null {
  const number = Math.max(0, ...disk.list(directory).map(manifestNumberOf));
  if (number === 0) return null;
  const path = `${directory}/${manifestName(number)}`;
  const bytes = readWhole(disk, path);
  const header = checkedHeader(bytes, path, number, storeId);
  const { records, end, truncated } = readRecords(bytes, path, header);
  const table = new EntryTable(bytes, path, records);
  const last = records[records.length - 1].record;
  return {
    path,
    bounds: last,
    entries: table.count,
    truncated,
    position: {
      number,
      offset: end,
      sequence: records.length,
      chain: last.checksum,
      fullBytes: MANIFEST_RECORD_BYTES + records[0].record.payloadBytes,
    },
    cursor: () => new ManifestCursor(bytes, table),
  };
}

/**
 * Writes what a manifest says as a new file and removes the old one: when it has grown, and after a crash, when what was read may
 * have been in the system's cache only. A crash leaves the one or the other.
 * @throws the disk's errors
 */
export function rewriteManifest(
  disk: PageDisk,
  directory: string,
  storeId: Uint8Array,
  manifest: Manifest,
): ManifestPosition {
  const draft = createManifest(disk, directory, storeId, manifest.position);
  try {
    const cursor = manifest.cursor();
    while (cursor.next()) draft.add(cursor);
    return draft.finish(manifest.bounds);
  } finally {
    draft.abandon();
  }
}

/** A place in a manifest: one object for all entries. */
export class ManifestCursor implements ManifestEntry {
  treeId = 0;
  slot = 0;
  imageBytes = 0;
  checksum = 0;
  imageId = 0;
  newestLsn = 0;
  readonly source: ArrayBytes;
  lowAt = 0;
  lowBytes = 0;
  highAt = 0;
  highBytes = -1;
  trimAt = 0;
  trimBytes = -1;
  values: Uint32Array = new Uint32Array(8);
  valueCount = 0;
  /** The bytes that the keys are in. */
  readonly bytes: Uint8Array;
  /** Where in the file the entry stands. */
  at = 0;
  readonly #view: DataView;
  readonly #table: EntryTable;
  #next = 0;

  constructor(bytes: Uint8Array, table: EntryTable) {
    this.bytes = bytes;
    this.source = new ArrayBytes(bytes);
    this.#view = viewOf(bytes);
    this.#table = table;
  }

  /** Goes to the next entry; false: there is none. */
  next(): boolean {
    if (this.#next === this.#table.count) return false;
    this.moveTo(this.#next);
    return true;
  }

  /** Goes to the entry of this number, from 0 on, by tree id and low key. */
  moveTo(index: number): void {
    const view = this.#view;
    const entry = this.#table.order[index];
    const at = this.#table.at[entry];
    this.at = at;
    this.treeId = view.getUint32(at, true);
    this.slot = view.getUint32(at + 4, true);
    this.imageBytes = view.getUint32(at + 8, true);
    this.checksum = view.getUint32(at + 12, true);
    this.imageId = getUint53(view, at + 16);
    this.newestLsn = getUint53(view, at + 24);
    this.lowAt = this.#table.lowAt[entry];
    this.lowBytes = this.#table.lowBytes[entry];
    this.#moveToKeys(at);
    this.#next = index + 1;
  }

  #moveToKeys(at: number): void {
    const view = this.#view;
    const low = view.getUint16(at + 32, true);
    const high = view.getUint16(at + 34, true);
    const trim = view.getUint16(at + 36, true);
    this.highAt = at + MANIFEST_ENTRY_BYTES + (low === NO_KEY ? 0 : low);
    this.highBytes = high === NO_KEY ? -1 : high;
    this.trimAt = this.highAt + Math.max(this.highBytes, 0);
    this.trimBytes = trim === NO_KEY ? -1 : trim;
    this.valueCount = view.getUint32(at + 40, true);
    if (this.valueCount === 0) return;
    if (this.valueCount > this.values.length) this.values = new Uint32Array(2 * this.valueCount);
    const values = (this.trimAt + Math.max(this.trimBytes, 0) + 3) & ~3;
    for (let i = 0; i < this.valueCount; i++) this.values[i] = view.getUint32(values + 4 * i, true);
  }

  /** Compares a key with the least one that counts in the entry's image: negative when the key is none of the leaf's. */
  compareToLeast(key: Uint8Array, keyAt: number, keyBytes: number): number {
    const trimmed = this.trimBytes >= 0;
    const at = trimmed ? this.trimAt : this.lowAt;
    return compareBytes(key, keyAt, keyBytes, this.bytes, at, trimmed ? this.trimBytes : this.lowBytes);
  }
}

function readWhole(disk: PageDisk, path: string): Uint8Array {
  const file = disk.open(path, 'read');
  try {
    const size = file.size();
    if (size > MANIFEST_BYTES_MAX) throw new CorruptError(path, MANIFEST_BYTES_MAX, `${size} bytes are too many`);
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, readAt(file, bytes, 0));
  } finally {
    file.close();
  }
}

function checkedHeader(bytes: Uint8Array, path: string, number: number, storeId: Uint8Array): ManifestHeader {
  const header = decodeManifestHeader(bytes.subarray(0, MANIFEST_HEADER_BYTES), path);
  if (typeof header === 'string') throw new CorruptError(path, 0, header);
  if (header.number !== number) throw new CorruptError(path, 32, `the file says it is ${manifestName(header.number)}`);
  if (!header.storeId.every((byte, index) => byte === storeId[index])) {
    throw new CorruptError(path, 16, 'the file belongs to another store');
  }
  return header;
}

/** A record, and where its payload begins. */
export interface PlacedRecord {
  readonly record: ManifestRecord;
  readonly at: number;
}

function readRecords(
  bytes: Uint8Array,
  path: string,
  header: ManifestHeader,
): { records: PlacedRecord[]; end: number; truncated: ManifestTruncation | null } {
  const records: PlacedRecord[] = [];
  let at = MANIFEST_HEADER_BYTES;
  let chain = header.salt0;
  while (records.length === 0 || at < bytes.length) {
    const record = readRecord(bytes, at, header.salt1, records.length, chain);
    if (typeof record === 'string') {
      if (records.length === 0) throw new CorruptError(path, at, record);
      if (hasLaterRecord(bytes, at, header.salt1, records.length)) {
        throw new CorruptError(path, at, `${record}, and a later record shows that it had been synced`);
      }
      return { records, end: at, truncated: { offset: at, reason: record, lostBytes: bytes.length - at } };
    }
    records.push({ record, at: at + MANIFEST_RECORD_BYTES });
    at += MANIFEST_RECORD_BYTES + record.payloadBytes;
    chain = record.checksum;
  }
  return { records, end: at, truncated: null };
}

/** The record at a place, its payload checked, or why there is none that counts. */
function readRecord(
  bytes: Uint8Array,
  at: number,
  salt1: number,
  sequence: number,
  chain: number,
): ManifestRecord | string {
  const record = decodeManifestRecord(bytes.subarray(at, at + MANIFEST_RECORD_BYTES), salt1);
  if (typeof record === 'string') return record;
  if (record.sequence !== sequence || record.chain !== chain) return 'a record does not follow from the one before';
  const payloadAt = at + MANIFEST_RECORD_BYTES;
  if (payloadAt + record.payloadBytes > bytes.length) return 'the file ends inside a record';
  const checksum = crc32(bytes.subarray(payloadAt, payloadAt + record.payloadBytes), chain);
  return checksum === record.payloadChecksum ? record : 'a record fails its checksum';
}

/** Whether a record of a higher number begins behind `from`: it was only written when this one was synced. */
function hasLaterRecord(bytes: Uint8Array, from: number, salt1: number, sequence: number): boolean {
  for (let at = from + 8; at + MANIFEST_RECORD_BYTES <= bytes.length; at += 8) {
    if (bytes[at] !== 0x52) continue; // the first letter of a record
    const record = decodeManifestRecord(bytes.subarray(at, at + MANIFEST_RECORD_BYTES), salt1);
    if (typeof record !== 'string' && record.sequence > sequence) return true;
  }
  return false;
}
