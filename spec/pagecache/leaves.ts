/** Leaves as plain data: how tests write and read images of them. */
import fc from 'fast-check';
import { ArrayBytes } from '../../pagecache/bytes.ts';
import { LARGE, type LargeValue, type PageImageWriter, TOMBSTONE, VALUE } from '../../pagecache/page-image.ts';
import type { PageImageReader } from '../../pagecache/page-image-reader.ts';

/** One version of a key. */
export type PlainVersion =
  | { kind: typeof VALUE; lsn: number; value: Uint8Array }
  | { kind: typeof TOMBSTONE; lsn: number }
  | ({ kind: typeof LARGE; lsn: number } & LargeValue);

/** A leaf's content. */
export interface PlainLeaf {
  treeId: number;
  imageId: number;
  newestLsn: number;
  high: Uint8Array | null;
  keys: { key: Uint8Array; versions: PlainVersion[] }[];
}

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes as arrays of the same length come out of everything. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** Writes the image of a leaf; returns its bytes. */
export function encodeLeaf(writer: PageImageWriter, leaf: PlainLeaf): Uint8Array {
  const { treeId, imageId, newestLsn, high, keys } = leaf;
  const first = keys.at(0)?.key ?? new Uint8Array(0);
  const last = keys.at(-1)?.key ?? first;
  const prefixBytes = keys.length === 0 ? 0 : commonLength(first, last);
  const all = new Uint8Array([...first, ...(high ?? [])]);
  writer.begin({
    treeId,
    imageId,
    newestLsn,
    source: new ArrayBytes(all),
    prefixAt: 0,
    prefixBytes,
    highAt: first.length,
    highBytes: high === null ? -1 : high.length,
  });
  for (const { key, versions } of keys) {
    expectRoom(writer.addKey(new ArrayBytes(key), 0, key.length));
    for (const version of versions) expectRoom(addVersion(writer, version));
  }
  return writer.bytes.slice(0, writer.finish());
}

function addVersion(writer: PageImageWriter, version: PlainVersion): boolean {
  switch (version.kind) {
    case VALUE:
      return writer.addValue(version.lsn, new ArrayBytes(version.value), 0, version.value.length);
    case TOMBSTONE:
      return writer.addTombstone(version.lsn);
    default:
      return writer.addLarge(version.lsn, version);
  }
}

function expectRoom(fits: boolean): void {
  if (!fits) throw new Error('the image is full');
}

function commonLength(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return i;
  return length;
}

/** What a reader finds in the image that it has open. */
export function decodeLeaf(reader: PageImageReader): PlainLeaf {
  const { bytes, treeId, imageId, newestLsn, highAt, highBytes } = reader;
  const keys: PlainLeaf['keys'] = [];
  const key = new Uint8Array(1024);
  while (reader.nextKey()) {
    const versions: PlainVersion[] = [];
    keys.push({ key: key.slice(0, reader.copyKey(key)), versions });
    while (reader.nextVersion()) versions.push(versionOf(reader));
  }
  const high = highBytes < 0 ? null : bytes.slice(highAt, highAt + highBytes);
  return { treeId, imageId, newestLsn, high, keys };
}

function versionOf(reader: PageImageReader): PlainVersion {
  const { kind, lsn, bytes, valueAt, valueBytes, slot, valueImageId, valueChecksum } = reader;
  if (kind === VALUE) return { kind, lsn, value: bytes.slice(valueAt, valueAt + valueBytes) };
  if (kind === TOMBSTONE) return { kind, lsn };
  return { kind: LARGE, lsn, slot, imageId: valueImageId, valueBytes, checksum: valueChecksum };
}

const LSN_MAX = Number.MAX_SAFE_INTEGER;

/** Any leaf. */
export const anyLeaf: fc.Arbitrary<PlainLeaf> = fc
  .record({
    treeId: fc.nat(0x1ffffff),
    imageId: fc.nat(LSN_MAX - 1),
    prefix: fc.uint8Array({ maxLength: 20 }),
    tails: fc.uniqueArray(fc.uint8Array({ maxLength: 12 }), { maxLength: 12, selector: (tail) => tail.join() }),
    high: fc.option(fc.uint8Array({ maxLength: 30 })),
    versions: fc.array(fc.array(anyVersion(), { minLength: 1, maxLength: 4 }), { minLength: 12, maxLength: 12 }),
    extra: fc.nat(1000),
  })
  .map(({ treeId, imageId, prefix, tails, high, versions, extra }) => {
    const sorted = tails.map((tail) => new Uint8Array([...prefix, ...tail])).sort(Buffer.compare);
    const keys = sorted.map((key, i) => ({ key, versions: newestFirst(versions[i]) }));
    const newest = Math.max(0, ...keys.flatMap((each) => each.versions.map(({ lsn }) => lsn)));
    return { treeId, imageId, newestLsn: Math.min(newest + extra, LSN_MAX), high, keys };
  });

function anyVersion(): fc.Arbitrary<PlainVersion> {
  const lsn = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: LSN_MAX }), fc.integer({ min: 1, max: 300 }));
  const word = fc.nat(2 ** 32 - 1);
  return fc.oneof(
    fc.record({ kind: fc.constant(VALUE), lsn, value: fc.uint8Array({ maxLength: 300 }) }),
    fc.record({ kind: fc.constant(TOMBSTONE), lsn }),
    fc.record({
      kind: fc.constant(LARGE),
      lsn,
      slot: word,
      imageId: fc.nat(LSN_MAX),
      valueBytes: fc.nat(2 ** 24),
      checksum: word,
    }),
  );
}

function newestFirst(versions: readonly PlainVersion[]): PlainVersion[] {
  return [...versions].sort((left, right) => right.lsn - left.lsn);
}
