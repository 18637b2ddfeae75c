import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptError } from '../../pagecache/errors.ts';
import { MANIFEST_HEADER_BYTES } from '../../pagecache/file-limits.ts';
import { readManifest, rewriteManifest } from '../../pagecache/manifest.ts';
import { manifestName } from '../../pagecache/manifest-format.ts';
import { appendToManifest, isRewriteDue, NO_MANIFEST } from '../../pagecache/manifest-writer.ts';
import { diskSlot } from '../../pagecache/slot-class.ts';
import { faultyDisk } from '../wal/faulty-disk.ts';
import { MemoryDisk } from '../wal/memory-disk.ts';
import { seededRandom } from '../wal/random.ts';
import { boundsOf, DIRECTORY, entriesOf, type PlainEntry, readBack, STORE_ID, writeCheckpoint } from './manifests.ts';
import { PlainStore } from './plain-store.ts';

function newDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeDirectory(DIRECTORY);
  return disk;
}

function entry(
  treeId: number,
  low: string,
  high: string | null,
  id: number,
  some: Partial<PlainEntry> = {},
): PlainEntry {
  const rest = { imageBytes: 100, checksum: id * 7, imageId: id, newestLsn: id, values: [], trim: null };
  return { treeId, low, high, slot: diskSlot(0, id), ...rest, ...some };
}

const FIRST = [entry(0, '', null, 1), entry(5, '', 'k', 2, { values: [7, 8, 9] }), entry(5, 'k', null, 3)];

describe('a manifest', () => {
  it('is none in a store that has none', () => {
    expect(readManifest(newDisk(), DIRECTORY, STORE_ID)).toBeNull();
  });

  it('describes the store wholly, then what changed', () => {
    const disk = newDisk();
    let position = writeCheckpoint(disk, NO_MANIFEST, 'create', FIRST, boundsOf(1));
    expect(entriesOf(readBack(disk))).toEqual(FIRST);
    expect(readBack(disk).position).toEqual(position);

    const split = [entry(5, 'k', 'p', 4), entry(5, 'p', null, 5)];
    position = writeCheckpoint(disk, position, 'append', split, boundsOf(2));
    expect(entriesOf(readBack(disk))).toEqual([FIRST[0], FIRST[1], ...split]);

    const grown = entry(5, '', 'p', 4, { trim: 'k' }); // the leaf before collapsed
    position = writeCheckpoint(disk, position, 'append', [grown, entry(9, '', null, 6)], boundsOf(3));
    expect(entriesOf(readBack(disk))).toEqual([FIRST[0], grown, split[1], entry(9, '', null, 6)]);

    position = writeCheckpoint(disk, position, 'append', [], boundsOf(4), [5]);
    const manifest = readBack(disk);
    expect(entriesOf(manifest)).toEqual([FIRST[0], entry(9, '', null, 6)]);
    expect(manifest).toMatchObject({ bounds: boundsOf(4), entries: 2, truncated: null, position });
  });

  it('agrees with a plain list of leaves over random splits, collapses, drops and rewritings', () => {
    const check = fc.property(fc.nat(), fc.array(fc.nat(40), { minLength: 1, maxLength: 25 }), (seed, batches) => {
      const disk = newDisk();
      const store = new PlainStore(seededRandom(seed));
      let position = NO_MANIFEST;
      let generation = 0;
      for (const changes of batches) {
        for (let i = 0; i < changes; i++) store.change();
        generation++;
        const { entries, dropped } = store.takeChanges();
        const how = generation === 1 ? 'create' : 'append';
        position = writeCheckpoint(disk, position, how, entries, boundsOf(generation), dropped);
        if (changes % 5 === 0) position = rewriteManifest(disk, DIRECTORY, STORE_ID, readBack(disk));
        const manifest = readBack(disk);
        expect(entriesOf(manifest)).toEqual(store.entries());
        expect(manifest).toMatchObject({ position, truncated: null, bounds: boundsOf(generation) });
      }
      expect(disk.list(DIRECTORY).length).toBe(1);
    });
    fc.assert(check, { numRuns: 150 });
  });

  it('is worth rewriting when it has twice the size of its first record, and not while it is small', () => {
    const full = { ...NO_MANIFEST, fullBytes: 2 ** 20 };
    expect(isRewriteDue({ ...full, offset: 2 ** 21 })).toBe(false);
    expect(isRewriteDue({ ...full, offset: 2 ** 21 + 1 })).toBe(true);
    expect(isRewriteDue({ ...full, offset: 2 ** 18, fullBytes: 100 })).toBe(false);
  });

  it('takes entries larger than a piece in all', () => {
    const disk = newDisk();
    const key = (i: number): string => 'x'.repeat(900) + String(i).padStart(3, '0');
    const many = Array.from({ length: 300 }, (_, i) =>
      entry(1, i === 0 ? '' : key(i), i === 299 ? null : key(i + 1), i + 1, {
        values: Array.from({ length: i % 7 === 0 ? 3000 : 0 }, (_unused, value) => value),
      }),
    );
    writeCheckpoint(disk, NO_MANIFEST, 'create', many, boundsOf(1));
    expect(entriesOf(readBack(disk))).toEqual(many);
  });
});

