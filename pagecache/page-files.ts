/**
 * The page files of a store: one for each size of slot, made when the first slot of the size is written.
 *
 * `pages-<bytes of a slot, 8 digits>`:
 * ```
 *      0  magic "RLNKPAG\n"       8 bytes
 *      8  format version          u32
 *     12  bytes of a slot         u32
 *     16  store id                16 bytes
 *     32  checksum of 0 to 31     u32
 *     36  zeros
 *   4096  slot 0 │ slot 1 │ …     the file ends inside or behind the last slot that was ever written
 * ```
 * A slot holds one image (page-image.ts, value-image.ts), or nothing that counts: which ones count, only the manifest says.
 *
 * Making a file: its header is written under a name of its own and synced; then the file is linked to its name, which fails
 * when another thread was faster (its file is then used). So a name means a good header. The name itself is made durable by
 * whoever syncs the file first, in each opening: its maker may have died before anybody did.
 */
import { crc32 } from 'node:zlib';
import { viewOf } from './bytes.ts';
import { CorruptError, NewerFormatError } from './errors.ts';
import { PAGE_FILE_HEADER_BYTES, PAGE_FORMAT_VERSION } from './file-limits.ts';
import { type PageDisk, type PageFile, randomWordsFor, readAt, writeAt } from './page-disk.ts';
import {
  classOfPageFile,
  classOfSlot,
  indexOfSlot,
  offsetOfSlot,
  pageFileName,
  SLOT_CLASS_BYTES,
  SLOT_CLASSES,
} from './slot-class.ts';

const MAGIC = new TextEncoder().encode('RLNKPAG\n');
const CHECKED_BYTES = 32;
const HEADER_BYTES = 36;

/** A thread's way to the page files. Opens each when it is first needed; every thread has its own. */
export class PageFiles {
  readonly directory: string;
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  /** Seeds the checksum of every image: an image of another store does not check out. */
  readonly seed: number;
  readonly #disk: PageDisk;
  readonly #files: (PageFile | null)[] = Array.from({ length: SLOT_CLASSES }, () => null);
  /** The classes whose file's name is known to be durable. */
  readonly #durableNames = new Set<number>();

  readonly #mode: 'read' | 'write';

  /** @param mode `read`: nothing can be written, and nothing needs to be permitted */
  constructor(disk: PageDisk, directory: string, storeId: Uint8Array, mode: 'read' | 'write' = 'write') {
    this.#disk = disk;
    this.#mode = mode;
    this.directory = directory;
    this.storeId = storeId;
    this.seed = seedOf(storeId);
  }

  /**
   * Reads a slot's first bytes into `target`; returns how many there were: fewer where the file ends.
   * @throws CorruptError when the file is missing or not what it should be; the disk's errors
   */
  read(slot: number, target: Uint8Array): number {
    return readAt(this.#existing(classOfSlot(slot)), target, offsetOfSlot(slot));
  }

  /**
   * Writes an image, given in parts, to a slot; makes the file when there is none. Not durable before {@link PageFiles.sync}.
   * @throws CorruptError, the disk's errors
   */
  write(slot: number, ...parts: readonly Uint8Array[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > SLOT_CLASS_BYTES[classOfSlot(slot)]) {
      throw new RangeError(`${bytes} bytes do not fit a slot of ${pageFileName(classOfSlot(slot))}`);
    }
    const file = this.#openOrCreate(classOfSlot(slot));
    let at = offsetOfSlot(slot);
    for (const part of parts) {
      writeAt(file, part, at);
      at += part.length;
    }
  }

  /** Makes durable what any thread has written to the slots of a class, and the file's name. A failure is for good. */
  sync(slotClass: number): void {
    this.#existing(slotClass).sync();
    if (!this.#durableNames.has(slotClass)) {
      this.#disk.syncDirectory(this.directory);
      this.#durableNames.add(slotClass);
    }
  }

  /** Makes all page files durable. */
  syncAll(): void {
    for (const slotClass of this.classes()) this.sync(slotClass);
  }

  /** The classes that have a file, in order. */
  classes(): number[] {
    const classes = this.#disk.list(this.directory).map(classOfPageFile);
    return classes.filter((slotClass) => slotClass >= 0).sort((left, right) => left - right);
  }

  /** How many slots of the class the file has room for as it is. */
  slotsOf(slotClass: number): number {
    const bytes = this.#existing(slotClass).size() - PAGE_FILE_HEADER_BYTES;
    return Math.max(0, Math.ceil(bytes / SLOT_CLASS_BYTES[slotClass]));
  }

  /** Bytes of all page files. */
  bytes(): number {
    return this.classes().reduce((sum, slotClass) => sum + this.#existing(slotClass).size(), 0);
  }

  /** Cuts the file behind its first `slots` slots, and makes that durable. Nobody may use the slots behind. */
  truncate(slotClass: number, slots: number): void {
    const file = this.#existing(slotClass);
    file.truncate(PAGE_FILE_HEADER_BYTES + slots * SLOT_CLASS_BYTES[slotClass]);
    file.sync();
  }

  /** Path of the file that has the slot: for errors. */
  pathOf(slot: number): string {
    return this.#path(classOfSlot(slot));
  }

  /** An error about a slot. */
  damage(slot: number, reason: string): CorruptError {
    return new CorruptError(this.pathOf(slot), offsetOfSlot(slot), `page slot ${indexOfSlot(slot)}: ${reason}`);
  }

  close(): void {
    this.#files.forEach((file, slotClass) => {
      this.#files[slotClass] = null;
      file?.close();
    });
  }

