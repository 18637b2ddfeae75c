/**
 * Files, as the log needs them: synchronous, positioned, and saying exactly what reached the disk. Everything in this room
 * reaches files through `Disk`, so that tests can put a disk that fails, tears and forgets in the place of the real one.
 *
 * What is assumed of a disk: after `sync()` returns, the bytes written before it survive a power cut, and so does the
 * file's size; after `syncDirectory()`, so do the names made, renamed and removed in it before. `rename` is atomic. What is
 * not synced may survive wholly, in part, in any order, or not at all. A sector that is written again with the same
 * bytes keeps them.
 */
import { getRandomValues } from 'node:crypto';
import fs from 'node:fs';
import { DiskError } from './errors.ts';
import { MAX_PARTS_PER_WRITE } from './limits.ts';

/** `read`: an existing file, for reading. `write`: an existing one, for both. `create`: for both, and it must not exist. */
export type OpenMode = 'read' | 'write' | 'create';

/** Names, and what opens them. Paths are absolute or relative to the process. Every failure is a `DiskError`. */
export interface Disk {
  open(path: string, mode: OpenMode): DiskFile;
  /** What is at the path; symbolic links are followed. */
  kind(path: string): 'absent' | 'file' | 'directory' | 'other';
  /** Names in a directory, in no particular order. */
  list(directory: string): string[];
  /** Makes one directory; its parent exists. `EEXIST` when something has the name. */
  makeDirectory(path: string): void;
  /** Atomically gives `from` the name `to`, replacing what had it. */
  rename(from: string, to: string): void;
  /** Atomically gives the file a second name; `EEXIST` when something has it. */
  link(existing: string, path: string): void;
  unlink(path: string): void;
  /** Makes the names in the directory durable. */
  syncDirectory(path: string): void;
  /**
   * Where the random bits in files come from: salts, ids. Default: the system. For a disk on which everything must happen again
   * as it did before.
   */
  random?(target: Uint32Array): void;
}

/** Random words for what is about to be written to the disk. */
export function randomWords(disk: Disk, count: number): Uint32Array {
  const words = new Uint32Array(count);
  if (disk.random === undefined) {
    getRandomValues(words);
  } else {
    disk.random(words);
  }
  return words;
}

/** An open file. Every failure is a `DiskError`. */
export interface DiskFile {
  readonly path: string;
  size(): number;
  /** Reads at `position` into `target`; returns the bytes read: maybe fewer than asked for, 0 at the end of the file. */
  read(target: Uint8Array, position: number): number;
  /** Writes the parts, one behind the other; returns the bytes written: maybe fewer than asked for. See `writeFully`. */
  write(parts: readonly Uint8Array[], position: number): number;
  truncate(bytes: number): void;
  /** Makes the file's bytes and size durable (`fdatasync`). A failure means that nothing is known, for good: never retry. */
  sync(): void;
  /** Does nothing the second time. */
  close(): void;
}

/** Writes all of the parts at `position`, going on after short writes; returns the position behind them. */
export function writeFully(file: DiskFile, parts: readonly Uint8Array[], position: number): number {
  let at = position;
  let rest: Uint8Array[] = parts.filter((part) => part.length > 0);
  while (rest.length > 0) {
    const written = file.write(rest.slice(0, MAX_PARTS_PER_WRITE), at);
    if (written <= 0) {
      throw new DiskError('write', file.path, 'EIO', new Error('the system wrote nothing and gave no reason'));
    }
    at += written;
    rest = withoutFirst(rest, written);
  }
  return at;
}

function withoutFirst(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  let index = 0;
  while (index < parts.length && skip >= parts[index].length) {
    skip -= parts[index].length;
    index += 1;
  }
  const rest = parts.slice(index);
  if (skip > 0) {
    rest[0] = rest[0].subarray(skip);
  }
  return rest;
}

/** Reads until `target` is full or the file ends; returns the bytes read. */
export function readFully(file: DiskFile, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = file.read(done === 0 ? target : target.subarray(done), position + done);
    if (read <= 0) {
      break;
    }
    done += read;
  }
  return done;
}

const ZEROS = new Uint8Array(2 ** 18);

/** Fills [from, to) with zeros, so that later writes there change no metadata and no old bytes of the disk show through. */
export function writeZeros(file: DiskFile, from: number, to: number): void {
  let at = from;
  while (at < to) {
    at = writeFully(file, [ZEROS.subarray(0, Math.min(ZEROS.length, to - at))], at);
  }
}

/** True when the error is the disk's, with this `errno`. */
export function isDiskError(error: unknown, errno: string): error is DiskError {
  return error instanceof DiskError && error.errno === errno;
}

/** The operating system's files. Has no state: every thread may use it. */
export const nodeDisk: Disk = {
  open: (path, mode) => {
    const flags = { read: 'r', write: 'r+', create: 'wx+' }[mode];
    const descriptor = guard('open', path, () => fs.openSync(path, flags, 0o644));
    return new NodeFile(path, descriptor);
  },
  kind: (path) => guard('stat', path, () => kindOf(path)),
  list: (directory) => guard('list', directory, () => fs.readdirSync(directory)),
  makeDirectory: (path) => guard('mkdir', path, () => fs.mkdirSync(path)),
  rename: (from, to) => guard('rename', to, () => fs.renameSync(from, to)),
  link: (existing, path) => guard('link', path, () => fs.linkSync(existing, path)),
  unlink: (path) => guard('unlink', path, () => fs.unlinkSync(path)),
  syncDirectory: (path) => guard('sync', path, () => syncDirectory(path)),
};

class NodeFile implements DiskFile {
  readonly path: string;
  #descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  size(): number {
    return guard('stat', this.path, () => fs.fstatSync(this.#descriptor).size);
  }

  read(target: Uint8Array, position: number): number {
    return guard('read', this.path, () => fs.readSync(this.#descriptor, target, 0, target.length, position));
  }

  write(parts: readonly Uint8Array[], position: number): number {
    return guard('write', this.path, () => fs.writevSync(this.#descriptor, parts, position));
  }

  truncate(bytes: number): void {
    guard('truncate', this.path, () => fs.ftruncateSync(this.#descriptor, bytes));
  }

  sync(): void {
    guard('sync', this.path, () => fs.fdatasyncSync(this.#descriptor));
  }

  close(): void {
    const descriptor = this.#descriptor;
    if (descriptor >= 0) {
      this.#descriptor = -1; // the number may soon be another file's
      guard('close', this.path, () => fs.closeSync(descriptor));
    }
  }
}

function kindOf(path: string): 'absent' | 'file' | 'directory' | 'other' {
  let found: fs.Stats | undefined;
  try {
    found = fs.statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') {
      return 'absent'; // below a file there is nothing
    }
    throw error;
  }
  if (found === undefined) {
    return 'absent';
  }
  if (found.isDirectory()) {
    return 'directory';
  }
  return found.isFile() ? 'file' : 'other';
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') {
    return; // Windows opens no directories; NTFS journals names by itself
  }
  const descriptor = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function guard<T>(operation: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    throw new DiskError(operation, path, errno, error);
  }
}
