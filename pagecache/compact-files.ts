import { setUint53, viewOf } from './bytes.ts';
import { CorruptError } from './errors.ts';
import { PAGE_IMAGE_BYTES_MAX, VALUE_IMAGE_HEADER_BYTES } from './file-limits.ts';
import { type Manifest, type ManifestCursor, readManifest } from './manifest.ts';
import type { CheckpointBounds } from './manifest-format.ts';
import { createManifest, type ManifestEntry, type ManifestPosition } from './manifest-writer.ts';
import type { PageDisk } from './page-disk.ts';
import { PageFiles } from './page-files.ts';
import { LARGE, sealImage } from './page-image.ts';
import { PageImageReader } from './page-image-reader.ts';
import { classOfSlot, diskSlot, indexOfSlot, SLOT_CLASSES } from './slot-class.ts';
import { SlotSet } from './slot-set.ts';

/** What compacting did. */
export interface Compaction {
  readonly position: ManifestPosition;
  readonly bounds: CheckpointBounds;
  /** Images that were moved. */
  readonly moved: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/** A leaf moves at most so often: once for itself, and once more when its large values have moved. */
const PASSES_MAX = 3;

/**
 * Moves the images of a closed store into the lowest slots of their files, and cuts the files behind them.
 *
 * 1. Copy every image from beyond where its file is to end into a free slot below: one that the manifest does not name. A leaf
 *    whose large values move gets an image of its own, which names their new slots.
 * 2. Sync the page files, then write a new manifest: it is good with the new slots, as the old one is with the old ones.
 * 3. Again, until nothing moves; then cut the files.
 *
 * A crash leaves one manifest or the other, and all that it names.
 * @throws CorruptError when there is no manifest, or an image is damaged: nothing was changed; the disk's errors
 */
export function compactFiles(disk: PageDisk, directory: string, storeId: Uint8Array): Compaction {
  const files = new PageFiles(disk, directory, storeId);
  try {
    const bytesBefore = files.bytes();
    let moved = 0;
    for (let pass = 1; ; pass++) {
      const manifest = readManifest(disk, directory, storeId);
      if (manifest === null) throw new CorruptError(directory, 0, 'the store has no manifest');
      const plan = new Plan(manifest);
      if (plan.isDone || pass > PASSES_MAX) {
        plan.cut(files);
        return { position: manifest.position, bounds: manifest.bounds, moved, bytesBefore, bytesAfter: files.bytes() };
      }
      moved += movePass(disk, files, storeId, manifest, plan);
    }
  } finally {
    files.close();
  }
}

/** Which slots are named, and where images may go. */
class Plan {
  readonly isDone: boolean;
  /** Where each file is to end. */
  readonly #ends = new Float64Array(SLOT_CLASSES);
  readonly #taken = new SlotSet();
  readonly #next = new Float64Array(SLOT_CLASSES);

  constructor(manifest: Manifest) {
    const cursor = manifest.cursor();
    while (cursor.next()) {
      this.#taken.add(cursor.slot);
      for (let i = 0; i < cursor.valueCount; i++) this.#taken.add(cursor.values[i]);
    }
    this.#ends.set(this.#taken.counts);
    this.isDone = this.#ends.every((end, slotClass) => this.#taken.end(slotClass) === end);
  }

  mustMove(slot: number): boolean {
    return indexOfSlot(slot) >= this.#ends[classOfSlot(slot)];
  }

  /** The lowest slot of the class that nothing has or gets. */
  take(slotClass: number): number {
    const index = this.#taken.firstAbsent(slotClass, this.#next[slotClass]);
    const slot = diskSlot(slotClass, index);
    this.#next[slotClass] = index + 1;
    this.#taken.add(slot);
    return slot;
  }

