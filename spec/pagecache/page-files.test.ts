import { describe, expect, expectTypeOf, it } from 'vitest';
import { CorruptError } from '../../pagecache/errors.ts';
import { PAGE_FILE_HEADER_BYTES } from '../../pagecache/file-limits.ts';
import type { PageDisk, PageFile } from '../../pagecache/page-disk.ts';
import { PageFiles } from '../../pagecache/page-files.ts';
import {
  classOfPageFile,
  classOfSlot,
  diskSlot,
  indexOfSlot,
  offsetOfSlot,
  pageFileName,
  SLOT_CLASS_BYTES,
  SLOT_CLASSES,
  SLOTS_MAX,
  slotClassFor,
} from '../../pagecache/slot-class.ts';
import type { Disk, DiskFile } from '../../wal/disk.ts';
import { faultyDisk } from '../wal/faulty-disk.ts';
import { MemoryDisk } from '../wal/memory-disk.ts';
import { seededRandom } from '../wal/random.ts';
import { DIRECTORY, STORE_ID } from './manifests.ts';

function newDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeDirectory(DIRECTORY);
  return disk;
}

function filesOn(disk: PageDisk): PageFiles {
  return new PageFiles(disk, DIRECTORY, STORE_ID);
}

const PATH = `${DIRECTORY}/${pageFileName(2)}`;

describe('slots on disk', () => {
  it('have sizes a quarter apart, of whole sectors, up to the largest value', () => {
    expect(SLOT_CLASS_BYTES.every((bytes) => bytes % 512 === 0)).toBe(true);
    for (let i = 1; i < SLOT_CLASSES; i++) {
      const [before, after] = [SLOT_CLASS_BYTES[i - 1], SLOT_CLASS_BYTES[i]];
      expect(after).toBeGreaterThanOrEqual(before * 1.25);
      expect(after).toBeLessThan(before * 1.25 + 512);
    }
    expect(slotClassFor(2 ** 24 + 48)).toBe(SLOT_CLASSES - 1);
    expect(slotClassFor(2 ** 26)).toBe(-1);
    expect(slotClassFor(0)).toBe(0);
    expect(SLOT_CLASS_BYTES[slotClassFor(1025)]).toBe(1536);
  });

  it('are one word that says where they are', () => {
    const slot = diskSlot(SLOT_CLASSES - 1, SLOTS_MAX - 1);
    expect([classOfSlot(slot), indexOfSlot(slot)]).toEqual([SLOT_CLASSES - 1, SLOTS_MAX - 1]);
    expect(slot).toBeGreaterThan(0);
    expect(offsetOfSlot(diskSlot(1, 3))).toBe(PAGE_FILE_HEADER_BYTES + 3 * 1536);
    expect(classOfPageFile(pageFileName(11))).toBe(11);
    expect(classOfPageFile('pages-00001025')).toBe(-1);
  });
});

describe('page files', () => {
  it('need no more of a disk than the log’s', () => {
    expectTypeOf<Disk>().toExtend<PageDisk>();
    expectTypeOf<DiskFile>().toExtend<PageFile>();
  });

  it('keep what was written, slot by slot, also by short writes and reads', () => {
    const { disk } = faultyDisk(newDisk(), { atMostBytes: 100 });
    const files = filesOn(disk);
    files.write(diskSlot(2, 5), new Uint8Array(1000).fill(5), new Uint8Array(36).fill(6));
    files.write(diskSlot(2, 1), new Uint8Array(2048).fill(1));
    const other = filesOn(disk);
    const target = new Uint8Array(1036);
    expect(other.read(diskSlot(2, 5), target)).toBe(1036);
    expect(target).toEqual(new Uint8Array([...new Array(1000).fill(5), ...new Array(36).fill(6)]));
    expect(other.read(diskSlot(2, 7), target)).toBe(0);
    expect(other.classes()).toEqual([2]);
    expect(other.slotsOf(2)).toBe(6);
    expect(() => files.write(diskSlot(2, 0), new Uint8Array(2049))).toThrow(RangeError);
  });

  it('are cut behind the slots that are kept', () => {
    const disk = newDisk();
    const files = filesOn(disk);
    for (let index = 0; index < 9; index++) files.write(diskSlot(2, index), new Uint8Array(10).fill(index + 1));
    files.truncate(2, 4);
    expect(files.slotsOf(2)).toBe(4);
    expect(files.bytes()).toBe(PAGE_FILE_HEADER_BYTES + 4 * 2048);
    const target = new Uint8Array(10);
    expect(files.read(diskSlot(2, 3), target)).toBe(10);
    expect(target[0]).toBe(4);
    expect(files.read(diskSlot(2, 4), target)).toBe(0);
  });

  it('made by two threads at once are one', () => {
    const real = newDisk();
    const second = filesOn(real);
    let first = true;
    const disk: PageDisk = {
      ...methodsOf(real),
      link: (existing, path) => {
        if (first) second.write(diskSlot(2, 0), new Uint8Array(20).fill(2)); // just before this one gets its name
        first = false;
        real.link(existing, path);
      },
    };
    filesOn(disk).write(diskSlot(2, 1), new Uint8Array(20).fill(1));
    const target = new Uint8Array(20);
    for (const index of [0, 1]) {
      filesOn(real).read(diskSlot(2, index), target);
      expect(target).toEqual(new Uint8Array(20).fill(2 - index));
    }
    expect(real.list(DIRECTORY)).toEqual([pageFileName(2)]);
  });

  it('survive a power cut with what was synced, and have their names', () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = newDisk();
      const files = filesOn(disk);
      files.write(diskSlot(2, 0), new Uint8Array(20).fill(7));
      files.syncAll();
      const after = filesOn(disk.powerCut(seededRandom(seed)));
      const target = new Uint8Array(20);
      expect(after.read(diskSlot(2, 0), target)).toBe(20);
      expect(target[0]).toBe(7);
    }
  });

  it('say what is wrong with them, by name and offset', () => {
    const disk = newDisk();
    filesOn(disk).write(diskSlot(2, 0), new Uint8Array(20).fill(7));
    const good = disk.live.get(PATH)?.live ?? new Uint8Array(0);
    const target = new Uint8Array(20);
    for (let bit = 0; bit < 36 * 8; bit++) {
      const damaged = good.slice();
      damaged[bit >>> 3] ^= 1 << (bit & 7);
      const other = newDisk();
      other.open(PATH, 'create').write([damaged], 0);
      expect(() => filesOn(other).read(diskSlot(2, 0), target)).toThrow(CorruptError);
    }
    expect(() => filesOn(newDisk()).read(diskSlot(2, 0), target)).toThrow(/pages-00002048.*missing/);
    const stranger = new PageFiles(disk, DIRECTORY, STORE_ID.slice().fill(1));
    expect(() => stranger.read(diskSlot(2, 0), target)).toThrow('another store');
    expect(filesOn(disk).damage(diskSlot(2, 1), 'is odd')).toMatchObject({ file: PATH, offset: 4096 + 2048 });
  });
});

/** A disk's functions, to be changed one by one. */
function methodsOf(disk: PageDisk): PageDisk {
  return {
    open: (path, mode) => disk.open(path, mode),
    kind: (path) => disk.kind(path),
    list: (directory) => disk.list(directory),
    rename: (from, to) => disk.rename(from, to),
    link: (existing, path) => disk.link(existing, path),
    unlink: (path) => disk.unlink(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  };
}
