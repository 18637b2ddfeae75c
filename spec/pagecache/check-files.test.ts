import { describe, expect, it } from 'vitest';
import { viewOf } from '../../pagecache/bytes.ts';
import { type CheckSummary, checkFiles, type Finding } from '../../pagecache/check-files.ts';
import { compactFiles } from '../../pagecache/compact-files.ts';
import { NO_MANIFEST } from '../../pagecache/manifest-writer.ts';
import type { PageDisk } from '../../pagecache/page-disk.ts';
import { PageFiles } from '../../pagecache/page-files.ts';
import { PageImageWriter, sealImage, TOMBSTONE, VALUE } from '../../pagecache/page-image.ts';
import { classOfSlot, diskSlot, pageFileName } from '../../pagecache/slot-class.ts';
import { MemoryDisk } from '../wal/memory-disk.ts';
import { seededRandom } from '../wal/random.ts';
import { FileStore } from './file-store.ts';
import { bytesOf, decodeLeaf, encodeLeaf, type PlainLeaf } from './leaves.ts';
import { boundsOf, DIRECTORY, entriesOf, type PlainEntry, readBack, STORE_ID, writeCheckpoint } from './manifests.ts';

function newDisk(): MemoryDisk {
  const disk = new MemoryDisk();
  disk.makeDirectory(DIRECTORY);
  return disk;
}

function check(disk: MemoryDisk): { findings: Finding[]; summary: CheckSummary } {
  const findings: Finding[] = [];
  const steps = checkFiles(disk, DIRECTORY, STORE_ID);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { findings, summary: step.value };
    findings.push(step.value);
  }
}

function refuse(): never {
  throw new Error('a check changes nothing');
}

/** A store of so many leaves, all written some times. */
function filledStore(leaves: number, writes: number): { disk: MemoryDisk; store: FileStore } {
  const disk = newDisk();
  const store = new FileStore(disk, leaves);
  const random = seededRandom(leaves);
  for (let i = 1; i <= writes; i++) {
    store.write(random(leaves), i);
    if (i % leaves === 0) store.checkpoint();
  }
  store.checkpoint();
  return { disk, store };
}

