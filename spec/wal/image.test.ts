/** Images come back as written; damage anywhere is named; the newest good one counts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptError } from '../../wal/errors.ts';
import { ImageWriter, openImage } from '../../wal/image.ts';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../../wal/limits.ts';
import { enterStore } from '../../wal/store-file.ts';
import { MemoryDisk } from './memory-disk.ts';
import { bytesOf, textOf } from './records.ts';

type Entry = readonly [treeId: number, key: string, value: string];

function newStore() {
  const disk = new MemoryDisk();
  disk.makeDirectory('/store');
  const { storeId } = enterStore(disk, '/store');
  return { disk, storeId };
}

function write(disk: MemoryDisk, storeId: Uint8Array, entries: readonly Entry[], redoLsn: number): string {
  const writer = new ImageWriter(disk, '/store', storeId);
  for (const [treeId, key, value] of entries) {
    writer.add(treeId, bytesOf(key), bytesOf(value));
  }
  return writer.finish({ redoLsn, endLsn: redoLsn + 2, nextTreeId: 9 }).path;
}

function read(disk: MemoryDisk, storeId: Uint8Array): Entry[] {
  const entries: Entry[] = [];
  openImage(disk, '/store', storeId)?.read((treeId, key, value) => entries.push([treeId, textOf(key), textOf(value)]));
  return entries;
}

const ENTRIES: Entry[] = [1, 2, 3, 4].map((index) => [index, `key ${index}`, `value ${index}`.repeat(index)]);

describe('an image', () => {
  it('gives back its entries and bounds', () => {
    const text = (maxLength: number) => fc.uint8Array({ maxLength }).map(textOf);
    const entries = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 ** 25 - 1 }), text(40), text(500)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 2 ** 50 }), (all, redoLsn) => {
        const { disk, storeId } = newStore();
        write(disk, storeId, all, redoLsn);
        expect(openImage(disk, '/store', storeId)).toMatchObject({ redoLsn, endLsn: redoLsn + 2, nextTreeId: 9 });
        expect(read(disk, storeId)).toEqual(all);
      }),
    );
  });

  it('holds many blocks, and the longest key and value', () => {
    const { disk, storeId } = newStore();
    const writer = new ImageWriter(disk, '/store', storeId);
    const value = new Uint8Array(MAX_VALUE_BYTES).fill(7);
    const small = new Uint8Array(100_000).fill(3);
    writer.add(1, new Uint8Array(MAX_KEY_BYTES), small);
    writer.add(1, new Uint8Array(MAX_KEY_BYTES).fill(1), value);
    for (let index = 0; index < 20; index += 1) {
      writer.add(2, new Uint8Array([index]), small);
    }
    writer.finish({ redoLsn: 1, endLsn: 1, nextTreeId: 3 });
    const lengths: number[] = [];
    let wrong = 0;
    openImage(disk, '/store', storeId)?.read((_, _key, found) => {
      lengths.push(found.length);
      wrong += found.every((byte) => byte === (found.length === value.length ? 7 : 3)) ? 0 : 1;
    });
    expect(lengths).toEqual([small.length, value.length, ...new Array(20).fill(small.length)]);
    expect(wrong).toBe(0);
    expect(() => writer.add(1, new Uint8Array(MAX_KEY_BYTES + 1), small)).toThrow(RangeError);
  });

  it('cut at any byte, or with any bit flipped, is named as damaged and gives no wrong entry', () => {
    const { disk, storeId } = newStore();
    const path = write(disk, storeId, ENTRIES, 1);
    const inode = disk.live.get(path);
    if (inode === undefined) {
      throw new Error('the image was not written');
    }
    const whole = inode.live;
    const check = (harmless: boolean): void => {
      const seen: Entry[] = [];
      let error: unknown;
      try {
        const visit = (treeId: number, key: Uint8Array, value: Uint8Array) =>
          seen.push([treeId, textOf(key), textOf(value)]);
        openImage(disk, '/store', storeId)?.read(visit);
      } catch (caught) {
        error = caught;
      }
      expect(seen).toEqual(ENTRIES.slice(0, seen.length));
      if (!harmless) {
        expect(error).toBeInstanceOf(CorruptError);
        expect(error).toMatchObject({ code: 'RIGHTLINK_CORRUPT', file: path });
      }
    };
    for (let length = 0; length < whole.length; length += 1) {
      inode.live = whole.slice(0, length);
      check(false);
    }
    inode.live = whole.slice();
    for (let byte = 0; byte < whole.length; byte += 1) {
      if (byte < 60 || byte >= 4096) {
        for (let bit = 0; bit < 8; bit += 1) {
          inode.live[byte] ^= 1 << bit;
          check(false);
          inode.live[byte] ^= 1 << bit;
        }
      }
    }
    inode.live[1000] ^= 1; // padding of the header
    check(true);
  });

  it('is replaced by the next; of two that a crash left, the newest good one counts', () => {
    const { disk, storeId } = newStore();
    const first = write(disk, storeId, ENTRIES.slice(0, 1), 1);
    const firstInode = disk.live.get(first);
    const second = write(disk, storeId, ENTRIES, 5);
    expect(disk.live.has(first)).toBe(false);
    if (firstInode !== undefined) {
      disk.live.set(first, firstInode);
    }
    const damaged = disk.live.get(second);
    if (damaged !== undefined) {
      damaged.live[4200] ^= 1;
      expect(read(disk, storeId)).toEqual(ENTRIES.slice(0, 1));
      damaged.live[4200] ^= 1;
    }
    expect(read(disk, storeId)).toEqual(ENTRIES);
    expect(disk.live.has(first)).toBe(false);
  });

  it('that was aborted, or of another store, does not count', () => {
    const { disk, storeId } = newStore();
    expect(openImage(disk, '/store', storeId)).toBeNull();
    new ImageWriter(disk, '/store', storeId).add(1, bytesOf('a'), bytesOf('b')); // and then the process dies
    expect(openImage(disk, '/store', storeId)).toBeNull();
    write(disk, storeId, ENTRIES, 1);
    expect(() => openImage(disk, '/store', new Uint8Array(16))).toThrow(/another store/);
  });
});
