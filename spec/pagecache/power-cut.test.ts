/**
 * Power cuts at random moments of writing leaves, making checkpoints, rewriting the manifest and opening, on a disk that forgets and
 * tears what was not synced. After each, the store is as its last checkpoint had it, or as the one that was under way; and every image that
 * it names checks out. A sample, not all moments: for a smaller store all of them are explored (spec/scenarios/checkpoints.ts).
 */
import { describe, expect, it } from 'vitest';
import { checkFiles } from '../../pagecache/check-files.ts';
import { failingDisk, PowerCut } from '../wal/failing-disk.ts';
import { MemoryDisk, type Random } from '../wal/memory-disk.ts';
import { seededRandom } from '../wal/random.ts';
import { FileStore, type Sloppiness } from './file-store.ts';
import { DIRECTORY, STORE_ID } from './manifests.ts';

const LEAVES = 4;

/** What a store may hold after a power cut: what a checkpoint acknowledged, or what the one under way would have. */
interface Knowledge {
  acknowledged: number[];
  attempted: number[];
}

function work(store: FileStore, random: Random, known: Knowledge): void {
  const numbers = store.numbers();
  for (;;) {
    const what = random(10);
    if (what < 6) {
      const index = random(LEAVES);
      numbers[index] = random(1000);
      store.write(index, numbers[index]);
    } else if (what === 6) {
      store.rewrite();
    } else {
      known.attempted = numbers.slice();
      store.checkpoint();
      known.acknowledged = numbers.slice();
    }
  }
}

/** Runs a store through some lives; throws when it is not as it may be. */
function live(seed: number, sloppy: Sloppiness = {}): number {
  const random = seededRandom(seed);
  const salts = (target: Uint32Array): void => {
    for (let i = 0; i < target.length; i++) target[i] = random(2 ** 32);
  };
  let disk = new MemoryDisk();
  disk.makeDirectory(DIRECTORY);
  const nothing = new Array<number>(LEAVES).fill(0);
  const known: Knowledge = { acknowledged: nothing, attempted: nothing };
  let cuts = 0;
  for (let life = 0; life < 6; life++) {
    try {
      const store = new FileStore({ ...failingDisk(disk, random(120), random), random: salts }, LEAVES, sloppy);
      const found = store.numbers();
      expect([known.acknowledged, known.attempted]).toContainEqual(found);
      known.acknowledged = found; // what was seen once stays
      known.attempted = found;
      work(store, random, known);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cuts++;
    }
    if (random(3) > 0) disk = disk.powerCut(random); // else the process was killed, and the system went on
  }
  const last = new FileStore(disk, LEAVES, sloppy);
  expect([known.acknowledged, known.attempted]).toContainEqual(last.numbers());
  expect([...checkFiles(disk, DIRECTORY, STORE_ID)]).toEqual([]);
  return cuts;
}

describe('a store of page files', () => {
  it('is after any power cut or kill as a checkpoint had it', () => {
    let cuts = 0;
    for (let seed = 1; seed <= 200; seed++) cuts += live(seed);
    expect(cuts).toBe(200 * 6);
  });

  const mutants: readonly (readonly [string, Sloppiness])[] = [
    ['slots are reused at once', { reuseAtOnce: true }],
    ['page files are not synced', { noPageSync: true }],
    ['what was read at open is believed to be on the disk', { trustCache: true }],
  ];
  it.each(mutants)('is not when %s', (_what, sloppy) => {
    expect(() => {
      for (let seed = 1; seed <= 400; seed++) live(seed, sloppy);
    }).toThrow();
  });
});