describe('the check of a store’s files', () => {
  it('finds nothing in a good one, and says what it saw', () => {
    const { disk } = filledStore(20, 100);
    const { findings, summary } = check(disk);
    expect(findings).toEqual([]);
    expect(summary).toMatchObject({ leaves: 20, keys: 20, findings: 0 });
    expect(summary.largeValues).toBeGreaterThan(2);
    expect(summary.fileBytes).toBeGreaterThan(summary.imageBytes);
    expect(check(newDisk()).summary).toMatchObject({ leaves: 0, findings: 0 });
  });

  it('finds any flipped bit of a byte that counts', () => {
    const { disk } = filledStore(3, 9);
    const used = entriesOf(readBack(disk));
    const flip = (name: string, at: number, bit: number): void => {
      const inode = disk.live.get(name);
      if (inode !== undefined) inode.live[at] ^= 1 << bit;
    };
    const files = new PageFiles(disk, DIRECTORY, STORE_ID);
    let flips = 0;
    for (const { slot, imageBytes } of used) {
      const { file, offset } = files.damage(slot, '');
      for (let at = offset; at < offset + imageBytes; at++) {
        flip(file, at, flips % 8);
        expect(check(disk).findings).toEqual([expect.objectContaining({ file, offset })]);
        flip(file, at, flips++ % 8);
      }
    }
    for (const slot of used.flatMap(({ values }) => values)) {
      const { file, offset } = files.damage(slot, '');
      for (const at of [0, 5, 12, 33, 41, 60]) {
        flip(file, offset + at, 3);
        expect(check(disk).findings).toEqual([expect.objectContaining({ file, offset })]);
        flip(file, offset + at, 3);
      }
    }
    expect(check(disk).findings).toEqual([]);
  });

  it('finds missing, cut and foreign files, and goes on', () => {
    const { disk } = filledStore(12, 50);
    const named = entriesOf(readBack(disk)).flatMap(({ slot, values }) => [slot, ...values]);
    const names = new Set(named.map((slot) => pageFileName(classOfSlot(slot))));
    expect(names.size).toBeGreaterThan(1);
    for (const name of names) {
      const path = `${DIRECTORY}/${name}`;
      const inode = disk.live.get(path) ?? { live: new Uint8Array(0), durable: new Uint8Array(0) };
      disk.live.delete(path);
      expect(check(disk).findings[0]).toMatchObject({ file: path, offset: 0 });
      expect(check(disk).summary.leaves).toBe(12);
      disk.live.set(path, { ...inode, live: inode.live.slice(0, 4096 + 70) });
      expect(check(disk).findings.length).toBeGreaterThan(0);
      const foreign = inode.live.slice();
      foreign[20] ^= 1;
      disk.live.set(path, { ...inode, live: foreign });
      expect(check(disk).findings.length).toBeGreaterThan(0);
      disk.live.set(path, inode);
    }
    expect(check(disk).findings).toEqual([]);
  });

  it('hands out what can be read, leaf by leaf', () => {
    const { disk, store } = filledStore(6, 40);
    const numbers = store.numbers();
    const entries = entriesOf(readBack(disk));
    const { file, offset } = new PageFiles(disk, DIRECTORY, STORE_ID).damage(entries[3].slot, '');
    const inode = disk.live.get(file);
    if (inode !== undefined) inode.live[offset + 50] ^= 1;
    const found = new Map<string, number>();
    let progress = '';
    const findings = [
      ...checkFiles(disk, DIRECTORY, STORE_ID, {
        onProgress: (leaves, of) => {
          progress = `${leaves} of ${of}`;
        },
        onLeaf: (entry, image) => {
          const low = Buffer.from(entry.bytes.subarray(entry.lowAt, entry.lowAt + entry.lowBytes)).toString();
          const [{ versions }] = decodeLeaf(image).keys;
          const oldest = versions.at(-1);
          if (oldest?.kind === VALUE) found.set(low, Number(Buffer.from(oldest.value).toString()));
        },
      }),
    ];
    expect(findings).toEqual([expect.objectContaining({ file, offset })]);
    expect(progress).toBe('6 of 6');
    expect([...found]).toEqual(
      entries.map(({ low }, i) => [low, numbers[i]]).filter(([low]) => low !== entries[3].low),
    );
  });

  it('needs no permission to write', () => {
    const { disk } = filledStore(6, 40);
    const readOnly: PageDisk = {
      open: (path, mode) => {
        if (mode !== 'read') throw new Error(`${path} is opened to ${mode}`);
        return disk.open(path, mode);
      },
      kind: (path) => disk.kind(path),
      list: (directory) => disk.list(directory),
      rename: refuse,
      link: refuse,
      unlink: refuse,
      syncDirectory: refuse,
    };
    expect([...checkFiles(readOnly, DIRECTORY, STORE_ID)]).toEqual([]);
  });

  it('finds a manifest without its end', () => {
    const { disk } = filledStore(5, 30);
    const [name] = disk.list(DIRECTORY).filter((each) => each.startsWith('manifest'));
    const inode = disk.live.get(`${DIRECTORY}/${name}`);
    if (inode !== undefined) inode.live = inode.live.slice(0, -8);
    expect(check(disk).findings[0].what).toContain('the last checkpoint does not count');
    if (inode !== undefined) inode.live = inode.live.slice(0, 4100);
    expect(check(disk).findings).toEqual([expect.objectContaining({ what: expect.stringContaining('record') })]);
  });
});

