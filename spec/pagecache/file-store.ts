/**
 * The smallest store over the page cache's files: some leaves that are written again and again, checkpoints, and opening. One
 * thread; slots are taken and released by the steps that the engine runs.
 */
import { VALUE_IMAGE_HEADER_BYTES } from '../../pagecache/file-limits.ts';
import { readManifest, rewriteManifest } from '../../pagecache/manifest.ts';
import {
  appendToManifest,
  createManifest,
  type ManifestPosition,
  NO_MANIFEST,
} from '../../pagecache/manifest-writer.ts';
import { run, SharedMemory, type Step } from '../../pagecache/memory.ts';
import type { PageDisk } from '../../pagecache/page-disk.ts';
import { PageFiles } from '../../pagecache/page-files.ts';
import { LARGE, PageImageWriter, VALUE } from '../../pagecache/page-image.ts';
import { PageImageReader } from '../../pagecache/page-image-reader.ts';
import { slotClassFor } from '../../pagecache/slot-class.ts';
import { claimCheckpoint, endWalk, leaveCheckpoint, sweepSlots } from '../../pagecache/slot-generations.ts';
import { diskSlotOf, SlotLoader, slotSpaceOf } from '../../pagecache/slot-space.ts';
import { LIVE_SLOT, releaseSlot, settleSlot, takeImageId, takeSlot } from '../../pagecache/slots.ts';
import { checkValueImage, encodeValueHeader } from '../../pagecache/value-image.ts';
import { bytesOf, encodeLeaf, type PlainLeaf } from './leaves.ts';
import { DIRECTORY, type PlainEntry, STORE_ID, toEntry } from './manifests.ts';
import { PlainSlotRegisters } from './slot-registers.ts';

/** The tree that all leaves belong to. */
export const TREE = 3;

/** A leaf that is on disk. */
interface Leaf {
  entry: PlainEntry;
  /** Its slot, and those of its large values, as memory names them. */
  slot: number;
  values: number[];
  isNew: boolean;
}

/** What is different in a store that a test wants to fail. */
export interface Sloppiness {
  /** Slots released are free at once. */
  reuseAtOnce?: boolean;
  /** The page files are not synced. */
  noPageSync?: boolean;
  /** What was read at open is believed to be on the disk. */
  trustCache?: boolean;
}

/** A store, open. Each leaf holds a number that the last `write` gave it, and a large value where that is divisible by 3. */
export class FileStore {
  readonly files: PageFiles;
  readonly space = slotSpaceOf(0, 200, 4);
  readonly memory = SharedMemory.allocate(this.space.endAt);
  readonly #op = new PlainSlotRegisters(this.space, 1);
  readonly #disk: PageDisk;
  readonly #writer: PageImageWriter;
  readonly #sloppy: Sloppiness;
  #leaves: Leaf[] = [];
  #position: ManifestPosition = NO_MANIFEST;
  #generation = 0;

  /** Opens the store, or makes one of so many leaves, which are empty. */
  constructor(disk: PageDisk, leaves: number, sloppy: Sloppiness = {}) {
    this.#disk = disk;
    this.#sloppy = sloppy;
    this.files = new PageFiles(disk, DIRECTORY, STORE_ID);
    this.#writer = new PageImageWriter(STORE_ID, this.files.seed, 2 ** 12);
    if (!this.#open()) {
      new SlotLoader(this.memory, this.space).begin(0, 1);
      for (let i = 0; i < leaves; i++) {
        const { low, high } = rangeOf(i, leaves);
        this.#leaves.push(this.#writeLeaf({ treeId: TREE, low, high, trim: null }, 0));
      }
      this.checkpoint();
    }
  }

  /** The number in each leaf, as its image on disk says. */
  numbers(): number[] {
    return this.#leaves.map(({ entry }) => this.#read(entry));
  }

  /** Gives a leaf another number. */
  write(index: number, number: number): void {
    const leaf = this.#leaves[index];
    this.#leaves[index] = this.#writeLeaf(leaf.entry, number);
    for (const slot of [leaf.slot, ...leaf.values]) this.#release(slot);
  }

