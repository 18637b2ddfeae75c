import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type ByteSource, viewOf } from '../../pagecache/bytes.ts';
import { PAGE_IMAGE_HEADER_BYTES, VALUE_IMAGE_HEADER_BYTES } from '../../pagecache/file-limits.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { LARGE, PageImageWriter, sealImage, TOMBSTONE, VALUE } from '../../pagecache/page-image.ts';
import { PageImageReader } from '../../pagecache/page-image-reader.ts';
import { checkValueImage, encodeValueHeader } from '../../pagecache/value-image.ts';
import { BLOB, TOMBSTONE as LOGGED_TOMBSTONE, PUT } from '../../wal/record.ts';
import { anyLeaf, bytesOf, decodeLeaf, encodeLeaf, type PlainLeaf } from './leaves.ts';

const STORE = bytesOf('0123456789abcdef');
const SEED = 12345;
const writer = new PageImageWriter(STORE, SEED);

function opened(bytes: Uint8Array, length = bytes.length, storeId = STORE, seed = SEED): PageImageReader {
  const reader = new PageImageReader();
  reader.open(bytes, length, storeId, seed);
  return reader;
}

const SMALL: PlainLeaf = {
  treeId: 7,
  imageId: 2 ** 40 + 1,
  newestLsn: 2 ** 45,
  high: bytesOf('keyz'),
  keys: [
    { key: bytesOf('key'), versions: [{ kind: VALUE, lsn: 0, value: bytesOf('of old') }] },
    {
      key: bytesOf('key1'),
      versions: [
        { kind: TOMBSTONE, lsn: 2 ** 45 },
        { kind: LARGE, lsn: 2 ** 44, slot: 4_000_000_001, imageId: 9, valueBytes: 2 ** 20, checksum: 3_000_000_000 },
        { kind: VALUE, lsn: 3, value: new Uint8Array(200).fill(9) },
      ],
    },
  ],
};

describe('the image of a leaf', () => {
  it('gives back what was written, whatever that is', () => {
    const check = fc.property(anyLeaf, (leaf) => {
      const reader = opened(encodeLeaf(writer, leaf));
      expect(reader.damage).toBe('');
      expect(decodeLeaf(reader)).toEqual(leaf);
      expect(reader.damage).toBe('');
      expect(reader.keys).toBe(leaf.keys.length);
    });
    fc.assert(check, { numRuns: 300 });
  });

  it('passes over versions that nobody reads', () => {
    const reader = opened(encodeLeaf(writer, SMALL));
    const key = new Uint8Array(16);
    const keys: string[] = [];
    while (reader.nextKey()) keys.push(Buffer.from(key.subarray(0, reader.copyKey(key))).toString());
    expect(keys).toEqual(['key', 'key1']);
    expect(reader.damage).toBe('');
  });

  it('does not check out with any bit flipped, cut anywhere, or in another store', () => {
    const image = encodeLeaf(writer, SMALL);
    for (let bit = 0; bit < image.length * 8; bit++) {
      const damaged = image.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expect(opened(damaged).damage).not.toBe('');
    }
    for (let length = 0; length < image.length; length++) {
      expect(opened(image.subarray(0, length), image.length).damage).not.toBe('');
      expect(opened(image.subarray(0, length), length).damage).not.toBe('');
    }
    expect(opened(image, image.length, STORE, SEED + 1).damage).not.toBe('');
    expect(opened(image, image.length, bytesOf('another store ID')).damage).toContain('another store');
  });

  it('is read to its end or says why not, with bytes that pass the checksum and mean nothing', () => {
    const image = encodeLeaf(writer, SMALL);
    const check = fc.property(fc.array(fc.tuple(fc.nat(image.length - 1), fc.nat(255))), (changes) => {
      const damaged = image.slice();
      for (const [at, byte] of changes) if (at < 4 || at >= 32) damaged[at] = byte;
      sealImage(damaged, damaged.length, SEED);
      const reader = opened(damaged);
      const key = new Uint8Array(1024);
      let read = 0;
      while (reader.nextKey()) {
        expect(reader.copyKey(key)).toBeLessThanOrEqual(1024);
        while (reader.nextVersion()) {
          if (reader.kind === VALUE) expect(reader.valueAt + reader.valueBytes).toBeLessThanOrEqual(image.length);
          read++;
        }
      }
      expect(reader.damage !== '' || read === reader.versions).toBe(true);
    });
    fc.assert(check, { numRuns: 500 });
  });

  it('is refused when a later version wrote it', () => {
    const image = encodeLeaf(writer, SMALL);
    viewOf(image).setUint16(8, 2, true);
    sealImage(image, image.length, SEED);
    expect(opened(image).damage).toContain('later version');
  });

  it('says when there is no room', () => {
    const small = new PageImageWriter(STORE, SEED, PAGE_IMAGE_HEADER_BYTES + 60);
    expect(() => encodeLeaf(small, SMALL)).toThrow('full');
  });

  it('cuts the common prefix', () => {
    const keys = ['aaaaaaaaaaaaaaaa1', 'aaaaaaaaaaaaaaaa2', 'aaaaaaaaaaaaaaaa3'].map(bytesOf);
    const leaf = { ...SMALL, high: null, keys: keys.map((key) => ({ key, versions: [{ kind: TOMBSTONE, lsn: 0 }] })) };
    // Once the prefix; of each key a length, a byte, a kind and an age.
    expect(encodeLeaf(writer, leaf as PlainLeaf).length).toBe(PAGE_IMAGE_HEADER_BYTES + 16 + 3 * 4);
  });

  it('has the kinds of the log, and takes bytes from shared memory', () => {
    expect([VALUE, TOMBSTONE, LARGE]).toEqual([PUT, LOGGED_TOMBSTONE, BLOB]);
    expectTypeOf<Memory>().toExtend<ByteSource>();
  });
});

describe('the image of a large value', () => {
  const value = new Uint8Array(3000).map((_, i) => i);
  const header = new Uint8Array(VALUE_IMAGE_HEADER_BYTES);
  const parts = [value.subarray(0, 1000), value.subarray(1000)];
  const valueChecksum = encodeValueHeader(header, parts, 7, 99, STORE, SEED);
  const image = new Uint8Array([...header, ...value]);
  const expected = { valueImageId: 99, valueBytes: 3000, valueChecksum };

  it('checks out as it was written, also with bytes behind it', () => {
    expect(checkValueImage(image, expected, STORE, SEED)).toBe('');
    expect(checkValueImage(new Uint8Array([...image, 1, 2, 3]), expected, STORE, SEED)).toBe('');
  });

  it('does not with any bit flipped, cut, or another than was named', () => {
    for (let bit = 0; bit < image.length * 8; bit += bit < 8 * VALUE_IMAGE_HEADER_BYTES ? 1 : 61) {
      const damaged = image.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      expect(checkValueImage(damaged, expected, STORE, SEED)).not.toBe('');
    }
    expect(checkValueImage(image.subarray(0, image.length - 1), expected, STORE, SEED)).toContain('ends inside');
    expect(checkValueImage(new Uint8Array(0), expected, STORE, SEED)).toContain('ends inside');
    for (const other of [{ valueImageId: 98 }, { valueBytes: 2999 }, { valueChecksum: valueChecksum ^ 1 }]) {
      expect(checkValueImage(image, { ...expected, ...other }, STORE, SEED)).not.toBe('');
    }
  });
});