describe('a manifest that makes no sense', () => {
  const cases: readonly (readonly [string, PlainEntry[]])[] = [
    ['a gap', [entry(1, '', 'c', 1), entry(1, 'd', null, 2)]],
    ['no beginning', [entry(1, 'a', null, 1)]],
    ['no end', [entry(1, '', 'c', 1)]],
    ['no end before the next tree', [entry(1, '', 'c', 1), entry(2, '', null, 2)]],
    ['an overlap', [entry(1, '', 'd', 1), entry(1, 'c', null, 2)]],
    ['no order', [entry(2, '', null, 1), entry(1, '', null, 2)]],
    ['an empty range', [entry(1, '', 'c', 1), entry(1, 'c', 'c', 2), entry(1, 'c', null, 3)]],
    ['an unknown class', [entry(1, '', null, 1, { slot: diskSlot(60, 1) })]],
    ['an image larger than its slot', [entry(1, '', null, 1, { imageBytes: 2000 })]],
    ['an image of the future', [entry(1, '', null, 2 ** 41)]],
    ['a write of the future', [entry(1, '', null, 1, { newestLsn: 2 ** 41 })]],
  ];
  it.each(cases)('is corrupt: %s', (_what, entries) => {
    const disk = newDisk();
    writeCheckpoint(disk, NO_MANIFEST, 'create', entries, boundsOf(1));
    expect(() => readBack(disk)).toThrow(CorruptError);
  });
});

describe('a damaged manifest', () => {
  const path = `${DIRECTORY}/${manifestName(1)}`;

  /** Three records; what each of them made of the store. */
  function threeRecords(): { bytes: Uint8Array; after: PlainEntry[][]; offsets: number[] } {
    const disk = newDisk();
    const first = writeCheckpoint(disk, NO_MANIFEST, 'create', FIRST, boundsOf(1));
    const second = writeCheckpoint(disk, first, 'append', [entry(5, 'k', null, 4)], boundsOf(2));
    writeCheckpoint(disk, second, 'append', [entry(5, '', 'k', 5)], boundsOf(3));
    const after = [FIRST, [FIRST[0], FIRST[1], entry(5, 'k', null, 4)], entriesOf(readBack(disk))];
    const bytes = disk.live.get(path)?.live ?? new Uint8Array(0);
    return { bytes, after, offsets: [MANIFEST_HEADER_BYTES, first.offset, second.offset, bytes.length] };
  }

  function diskWith(bytes: Uint8Array): MemoryDisk {
    const disk = newDisk();
    disk.open(path, 'create').write([bytes], 0);
    return disk;
  }

  it('never says anything else: an error, or without its last record, and then it says so', () => {
    const { bytes, after, offsets } = threeRecords();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const at = bit >>> 3;
      if (at > 64 && at < MANIFEST_HEADER_BYTES) continue; // zeros that nobody reads
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (bit & 7);
      const disk = diskWith(damaged);
      if (at >= offsets[2]) {
        const manifest = readBack(disk);
        expect(manifest.truncated).toMatchObject({ offset: offsets[2], lostBytes: bytes.length - offsets[2] });
        expect(entriesOf(manifest)).toEqual(after[1]);
      } else if (at >= 52 && at < MANIFEST_HEADER_BYTES) {
        expect(entriesOf(readBack(disk))).toEqual(after[2]);
      } else {
        expect(() => readBack(disk), `bit ${bit}`).toThrow(CorruptError);
      }
    }
  });

  it('cut anywhere gives the records before, or an error without the first', () => {
    const { bytes, after, offsets } = threeRecords();
    for (let length = 0; length <= bytes.length; length++) {
      const disk = diskWith(bytes.subarray(0, length));
      const whole = offsets.filter((offset) => offset <= length).length - 1;
      if (whole < 1) expect(() => readBack(disk)).toThrow(CorruptError);
      else {
        const manifest = readBack(disk);
        expect(entriesOf(manifest)).toEqual(after[whole - 1]);
        expect(manifest.truncated === null).toBe(offsets.includes(length));
      }
    }
  });

  it('of another store, or under another number, is refused', () => {
    const { bytes } = threeRecords();
    expect(() => readManifest(diskWith(bytes), DIRECTORY, STORE_ID.slice().fill(1))).toThrow('another store');
    const disk = newDisk();
    disk.open(`${DIRECTORY}/${manifestName(2)}`, 'create').write([bytes], 0);
    expect(() => readBack(disk)).toThrow('says it is');
    expect(() => appendToManifest(disk, DIRECTORY, STORE_ID.slice().fill(1), { ...NO_MANIFEST, number: 2 })).toThrow(
      'another store',
    );
  });
});

describe('a checkpoint that fails', () => {
  const more = [entry(5, 'k', null, 4)];

  it.each(['write', 'sync'] as const)('in a %s leaves the last manifest good, or has written its own', (operation) => {
    for (let nth = 1; nth < 5; nth++) {
      for (const how of ['append', 'create'] as const) {
        const real = newDisk();
        const position = writeCheckpoint(real, NO_MANIFEST, 'create', FIRST, boundsOf(1));
        const entries = how === 'append' ? more : [FIRST[0], FIRST[1], ...more];
        const { disk } = faultyDisk(real, { fail: { operation, nth, errno: 'ENOSPC' }, atMostBytes: 50 });
        let failed = false;
        try {
          writeCheckpoint(disk, position, how, entries, boundsOf(2));
        } catch (error) {
          failed = true;
          expect(error).toMatchObject({ code: 'RIGHTLINK_DISK', errno: 'ENOSPC' });
        }
        const found = entriesOf(readBack(real));
        if (!failed || found[2].imageId === 4) expect(found).toEqual([FIRST[0], FIRST[1], ...more]);
        else expect(found).toEqual(FIRST);
        // The next one goes to the same place.
        if (failed) writeCheckpoint(real, position, how, entries, boundsOf(2));
        expect(entriesOf(readBack(real))).toEqual([FIRST[0], FIRST[1], ...more]);
      }
    }
  });
});
