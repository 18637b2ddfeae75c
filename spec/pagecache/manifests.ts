/** Manifests as plain data: how tests write and read them. */
import { ArrayBytes } from '../../pagecache/bytes.ts';
import { type Manifest, readManifest } from '../../pagecache/manifest.ts';
import type { CheckpointBounds } from '../../pagecache/manifest-format.ts';
import {
  appendToManifest,
  createManifest,
  type ManifestEntry,
  type ManifestPosition,
} from '../../pagecache/manifest-writer.ts';
import type { PageDisk } from '../../pagecache/page-disk.ts';

/** An entry. */
export interface PlainEntry {
  treeId: number;
  low: string;
  /** null: +∞. */
  high: string | null;
  /** null: the low key. */
  trim: string | null;
  slot: number;
  imageBytes: number;
  checksum: number;
  imageId: number;
  newestLsn: number;
  values: number[];
}

export const STORE_ID = new TextEncoder().encode('0123456789abcdef');
export const DIRECTORY = '/store';

/** Bounds of a checkpoint: larger than all that tests name, unless told otherwise. */
export function boundsOf(generation: number, some: Partial<CheckpointBounds> = {}): CheckpointBounds {
  const lsn = 2 ** 40 + generation * 1000;
  return {
    startLsn: lsn,
    redoLsn: lsn - 1,
    endLsn: lsn + 5,
    generation,
    nextImageId: 2 ** 41,
    nextTreeId: 1000,
    ...some,
  };
}

/** An entry as the writer wants it. */
export function toEntry(plain: PlainEntry): ManifestEntry {
  const { treeId, slot, imageBytes, checksum, imageId, newestLsn } = plain;
  const low = Buffer.from(plain.low);
  const high = Buffer.from(plain.high ?? '');
  const trim = Buffer.from(plain.trim ?? '');
  return {
    treeId,
    slot,
    imageBytes,
    checksum,
    imageId,
    newestLsn,
    source: new ArrayBytes(new Uint8Array(Buffer.concat([low, high, trim]))),
    lowAt: 0,
    lowBytes: low.length,
    highAt: low.length,
    highBytes: plain.high === null ? -1 : high.length,
    trimAt: low.length + high.length,
    trimBytes: plain.trim === null ? -1 : trim.length,
    values: Uint32Array.from(plain.values),
    valueCount: plain.values.length,
  };
}

/** Writes a checkpoint: a new manifest, or a record more. */
export function writeCheckpoint(
  disk: PageDisk,
  position: ManifestPosition,
  how: 'create' | 'append',
  entries: readonly PlainEntry[],
  bounds: CheckpointBounds,
  droppedTrees: readonly number[] = [],
): ManifestPosition {
  const begin = how === 'create' ? createManifest : appendToManifest;
  const draft = begin(disk, DIRECTORY, STORE_ID, position);
  try {
    for (const entry of entries) draft.add(toEntry(entry));
    return draft.finish(bounds, droppedTrees);
  } finally {
    draft.abandon();
  }
}

/** The entries of a manifest. */
export function entriesOf(manifest: Manifest): PlainEntry[] {
  const entries: PlainEntry[] = [];
  const cursor = manifest.cursor();
  const text = (at: number, bytes: number): string => Buffer.from(cursor.bytes.subarray(at, at + bytes)).toString();
  while (cursor.next()) {
    const { treeId, slot, imageBytes, checksum, imageId, newestLsn } = cursor;
    entries.push({
      treeId,
      low: text(cursor.lowAt, cursor.lowBytes),
      high: cursor.highBytes < 0 ? null : text(cursor.highAt, cursor.highBytes),
      trim: cursor.trimBytes < 0 ? null : text(cursor.trimAt, cursor.trimBytes),
      slot,
      imageBytes,
      checksum,
      imageId,
      newestLsn,
      values: [...cursor.values.subarray(0, cursor.valueCount)],
    });
  }
  return entries;
}

/** Reads the manifest that must be there. */
export function readBack(disk: PageDisk): Manifest {
  const manifest = readManifest(disk, DIRECTORY, STORE_ID);
  if (manifest === null) throw new Error('there is no manifest');
  return manifest;
}