  cut(files: PageFiles): void {
    for (const slotClass of files.classes()) {
      const slots = this.#taken.end(slotClass);
      if (files.slotsOf(slotClass) > slots) files.truncate(slotClass, slots);
    }
  }
}

function movePass(disk: PageDisk, files: PageFiles, storeId: Uint8Array, manifest: Manifest, plan: Plan): number {
  const draft = createManifest(disk, files.directory, storeId, manifest.position);
  try {
    const mover = new Mover(files, storeId, plan, manifest.bounds.nextImageId);
    const cursor = manifest.cursor();
    while (cursor.next()) draft.add(mover.place(cursor));
    files.syncAll();
    const { bounds } = manifest;
    draft.finish({ ...bounds, generation: bounds.generation + 1, nextImageId: mover.nextImageId });
    return mover.moved;
  } finally {
    draft.abandon();
  }
}

/** Copies images to where the plan has room for them. */
class Mover {
  moved = 0;
  nextImageId: number;
  readonly #files: PageFiles;
  readonly #storeId: Uint8Array;
  readonly #plan: Plan;
  readonly #reader = new PageImageReader();
  readonly #image = new Uint8Array(PAGE_IMAGE_BYTES_MAX);
  #value = new Uint8Array(0);

  constructor(files: PageFiles, storeId: Uint8Array, plan: Plan, nextImageId: number) {
    this.#files = files;
    this.#storeId = storeId;
    this.#plan = plan;
    this.nextImageId = nextImageId;
  }

  /** The leaf's entry as it is afterwards. */
  place(entry: ManifestCursor): ManifestEntry {
    let valuesMove = false;
    for (let i = 0; i < entry.valueCount; i++) if (this.#plan.mustMove(entry.values[i])) valuesMove = true;
    if (!valuesMove && !this.#plan.mustMove(entry.slot)) return entry;
    const image = this.#read(entry);
    const slot = this.#plan.take(classOfSlot(entry.slot));
    const fields = { ...entry, source: entry.source, slot };
    const next = valuesMove ? { ...fields, ...this.#moveValues(entry, image) } : fields;
    this.#files.write(slot, image);
    this.moved++;
    return next;
  }

  #read(entry: ManifestCursor): Uint8Array {
    const image = this.#image.subarray(0, entry.imageBytes);
    const read = this.#files.read(entry.slot, image);
    const damage = this.#reader.open(image.subarray(0, read), entry.imageBytes, this.#storeId, this.#files.seed);
    if (damage !== '') throw this.#files.damage(entry.slot, damage);
    if (this.#reader.checksum !== entry.checksum || this.#reader.imageId !== entry.imageId) {
      throw this.#files.damage(entry.slot, 'another page image than the one that the manifest names');
    }
    return image;
  }

  /** Moves values, and makes the image name them where they are. */
  #moveValues(entry: ManifestCursor, image: Uint8Array): { values: Uint32Array; checksum: number; imageId: number } {
    const reader = this.#reader;
    const own = new Set(entry.values.subarray(0, entry.valueCount));
    const places = new Map<number, number>();
    while (reader.nextKey()) {
      while (reader.nextVersion()) {
        if (reader.kind !== LARGE) continue;
        const { slot, referenceAt } = reader;
        if (own.has(slot) && this.#plan.mustMove(slot) && !places.has(slot))
          places.set(slot, this.#moveValue(slot, reader.valueBytes));
        viewOf(image).setUint32(referenceAt, places.get(slot) ?? slot, true);
      }
    }
    if (reader.damage !== '') throw this.#files.damage(entry.slot, reader.damage);
    const imageId = this.nextImageId++;
    setUint53(viewOf(image), 32, imageId);
    const values = entry.values.slice(0, entry.valueCount).map((slot) => places.get(slot) ?? slot);
    return { values, imageId, checksum: sealImage(image, image.length, this.#files.seed) };
  }

  /** Copies a value as it is: whoever reads it judges its checksum. */
  #moveValue(slot: number, valueBytes: number): number {
    const length = VALUE_IMAGE_HEADER_BYTES + valueBytes;
    if (length > this.#value.length) this.#value = new Uint8Array(2 * length);
    const bytes = this.#value.subarray(0, length);
    if (this.#files.read(slot, bytes) < length) throw this.#files.damage(slot, 'the file ends inside a large value');
    const target = this.#plan.take(classOfSlot(slot));
    this.#files.write(target, bytes);
    this.moved++;
    return target;
  }
}