describe('images that pass their checksums', () => {
  const VALUES = [{ kind: VALUE, lsn: 5, value: bytesOf('v') }] as const;
  const LEAF: PlainLeaf = {
    treeId: 1,
    imageId: 9,
    newestLsn: 7,
    high: bytesOf('m'),
    keys: ['c', 'd', 'e'].map((key) => ({ key: bytesOf(key), versions: [...VALUES] })),
  };

  /** What is found in a store whose first leaf is this. */
  function findingsIn(leaf: PlainLeaf, some: Partial<PlainEntry> = {}, change?: (image: Uint8Array) => void): string[] {
    const disk = newDisk();
    const files = new PageFiles(disk, DIRECTORY, STORE_ID);
    const writer = new PageImageWriter(STORE_ID, files.seed);
    const entryOf = (plain: PlainLeaf, slot: number): PlainEntry => {
      const image = encodeLeaf(writer, plain);
      if (plain === leaf) change?.(image);
      const checksum = sealImage(image, image.length, files.seed);
      files.write(slot, image);
      const { treeId, imageId, newestLsn } = plain;
      return {
        treeId,
        imageId,
        newestLsn,
        slot,
        checksum,
        imageBytes: image.length,
        trim: null,
        values: [],
        low: '',
        high: 'm',
      };
    };
    const first = { ...entryOf(leaf, diskSlot(0, 1)), ...some };
    const last = { ...LEAF, imageId: 10, high: null, keys: [{ key: bytesOf('x'), versions: [...VALUES] }] };
    const second = { ...entryOf(last, diskSlot(0, 2)), low: 'm', high: null };
    writeCheckpoint(disk, NO_MANIFEST, 'create', [first, second], boundsOf(1));
    return check(disk).findings.map(({ what }) => what);
  }

  const withKeys = (...keys: string[]): PlainLeaf => ({
    ...LEAF,
    keys: keys.map((key) => ({ key: bytesOf(key), versions: [...VALUES] })),
  });

  it('are good when nothing is wrong', () => {
    expect(findingsIn(LEAF)).toEqual([]);
    expect(findingsIn(LEAF, { trim: 'd' })).toEqual([]);
  });

  it('are found when they are others than the manifest’s', () => {
    for (const some of [{ imageId: 8 }, { newestLsn: 8 }, { checksum: 1 }]) {
      expect(findingsIn(LEAF, some)).toEqual(['another page image than the one that the manifest names']);
    }
    expect(findingsIn({ ...LEAF, high: bytesOf('l') }, { high: 'm' })).toHaveLength(1);
  });

  it('are found when keys are out of order or of range, or versions of order', () => {
    expect(findingsIn(withKeys('c', 'e', 'd'))).toEqual(['keys are out of order']);
    expect(findingsIn(withKeys('c', 'c'))).toEqual(['keys are out of order']);
    expect(findingsIn(withKeys('c', 'n'))).toEqual(['a key lies above the range of its leaf']);
    const twice = [{ kind: TOMBSTONE, lsn: 5 } as const, ...VALUES];
    expect(findingsIn({ ...LEAF, keys: [{ key: bytesOf('c'), versions: twice }] })).toEqual([
      'the versions of a key are out of order',
    ]);
    expect(findingsIn({ ...LEAF, keys: [{ key: bytesOf('c'), versions: [] }, ...LEAF.keys.slice(1)] })).not.toEqual([]);
  });

  it('are found when their counts are wrong', () => {
    const [what] = findingsIn(LEAF, {}, (image) => viewOf(image).setUint32(52, 2, true));
    expect(what).toContain('the counts do not agree');
  });

  it('are found when two leaves share a slot', () => {
    const findings = findingsIn(LEAF, { slot: diskSlot(0, 2) });
    expect(findings).toContainEqual(expect.stringContaining('named twice'));
  });
});

describe('compacting', () => {
  it('moves what is left to the beginning of the files, and cuts them', () => {
    for (const leaves of [1, 7, 40]) {
      const disk = newDisk();
      const store = new FileStore(disk, leaves);
      for (let i = 1; i <= 12 * leaves; i++) store.write(i % leaves, i); // every old slot waits for a checkpoint
      store.checkpoint();
      const before = store.numbers();
      const fileBytes = store.files.bytes();

      const result = compactFiles(disk, DIRECTORY, STORE_ID);
      expect(result.bytesBefore).toBe(fileBytes);
      expect(result.bytesAfter).toBeLessThan(fileBytes / 2);
      expect(check(disk).findings).toEqual([]);
      const again = compactFiles(disk, DIRECTORY, STORE_ID);
      expect(again).toMatchObject({ moved: 0, bytesAfter: result.bytesAfter });

      const reopened = new FileStore(disk, leaves);
      expect(reopened.numbers()).toEqual(before);
      for (let i = 0; i < leaves; i++) reopened.write(i, 1000 + i);
      reopened.checkpoint();
      expect(new FileStore(disk, leaves).numbers()).toEqual(before.map((_, i) => 1000 + i));
      expect(check(disk).findings).toEqual([]);
    }
  });

  it('is refused without a manifest, and by a damaged image, and has changed nothing then', () => {
    expect(() => compactFiles(newDisk(), DIRECTORY, STORE_ID)).toThrow('no manifest');
    const { disk, store } = filledStore(9, 60);
    const before = store.numbers();
    const files = new PageFiles(disk, DIRECTORY, STORE_ID);
    const [highest] = entriesOf(readBack(disk)).sort((left, right) => right.slot - left.slot);
    const { file, offset } = files.damage(highest.slot, '');
    const inode = disk.live.get(file);
    if (inode !== undefined) inode.live[offset + 40] ^= 1;
    expect(() => compactFiles(disk, DIRECTORY, STORE_ID)).toThrow(`${file} is damaged at byte ${offset}`);
    if (inode !== undefined) inode.live[offset + 40] ^= 1;
    expect(check(disk).findings).toEqual([]);
    expect(new FileStore(disk, 9).numbers()).toEqual(before);
  });
});
