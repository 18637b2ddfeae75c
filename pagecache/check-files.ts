import { compareBytes } from './bytes.ts';
import { CorruptError, RightlinkError } from './errors.ts';
import { IMAGE_KEY_BYTES_MAX, PAGE_IMAGE_BYTES_MAX, VALUE_IMAGE_HEADER_BYTES } from './file-limits.ts';
import { type Manifest, type ManifestCursor, readManifest } from './manifest.ts';
import type { PageDisk } from './page-disk.ts';
import { PageFiles } from './page-files.ts';
import { LARGE } from './page-image.ts';
import { PageImageReader } from './page-image-reader.ts';
import { classOfSlot, offsetOfSlot, SLOT_CLASSES } from './slot-class.ts';
import { SlotSet } from './slot-set.ts';
import { checkValueImage } from './value-image.ts';

/** Something that is wrong with a store's files. */
export interface Finding {
  readonly file: string;
  readonly offset: number;
  readonly what: string;
}

/** What was checked. */
export interface CheckSummary {
  leaves: number;
  keys: number;
  versions: number;
  largeValues: number;
  /** Bytes of all images that count. */
  imageBytes: number;
  /** Bytes of all page files. */
  fileBytes: number;
  findings: number;
}

/** What a check tells besides its findings. */
export interface CheckListener {
  /** So many of the leaves are done. */
  onProgress?(leaves: number, of: number): void;
  /**
   * The leaf at the cursor is readable: whatever was found about it has been yielded. Its image is open, at its beginning; its
   * large values are in `files`. For copying what there is to another store.
   */
  onLeaf?(entry: ManifestCursor, image: PageImageReader, files: PageFiles): void;
}

/**
 * Checks the page files of a store that nobody writes to: the manifest (its chain, and that it tiles the keys), every image that
 * it names (checksum, identity, keys in order and inside the leaf's range, versions newest first), every large value, and that no
 * slot is named twice. Slots that nothing names are free: none can be lost here.
 *
 * Yields each finding as it comes. An error that is no finding, of the code itself, is thrown.
 */
export function* checkFiles(
  disk: PageDisk,
  directory: string,
  storeId: Uint8Array,
  listener: CheckListener = {},
): Generator<Finding, CheckSummary> {
  const check = new FileCheck(new PageFiles(disk, directory, storeId, 'read'), storeId);
  try {
    const manifest = attempt(check.findings, () => readManifest(disk, directory, storeId));
    if (manifest !== null) {
      check.reportTruncation(manifest);
      const cursor = manifest.cursor();
      while (cursor.next()) {
        const image = check.leaf(manifest, cursor);
        yield* check.take();
        if (image !== null) listener.onLeaf?.(cursor, image, check.files);
        listener.onProgress?.(check.summary.leaves, manifest.entries);
      }
    }
    yield* check.take();
    check.summary.fileBytes = attempt(check.findings, () => check.files.bytes()) ?? 0;
    yield* check.take();
    return check.summary;
  } finally {
    check.files.close();
  }
}

/** Runs an action; what it throws about files becomes a finding, and the result null. */
function attempt<T>(findings: Finding[], action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof CorruptError) {
      findings.push({ file: error.file, offset: error.offset, what: error.reason });
      return null;
    }
    if (error instanceof RightlinkError && 'file' in error) {
      findings.push({ file: String(error.file), offset: 0, what: error.message });
      return null;
    }
    throw error;
  }
}

class FileCheck {
  readonly files: PageFiles;
  readonly findings: Finding[] = [];
  readonly summary: CheckSummary = {
    leaves: 0,
    keys: 0,
    versions: 0,
    largeValues: 0,
    imageBytes: 0,
    fileBytes: 0,
    findings: 0,
  };
  readonly #storeId: Uint8Array;
  readonly #reader = new PageImageReader();
  readonly #image = new Uint8Array(PAGE_IMAGE_BYTES_MAX);
  readonly #named = new SlotSet();
  readonly #key = new Uint8Array(IMAGE_KEY_BYTES_MAX);
  readonly #lastKey = new Uint8Array(IMAGE_KEY_BYTES_MAX);
  /** The slots of large values that the leaf's image names. */
  readonly #referenced = new Set<number>();
  #value = new Uint8Array(0);

  constructor(files: PageFiles, storeId: Uint8Array) {
    this.files = files;
    this.#storeId = storeId;
  }

  /** Hands out what was found since the last time. */
  *take(): Generator<Finding> {
    for (const finding of this.findings.splice(0)) {
      this.summary.findings++;
      yield finding;
    }
  }

  reportTruncation(manifest: Manifest): void {
    const { truncated, path } = manifest;
    if (truncated === null) return;
    const what = `the last checkpoint does not count: ${truncated.reason} (${truncated.lostBytes} bytes)`;
    this.findings.push({ file: path, offset: truncated.offset, what });
  }

