/**
 * A disk, as plain code under the checker sees it: files by name, bytes at positions, and nothing durable before it was
 * synced. Small on purpose: an adapter of some lines puts a program's own disk interface on top of it.
 *
 * What a power loss may leave is every combination of the following (`disk-state.ts` decides each when something looks):
 * - of each unit of a file (`unitBytes`, a sector): the content last synced, or the content after any later write to it;
 * - of a file's size: the size last synced, any later one, and any multiple of a unit that an extending write passed;
 * - of names: those durable when their directory was synced last, and any subset of the later changes (`names`).
 *
 * What is taken for granted: a unit is written wholly or not at all; `rename` is atomic; `sync` makes a file's bytes and
 * size durable and says nothing of its name; space that was never written reads as zeros; directories exist.
 */

/** What the disk is like. */
export interface DiskOptions {
  /** Bytes that are written wholly or not at all. Default 512. */
  unitBytes?: number;
  /**
   * Which changes of names survive a power loss before the directory is synced: `any` subset of them (default, all that POSIX
   * promises), or those up to any moment, `in order`, as a journal keeps them.
   */
  names?: 'any' | 'in order';
}

/** The disk. A file is a number above 0, good until the next crash; a path's directory is what comes before its last `/`. */
export interface Disk {
  /** The file of this name, or 0. */
  find(path: string): number;
  /** Makes an empty file of this name; returns 0 when there is one already. */
  create(path: string): number;
  /** Names in a directory, sorted, without the directory. */
  list(directory: string): readonly string[];
  /** Gives the file another name in the same directory, atomically, replacing what had it. @throws DiskFault ENOENT */
  rename(from: string, to: string): void;
  /** Gives the file a second name; false when something has it. @throws DiskFault ENOENT */
  link(existing: string, path: string): boolean;
  /** Takes the name away. @throws DiskFault ENOENT */
  remove(path: string): void;
  /** Makes the names in a directory durable. */
  syncDirectory(directory: string): void;
  size(file: number): number;
  /** Reads into `target`; returns how many bytes there were before the end of the file. */
  read(file: number, position: number, target: Uint8Array): number;
  /**
   * Writes; returns how many bytes were written: fewer only when the program explored allows `shortWrites`.
   * @throws DiskFault ENOSPC when the program explored allows `failures`; nothing was written
   */
  write(file: number, position: number, bytes: Uint8Array): number;
  truncate(file: number, size: number): void;
  /**
   * Makes the file's bytes and size durable.
   * @throws DiskFault EIO when the program explored allows `failures`: what was not durable then may stay so, whatever later
   * syncs say, until it is written again
   */
  sync(file: number): void;
}

/** What a disk call fails with. */
export class DiskFault extends Error {
  readonly code: 'ENOENT' | 'EIO' | 'ENOSPC';
  readonly operation: string;

  constructor(code: 'ENOENT' | 'EIO' | 'ENOSPC', operation: string, what: string) {
    super(`${operation} ${what}: ${code}`);
    this.name = 'DiskFault';
    this.code = code;
    this.operation = operation;
  }
}