  checkpoint(): void {
    this.#run(claimCheckpoint);
    this.#position = this.#writeManifest(true);
    this.#generation++;
    for (const leaf of this.#leaves) leaf.isNew = false;
    for (const step of [endWalk, sweepSlots, leaveCheckpoint]) this.#run(step);
  }

  /**
   * A checkpoint whose thread dies before anybody knows of it: before its record is written, or just behind that. Its reaper frees
   * the role, and no more.
   */
  checkpointOfTheDead(written: boolean): void {
    this.#run(claimCheckpoint);
    this.#writeManifest(written);
    this.#run(leaveCheckpoint);
  }

  #writeManifest(finishes: boolean): ManifestPosition {
    const begin = this.#position.number === 0 ? createManifest : appendToManifest;
    const draft = begin(this.#disk, DIRECTORY, STORE_ID, this.#position);
    try {
      for (const leaf of this.#leaves) if (leaf.isNew) draft.add(toEntry(leaf.entry));
      if (this.#sloppy.noPageSync !== true) this.files.syncAll();
      return finishes ? draft.finish(this.#bounds()) : this.#position;
    } finally {
      draft.abandon();
    }
  }

  /** Writes the manifest anew. */
  rewrite(): void {
    const manifest = readManifest(this.#disk, DIRECTORY, STORE_ID);
    if (manifest !== null) {
      this.#position = rewriteManifest(this.#disk, DIRECTORY, STORE_ID, manifest);
    }
  }

  #open(): boolean {
    const manifest = readManifest(this.#disk, DIRECTORY, STORE_ID);
    if (manifest === null) return false;
    this.#generation = manifest.bounds.generation;
    this.#position =
      this.#sloppy.trustCache === true ? manifest.position : rewriteManifest(this.#disk, DIRECTORY, STORE_ID, manifest);
    if (this.#sloppy.trustCache !== true) this.files.syncAll();
    const loader = new SlotLoader(this.memory, this.space);
    const cursor = manifest.cursor();
    while (cursor.next()) {
      loader.reserve(cursor.slot);
      for (let i = 0; i < cursor.valueCount; i++) loader.reserve(cursor.values[i]);
    }
    loader.begin(this.#generation, manifest.bounds.nextImageId);
    const again = manifest.cursor();
    while (again.next()) {
      const { treeId, slot, imageBytes, checksum, imageId, newestLsn } = again;
      const values = [...again.values.subarray(0, again.valueCount)];
      const { low, high } = rangeOf(this.#leaves.length, manifest.entries);
      const image = { slot, imageBytes, checksum, imageId, newestLsn, values };
      this.#leaves.push({
        entry: { treeId, low, high, trim: null, ...image },
        slot: loader.take(slot, LIVE_SLOT),
        values: values.map((value) => loader.take(value, LIVE_SLOT)),
        isNew: false,
      });
    }
    return true;
  }

  #writeLeaf(range: Pick<PlainEntry, 'treeId' | 'low' | 'high' | 'trim'>, number: number): Leaf {
    const values: number[] = [];
    const lsn = number + 1;
    const large = number % 3 === 0 ? [this.#writeValue(number, values)] : [];
    const imageId = this.#imageId();
    const leaf: PlainLeaf = {
      treeId: TREE,
      imageId,
      newestLsn: lsn,
      high: range.high === null ? null : bytesOf(range.high),
      keys: [
        {
          key: bytesOf(`${range.low}k`),
          versions: [...large, { kind: VALUE, lsn: large.length > 0 ? 0 : lsn, value: bytesOf(String(number)) }],
        },
      ],
    };
    const image = encodeLeaf(this.#writer, leaf);
    const slot = this.#take(image.length);
    const onDisk = diskSlotOf(this.memory, this.space, slot);
    this.files.write(onDisk, image);
    this.#run(settleSlot);
    const entry = {
      ...range,
      slot: onDisk,
      imageBytes: image.length,
      checksum: this.#writer.checksum,
      imageId,
      newestLsn: lsn,
      values: values.map((value) => diskSlotOf(this.memory, this.space, value)),
    };
    return { entry, slot, values, isNew: true };
  }

  #writeValue(number: number, values: number[]): PlainLeaf['keys'][number]['versions'][number] {
    const value = new Uint8Array(40 + (number % 9) * 300).fill(number);
    const header = new Uint8Array(VALUE_IMAGE_HEADER_BYTES);
    const imageId = this.#imageId();
    const checksum = encodeValueHeader(header, [value], TREE, imageId, STORE_ID, this.files.seed);
    const slot = this.#take(header.length + value.length);
    const onDisk = diskSlotOf(this.memory, this.space, slot);
    this.files.write(onDisk, header, value);
    this.#run(settleSlot);
    values.push(slot);
    return { kind: LARGE, lsn: number + 1, slot: onDisk, imageId, valueBytes: value.length, checksum };
  }

  #read(entry: PlainEntry): number {
    const image = new Uint8Array(entry.imageBytes);
    this.files.read(entry.slot, image);
    const reader = new PageImageReader();
    const damage = reader.open(image, image.length, STORE_ID, this.files.seed);
    if (damage !== '' || reader.imageId !== entry.imageId || reader.checksum !== entry.checksum) {
      throw new Error(`a leaf is not what was written: ${damage}`);
    }
    reader.nextKey();
    while (reader.nextVersion() && reader.kind === LARGE) this.#readValue(reader);
    return Number(Buffer.from(image.subarray(reader.valueAt, reader.valueAt + reader.valueBytes)).toString());
  }

  #readValue(reader: PageImageReader): void {
    const bytes = new Uint8Array(VALUE_IMAGE_HEADER_BYTES + reader.valueBytes);
    this.files.read(reader.slot, bytes);
    const damage = checkValueImage(bytes, reader, STORE_ID, this.files.seed);
    if (damage !== '') throw new Error(`a large value is not what was written: ${damage}`);
  }

  #imageId(): number {
    this.#run(takeImageId);
    return this.#op.imageId;
  }

  #take(bytes: number): number {
    this.#op.slotClass = slotClassFor(bytes);
    this.#run(takeSlot);
    if (this.#op.slot === 0) throw new Error('there is no slot left');
    return this.#op.slot;
  }

  #release(slot: number): void {
    this.#op.slot = slot;
    if (this.#sloppy.reuseAtOnce !== true) this.#run(releaseSlot);
    else {
      this.memory.store(this.space.slotsAt + slot, 0);
      for (let i = 0; i < this.space.classes; i++) this.memory.store(this.space.cursorsAt + i, 0);
    }
  }

  #bounds(): Parameters<ReturnType<typeof createManifest>['finish']>[0] {
    const lsn = 2 ** 40;
    return {
      startLsn: lsn,
      redoLsn: lsn,
      endLsn: lsn,
      generation: this.#generation + 1,
      nextImageId: this.memory.load(this.space.imageRangeAt) * 1024 + 1024,
      nextTreeId: TREE + 1,
    };
  }

  #run(step: Step<PlainSlotRegisters>): void {
    run(this.memory, this.#op, step);
  }
}

/** The range of a leaf: the first begins at −∞, the last ends at +∞. */
function rangeOf(index: number, leaves: number): { low: string; high: string | null } {
  const border = (at: number): string => `leaf ${String(at).padStart(4, '0')}`;
  return { low: index === 0 ? '' : border(index), high: index === leaves - 1 ? null : border(index + 1) };
}