  /** Checks a leaf; gives its image, at its beginning, when it can be read to its end. */
  leaf(manifest: Manifest, entry: ManifestCursor): PageImageReader | null {
    this.summary.leaves++;
    this.#name(manifest, entry, entry.slot);
    for (let i = 0; i < entry.valueCount; i++) this.#name(manifest, entry, entry.values[i]);
    const damage = attempt(this.findings, () => this.#open(entry));
    if (damage !== '') {
      if (damage !== null) this.#report(entry.slot, damage);
      return null;
    }
    this.summary.imageBytes += entry.imageBytes;
    this.#checkKeys(entry);
    for (let i = 0; i < entry.valueCount; i++) {
      if (!this.#referenced.has(entry.values[i])) {
        this.findings.push({
          file: manifest.path,
          offset: entry.at,
          what: 'a large value that its leaf does not have',
        });
      }
    }
    if (this.#reader.damage !== '') return null;
    this.#reader.rewind();
    return this.#reader;
  }

  #name(manifest: Manifest, entry: ManifestCursor, slot: number): void {
    if (classOfSlot(slot) < SLOT_CLASSES && this.#named.add(slot)) return;
    this.findings.push({
      file: manifest.path,
      offset: entry.at,
      what: `slot ${slot} is named twice, or there is none`,
    });
  }

  #open(entry: ManifestCursor): string {
    const bytes = this.#image.subarray(0, entry.imageBytes);
    const read = this.files.read(entry.slot, bytes);
    const reader = this.#reader;
    const damage = reader.open(bytes.subarray(0, read), entry.imageBytes, this.#storeId, this.files.seed);
    if (damage !== '') return damage;
    const { checksum, imageId, treeId, newestLsn } = entry;
    const same =
      reader.checksum === checksum &&
      reader.imageId === imageId &&
      reader.treeId === treeId &&
      reader.newestLsn === newestLsn &&
      compareHigh(reader, entry);
    return same ? '' : 'another page image than the one that the manifest names';
  }

  #checkKeys(entry: ManifestCursor): void {
    const reader = this.#reader;
    const { slot } = entry;
    let lastBytes = -1;
    this.#referenced.clear();
    while (reader.nextKey()) {
      const bytes = reader.copyKey(this.#key);
      if (lastBytes >= 0 && compareBytes(this.#key, 0, bytes, this.#lastKey, 0, lastBytes) <= 0) {
        this.#report(slot, 'keys are out of order');
      }
      const visible = entry.compareToLeast(this.#key, 0, bytes) >= 0;
      if (!visible && entry.trimBytes < 0) this.#report(slot, 'a key lies below the range of its leaf');
      if (entry.highBytes >= 0 && compareBytes(this.#key, 0, bytes, entry.bytes, entry.highAt, entry.highBytes) >= 0) {
        this.#report(slot, 'a key lies above the range of its leaf');
      }
      this.#checkVersions(entry, visible);
      this.#lastKey.set(this.#key.subarray(0, bytes));
      lastBytes = bytes;
      if (visible) this.summary.keys++;
    }
    if (reader.damage !== '') this.#report(slot, reader.damage);
  }

  #checkVersions(entry: ManifestCursor, visible: boolean): void {
    const reader = this.#reader;
    let newer = Number.POSITIVE_INFINITY;
    let versions = 0;
    while (reader.nextVersion()) {
      if (reader.lsn >= newer) this.#report(entry.slot, 'the versions of a key are out of order');
      newer = reader.lsn;
      versions++;
      if (reader.kind === LARGE) this.#checkReference(entry, visible);
    }
    if (versions === 0 && reader.damage === '') this.#report(entry.slot, 'a key has no version');
    if (visible) this.summary.versions += versions;
  }

  #checkReference(entry: ManifestCursor, visible: boolean): void {
    const { slot } = this.#reader;
    this.#referenced.add(slot);
    if (!visible) return;
    if (!entry.values.subarray(0, entry.valueCount).includes(slot)) {
      this.#report(entry.slot, `the manifest does not name the slot ${slot} of a large value`);
      return;
    }
    this.summary.largeValues++;
    const damage = attempt(this.findings, () => this.#readValue());
    if (damage !== null && damage !== '') this.#report(slot, damage);
  }

  #readValue(): string {
    const reader = this.#reader;
    const length = VALUE_IMAGE_HEADER_BYTES + reader.valueBytes;
    if (length > this.#value.length) this.#value = new Uint8Array(2 * length);
    const bytes = this.#value.subarray(0, length);
    const read = this.files.read(reader.slot, bytes);
    this.summary.imageBytes += length;
    return checkValueImage(bytes.subarray(0, read), reader, this.#storeId, this.files.seed);
  }

  #report(slot: number, what: string): void {
    this.findings.push({ file: this.files.pathOf(slot), offset: offsetOfSlot(slot), what });
  }
}

function compareHigh(reader: PageImageReader, entry: ManifestCursor): boolean {
  if (reader.highBytes < 0 || entry.highBytes < 0) return reader.highBytes === entry.highBytes;
  const { bytes, highAt, highBytes } = entry;
  return compareBytes(reader.bytes, reader.highAt, reader.highBytes, bytes, highAt, highBytes) === 0;
}