  #path(slotClass: number): string {
    return `${this.directory}/${pageFileName(slotClass)}`;
  }

  #existing(slotClass: number): PageFile {
    const open = this.#files[slotClass];
    if (open !== null) return open;
    const path = this.#path(slotClass);
    if (this.#disk.kind(path) === 'absent') {
      throw new CorruptError(path, 0, 'the file is missing, and pages are in it');
    }
    return this.#open(slotClass, path);
  }

  #openOrCreate(slotClass: number): PageFile {
    const open = this.#files[slotClass];
    if (open !== null) return open;
    const path = this.#path(slotClass);
    if (this.#disk.kind(path) === 'absent') this.#create(slotClass, path);
    return this.#open(slotClass, path);
  }

  #open(slotClass: number, path: string): PageFile {
    const file = this.#disk.open(path, this.#mode);
    try {
      const header = new Uint8Array(HEADER_BYTES);
      checkHeader(header.subarray(0, readAt(file, header, 0)), path, slotClass, this.storeId);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#files[slotClass] = file;
    return file;
  }

  #create(slotClass: number, path: string): void {
    const [suffix] = randomWordsFor(this.#disk, 1);
    const aside = `${path}-${suffix.toString(16)}.new`;
    const file = this.#disk.open(aside, 'create');
    try {
      writeAt(file, headerOf(slotClass, this.storeId), 0);
      file.sync();
    } finally {
      file.close();
    }
    try {
      this.#disk.link(aside, path);
    } catch (error) {
      if (this.#disk.kind(path) !== 'file') throw error; // else another thread was faster
    } finally {
      this.#disk.unlink(aside);
    }
  }
}

/** What the checksums of a store's images are seeded with. */
export function seedOf(storeId: Uint8Array): number {
  return crc32(storeId);
}

function headerOf(slotClass: number, storeId: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PAGE_FILE_HEADER_BYTES);
  const view = viewOf(bytes);
  bytes.set(MAGIC, 0);
  view.setUint32(8, PAGE_FORMAT_VERSION, true);
  view.setUint32(12, SLOT_CLASS_BYTES[slotClass], true);
  bytes.set(storeId, 16);
  view.setUint32(CHECKED_BYTES, crc32(bytes.subarray(0, CHECKED_BYTES)), true);
  return bytes;
}

function checkHeader(bytes: Uint8Array, path: string, slotClass: number, storeId: Uint8Array): void {
  if (bytes.length < HEADER_BYTES) throw new CorruptError(path, 0, 'the file ends inside its header');
  const view = viewOf(bytes);
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) {
    throw new CorruptError(path, 0, 'not the beginning of a page file');
  }
  if (view.getUint32(CHECKED_BYTES, true) !== crc32(bytes.subarray(0, CHECKED_BYTES))) {
    throw new CorruptError(path, 0, 'the header fails its checksum');
  }
  const version = view.getUint32(8, true);
  if (version > PAGE_FORMAT_VERSION) throw new NewerFormatError(path, version, PAGE_FORMAT_VERSION);
  if (view.getUint32(12, true) !== SLOT_CLASS_BYTES[slotClass]) {
    throw new CorruptError(path, 12, `the file says that its slots have ${view.getUint32(12, true)} bytes`);
  }
  if (!storeId.every((byte, index) => byte === bytes[16 + index])) {
    throw new CorruptError(path, 16, 'the file belongs to another store');
  }
}
