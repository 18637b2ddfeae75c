/**
 * Which store a directory holds: the identity file `store`, and the steps of entering and leaving a store's directory.
 *
 * ```
 *   0  magic "RLNKSTOR"     8 bytes
 *   8  format version       u32
 *  12  zero                 u32
 *  16  store id             16 random bytes; every other file carries it
 *  32  checksum of 0 to 31  u32
 * ```
 *
 * Creating a store syncs nothing, which keeps it cheap: nothing has been promised yet. The first log segment, image or
 * manifest calls `syncStoreFile` before it gets its own name. Hence an identity that is empty or all zeros, beside no other
 * file (but page files, which hold nothing that counts before a manifest names it), is a creation that a power cut interrupted,
 * and is begun again; damaged in any other way, or beside a log, it is corruption.
 */
import { dirname, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { viewOf } from '../pagecache/bytes.ts';
import { isManifestLeftover, manifestNumberOf } from '../pagecache/manifest-format.ts';
import { classOfPageFile, isPageFileLeftover } from '../pagecache/slot-class.ts';
import { type Disk, isDiskError, randomWords, readFully, writeFully } from './disk.ts';
import { CorruptError, NewerFormatError, NotAStoreError } from './errors.ts';
import { isImageName } from './image-format.ts';
import { FORMAT_VERSION } from './limits.ts';
import { LOCK_NAME, removeLockLeftovers, takeLock } from './lock-file.ts';
import { segmentNumberOf } from './log-format.ts';
import { ASIDE_SUFFIX } from './segment-file.ts';

/** Name of the identity file. */
export const STORE_NAME = 'store';

const STORE_MAGIC = new TextEncoder().encode('RLNKSTOR');
const STORE_BYTES = 36;
const CHECKED_BYTES = 32;

/** A store's directory, entered: this process owns it until `leave`. */
export interface EnteredStore {
  /** Absolute. */
  readonly directory: string;
  /** 16 bytes. */
  readonly storeId: Uint8Array;
  /** True when the store was made just now. */
  readonly created: boolean;
  /** Gives the lock back: the last thing that closing does. */
  leave(): void;
}

/**
 * Enters the store at `path`, making it when there is nothing or an empty directory: checks, makes the directory, takes the
 * lock, reads or writes the identity, removes what aborted writers left.
 * @throws NotAStoreError, NewerFormatError, CorruptError: nothing was changed
 * @throws LockedError when it is open already
 * @throws DiskError
 */
export function enterStore(disk: Disk, path: string): EnteredStore {
  const directory = resolve(path);
  const kind = disk.kind(directory);
  if (kind === 'file' || kind === 'other') {
    throw new NotAStoreError(directory, 'it is not a directory');
  }
  if (kind === 'absent') {
    makeDirectories(disk, directory);
  } else {
    readIdentity(disk, directory, disk.list(directory)); // for its errors, before the lock file changes anything
  }
  const lock = takeLock(disk, directory);
  try {
    const names = disk.list(directory);
    const known = readIdentity(disk, directory, names);
    removeLeftovers(disk, directory, names);
    if (known === null) {
      removePageFiles(disk, directory, names);
    }
    const storeId = known ?? writeIdentity(disk, directory);
    return { directory, storeId, created: known === null, leave: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Makes the identity and the directory itself durable. Whoever is about to publish a store's first other file calls this.
 * @throws DiskError
 */
export function syncStoreFile(disk: Disk, directory: string): void {
  const file = disk.open(`${directory}/${STORE_NAME}`, 'write');
  try {
    file.sync();
  } finally {
    file.close();
  }
  disk.syncDirectory(directory);
  disk.syncDirectory(dirname(directory));
}

/** The store id; null when there is no store yet and nothing else either. */
function readIdentity(disk: Disk, directory: string, names: readonly string[]): Uint8Array | null {
  const hasData = names.some((name) => segmentNumberOf(name) > 0 || isImageName(name) || manifestNumberOf(name) > 0);
  if (!names.includes(STORE_NAME)) {
    const strangers = names.filter((name) => !isOurs(name));
    if (strangers.length > 0) {
      throw new NotAStoreError(directory, `the directory holds other files (${strangers.slice(0, 3).join(', ')})`);
    }
    if (hasData) {
      throw new CorruptError(`${directory}/${STORE_NAME}`, 0, 'the file is missing, and the store has data');
    }
    return null;
  }
  const path = `${directory}/${STORE_NAME}`;
  const bytes = readSmall(disk, path);
  const identity = decodeIdentity(bytes, path);
  if (typeof identity !== 'string') {
    return identity;
  }
  if (hasData || hasMagic(bytes)) {
    throw new CorruptError(path, 0, identity);
  }
  if (bytes.some((byte) => byte !== 0) || !names.every(isOurs)) {
    throw new NotAStoreError(directory, `its file ${STORE_NAME} is none of rightlink's`);
  }
  return null;
}

function hasMagic(bytes: Uint8Array): boolean {
  return STORE_MAGIC.every((byte, index) => bytes[index] === byte);
}

function isOurs(name: string): boolean {
  return (
    name === STORE_NAME ||
    name === LOCK_NAME ||
    name.startsWith(`${LOCK_NAME}.`) ||
    segmentNumberOf(name) > 0 ||
    isImageName(name) ||
    manifestNumberOf(name) > 0 ||
    classOfPageFile(name) >= 0 ||
    isLeftover(name)
  );
}

/** A file that a writer had not yet given its name when it stopped. */
function isLeftover(name: string): boolean {
  if (isManifestLeftover(name) || isPageFileLeftover(name)) {
    return true;
  }
  const target = name.slice(0, -ASIDE_SUFFIX.length);
  return name.endsWith(ASIDE_SUFFIX) && (target === STORE_NAME || segmentNumberOf(target) > 0 || isImageName(target));
}

function removeLeftovers(disk: Disk, directory: string, names: readonly string[]): void {
  for (const name of names.filter(isLeftover)) {
    disk.unlink(`${directory}/${name}`);
  }
  removeLockLeftovers(disk, directory, names);
}

/** Page files without a manifest hold nothing that counts; these are of a store whose identity a power cut took. */
function removePageFiles(disk: Disk, directory: string, names: readonly string[]): void {
  for (const name of names.filter((each) => classOfPageFile(each) >= 0)) {
    disk.unlink(`${directory}/${name}`);
  }
}

function decodeIdentity(bytes: Uint8Array, path: string): Uint8Array | string {
  if (bytes.length < STORE_BYTES || !hasMagic(bytes)) {
    return 'it does not begin as a store’s identity does';
  }
  const view = viewOf(bytes);
  if (view.getUint32(CHECKED_BYTES, true) !== crc32(bytes.subarray(0, CHECKED_BYTES))) {
    return 'the identity fails its checksum';
  }
  if (view.getUint32(8, true) > FORMAT_VERSION) {
    throw new NewerFormatError(path, view.getUint32(8, true), FORMAT_VERSION);
  }
  return bytes.slice(16, CHECKED_BYTES);
}

function writeIdentity(disk: Disk, directory: string): Uint8Array {
  const bytes = new Uint8Array(STORE_BYTES);
  const view = viewOf(bytes);
  bytes.set(STORE_MAGIC, 0);
  view.setUint32(8, FORMAT_VERSION, true);
  bytes.set(new Uint8Array(randomWords(disk, 4).buffer), 16);
  view.setUint32(CHECKED_BYTES, crc32(bytes.subarray(0, CHECKED_BYTES)), true);
  const path = `${directory}/${STORE_NAME}`;
  const file = disk.open(path + ASIDE_SUFFIX, 'create');
  try {
    writeFully(file, [bytes], 0);
  } finally {
    file.close();
  }
  disk.rename(path + ASIDE_SUFFIX, path);
  return bytes.slice(16, CHECKED_BYTES);
}

function readSmall(disk: Disk, path: string): Uint8Array {
  const bytes = new Uint8Array(STORE_BYTES);
  const file = disk.open(path, 'read');
  try {
    return bytes.subarray(0, readFully(file, bytes, 0));
  } finally {
    file.close();
  }
}

/** Makes a directory and those above it. All but the last are synced here; `syncStoreFile` does the last. */
function makeDirectories(disk: Disk, directory: string): void {
  const parent = dirname(directory);
  const kind = disk.kind(parent);
  if (kind === 'file' || kind === 'other') {
    throw new NotAStoreError(directory, `${parent} is not a directory`);
  }
  if (kind === 'absent') {
    makeDirectories(disk, parent);
    disk.syncDirectory(dirname(parent));
  }
  try {
    disk.makeDirectory(directory);
  } catch (error) {
    if (!isDiskError(error, 'EEXIST')) {
      throw error;
    }
  }
}
