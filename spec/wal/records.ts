/** Records for the log's tests: encoding as the keeper does it, and collecting what recovery hands out. */
import type { Disk } from '../../wal/disk.ts';
import {
  BLOB,
  PART,
  PART_HEADER_BYTES,
  packMeta,
  packMeta2,
  partBytes,
  RECORD_HEADER_BYTES,
  recordBytes,
} from '../../wal/record.ts';
import type { LogRecord } from '../../wal/record-reader.ts';
import { type LogRecovery, type RecoveryOptions, recoverLog } from '../../wal/recovery.ts';

/** A record in plain values. */
export interface PlainRecord {
  readonly lsn: number;
  readonly treeId: number;
  readonly kind: number;
  readonly key: string;
  readonly value: string;
}

/** Bytes as text, one character a byte, and back. */
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** A record's bytes in the log; a BLOB comes as PARTs of at most `pieceBytes`, then itself. */
export function encode(record: PlainRecord, pieceBytes = 100): Uint8Array[] {
  const key = bytesOf(record.key);
  const value = bytesOf(record.value);
  if (record.kind !== BLOB) {
    return [encodeOne(record, key, value, value.length)];
  }
  const parts: Uint8Array[] = [];
  for (let at = 0; at < value.length; at += pieceBytes) {
    parts.push(encodePart(record, at, value.subarray(at, at + pieceBytes)));
  }
  return [...parts, encodeOne(record, key, new Uint8Array(0), value.length)];
}

function encodeOne(record: PlainRecord, key: Uint8Array, value: Uint8Array, valueBytes: number): Uint8Array {
  const bytes = new Uint8Array(recordBytes(key.length, value.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, record.lsn % 2 ** 32, true);
  view.setInt32(4, packMeta(record.kind, record.treeId, key.length), true);
  view.setInt32(8, packMeta2(record.treeId, valueBytes), true);
  bytes.set(key, RECORD_HEADER_BYTES);
  bytes.set(value, RECORD_HEADER_BYTES + key.length);
  return bytes;
}

function encodePart(record: PlainRecord, partOffset: number, piece: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(partBytes(piece.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, record.lsn % 2 ** 32, true);
  view.setInt32(4, packMeta(PART, record.treeId, 0), true);
  view.setInt32(8, packMeta2(record.treeId, piece.length), true);
  view.setUint32(12, partOffset, true);
  bytes.set(piece, PART_HEADER_BYTES);
  return bytes;
}

/** Recovers, with the records in plain values. */
export function recoverPlain(
  disk: Disk,
  directory: string,
  options: RecoveryOptions,
): { readonly recovery: LogRecovery; readonly records: PlainRecord[] } {
  const records: PlainRecord[] = [];
  const visit = ({ lsn, treeId, kind, key, value }: LogRecord): void => {
    records.push({ lsn, treeId, kind, key: textOf(key), value: textOf(value) });
  };
  const recovery = recoverLog(disk, directory, options, visit);
  return { recovery, records };
}
