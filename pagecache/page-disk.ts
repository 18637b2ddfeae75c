/**
 * What page files and manifests need of a disk. The log's `Disk` is one (by its shape: this room knows nobody), and so is
 * every disk that tests put in its place. What is assumed of it stands there; every failure is an error of the disk's own.
 */
import { getRandomValues } from 'node:crypto';

/** Names, and what opens them. */
export interface PageDisk {
  /** `read`: an existing file, for reading. `write`: an existing one, for both. `create`: for both; it must not exist. */
  open(path: string, mode: 'read' | 'write' | 'create'): PageFile;
  /** What is at the path. */
  kind(path: string): 'absent' | 'file' | 'directory' | 'other';
  /** Names in a directory, in no particular order. */
  list(directory: string): string[];
  /** Atomically gives `from` the name `to`, replacing what had it. */
  rename(from: string, to: string): void;
  /** Atomically gives the file a second name; fails when something has it. */
  link(existing: string, path: string): void;
  unlink(path: string): void;
  /** Makes the names in the directory durable. */
  syncDirectory(path: string): void;
  /** Where random bits in files come from. Default: the system. */
  random?(target: Uint32Array): void;
}

/** An open file. */
export interface PageFile {
  readonly path: string;
  size(): number;
  /** Reads at `position`; returns the bytes read: maybe fewer than asked for, 0 at the end of the file. */
  read(target: Uint8Array, position: number): number;
  /** Writes the parts, one behind the other; returns the bytes written: maybe fewer than asked for. */
  write(parts: readonly Uint8Array[], position: number): number;
  truncate(bytes: number): void;
  /** Makes the file's bytes and size durable. A failure means that nothing is known, for good: never retry. */
  sync(): void;
  /** Does nothing the second time. */
  close(): void;
}

/** Random words for what is about to be written to the disk. */
export function randomWordsFor(disk: PageDisk, count: number): Uint32Array {
  const words = new Uint32Array(count);
  if (disk.random === undefined) getRandomValues(words);
  else disk.random(words);
  return words;
}

/** Reads until `target` is full or the file ends; returns the bytes read. */
export function readAt(file: PageFile, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = file.read(done === 0 ? target : target.subarray(done), position + done);
    if (read <= 0) break;
    done += read;
  }
  return done;
}

/** Writes all of `bytes`, going on after short writes. */
export function writeAt(file: PageFile, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const written = file.write([done === 0 ? bytes : bytes.subarray(done)], position + done);
    if (written <= 0) throw new Error(`${file.path}: the system wrote nothing and gave no reason`);
    done += written;
  }
}

/** Reads a whole file's first `bytes` bytes, or fewer when it is shorter. */
export function readHead(disk: PageDisk, path: string, bytes: number): Uint8Array {
  const file = disk.open(path, 'read');
  try {
    const target = new Uint8Array(bytes);
    return target.subarray(0, readAt(file, target, 0));
  } finally {
    file.close();
  }
}
