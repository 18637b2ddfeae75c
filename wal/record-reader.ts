/** Reading the records out of a block's payload, and putting large values together from their PARTs. */
import { viewOf } from '../pagecache/bytes.ts';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from './limits.ts';
import {
  BATCH,
  BLOB,
  COMMIT,
  fullLsn,
  keyBytesOf,
  kindOf,
  loggedBytes,
  PART,
  PART_HEADER_BYTES,
  PUT,
  RECORD_HEADER_BYTES,
  TOMBSTONE,
  treeIdOf,
  valueBytesOf,
} from './record.ts';

/** A record as recovery hands it out. One object, reused; its views are valid during the call only. */
export interface LogRecord {
  lsn: number;
  treeId: number;
  /** PUT, TOMBSTONE, BLOB (with its whole value), BATCH or COMMIT. */
  kind: number;
  key: Uint8Array;
  value: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const FIRST_ASSEMBLY_BYTES = 2 ** 16;

/** Reads payloads in log order. */
export class RecordReader {
  /** Records handed out so far. */
  records = 0;
  readonly #fromLsn: number;
  readonly #visit: (record: LogRecord) => void;
  readonly #record: LogRecord = { lsn: 0, treeId: 0, kind: 0, key: NOTHING, value: NOTHING };
  #assembly = NOTHING;
  #assembledBytes = 0;
  #assemblyLsn = 0;

  /** Hands out the records from `fromLsn` on. */
  constructor(fromLsn: number, visit: (record: LogRecord) => void) {
    this.#fromLsn = fromLsn;
    this.#visit = visit;
  }

  /**
   * Reads one payload, which has passed its checksum.
   * @returns '' or, in words, what is wrong with it: then nobody wrote it as it should be
   */
  read(payload: Uint8Array, firstLsn: number, lastLsn: number, count: number): string {
    const view = viewOf(payload);
    let at = 0;
    let lastSeen = firstLsn;
    for (let index = 0; index < count; index += 1) {
      if (at + RECORD_HEADER_BYTES > payload.length) {
        return `it should hold ${count} records and holds ${index}`;
      }
      const lsn = fullLsn(view.getUint32(at, true), firstLsn);
      const bytes = loggedBytes(view.getInt32(at + 4, true), view.getInt32(at + 8, true));
      if (lsn < lastSeen || lsn > lastLsn || at + bytes > payload.length) {
        return `record ${index} (LSN ${lsn}) is out of order or does not fit`;
      }
      const wrong = lsn < this.#fromLsn ? '' : this.#readRecord(view, payload, at, lsn);
      if (wrong !== '') {
        return `record ${index} (LSN ${lsn}) ${wrong}`;
      }
      lastSeen = lsn;
      at += bytes;
    }
    return at === payload.length ? '' : 'bytes follow its last record';
  }

  #readRecord(view: DataView, payload: Uint8Array, at: number, lsn: number): string {
    const meta = view.getInt32(at + 4, true);
    const meta2 = view.getInt32(at + 8, true);
    const keyBytes = keyBytesOf(meta);
    const valueBytes = valueBytesOf(meta2);
    const keyAt = at + RECORD_HEADER_BYTES;
    if (keyBytes > MAX_KEY_BYTES || valueBytes > MAX_VALUE_BYTES) {
      return 'has an impossible length';
    }
    const record = this.#record;
    record.lsn = lsn;
    record.treeId = treeIdOf(meta, meta2);
    record.kind = kindOf(meta);
    record.key = payload.subarray(keyAt, keyAt + keyBytes);
    switch (record.kind) {
      case PART: {
        const pieceAt = at + PART_HEADER_BYTES;
        return this.#assemble(lsn, view.getUint32(keyAt, true), payload.subarray(pieceAt, pieceAt + valueBytes));
      }
      case BLOB: {
        const came = this.#assemblyLsn === lsn ? this.#assembledBytes : 0;
        if (came !== valueBytes) {
          return `is a value of ${valueBytes} bytes, of which ${came} came`;
        }
        record.value = this.#assembly.subarray(0, valueBytes);
        break;
      }
      case PUT:
      case TOMBSTONE:
      case BATCH:
      case COMMIT:
        record.value = payload.subarray(keyAt + keyBytes, keyAt + keyBytes + valueBytes);
        break;
      default:
        return `has the unknown kind ${record.kind}`;
    }
    this.records += 1;
    this.#visit(record);
    return '';
  }

  #assemble(lsn: number, partOffset: number, piece: Uint8Array): string {
    if (partOffset === 0) {
      this.#assemblyLsn = lsn;
      this.#assembledBytes = 0;
    }
    const end = this.#assembledBytes + piece.length;
    if (this.#assemblyLsn !== lsn || this.#assembledBytes !== partOffset || end > MAX_VALUE_BYTES) {
      return `is a piece at ${partOffset} of a value of which ${this.#assembledBytes} bytes came`;
    }
    if (end > this.#assembly.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#assembly.length, FIRST_ASSEMBLY_BYTES));
      larger.set(this.#assembly.subarray(0, this.#assembledBytes));
      this.#assembly = larger;
    }
    this.#assembly.set(piece, this.#assembledBytes);
    this.#assembledBytes = end;
    return '';
  }
}
