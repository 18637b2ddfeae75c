/**
 * A disk in memory that loses power: everything that was not synced survives in part, in any order, or not at all, down to
 * single sectors; so do names made, renamed and removed since their directory was synced. What a running process reads is always
 * the newest. Deterministic under a given random source.
 */
import type { Disk, DiskFile, OpenMode } from '../../wal/disk.ts';
import { DiskError } from '../../wal/errors.ts';

const SECTOR_BYTES = 512;

interface Inode {
  live: Uint8Array;
  durable: Uint8Array;
}

/** Whole numbers from 0 up to, not including, `bound`. */
export type Random = (bound: number) => number;

/** Files by path; directories exist as soon as they are made. */
export class MemoryDisk implements Disk {
  readonly live = new Map<string, Inode>();
  readonly durable = new Map<string, Inode>();
  readonly directories = new Set<string>(['/']);

  open(path: string, mode: OpenMode): DiskFile {
    let inode = this.live.get(path);
    if (mode === 'create') {
      if (inode !== undefined) {
        throw new DiskError('open', path, 'EEXIST');
      }
      inode = { live: new Uint8Array(0), durable: new Uint8Array(0) };
      this.live.set(path, inode);
    } else if (inode === undefined) {
      throw new DiskError('open', path, 'ENOENT');
    }
    return new MemoryFile(path, inode);
  }

  kind(path: string): 'absent' | 'file' | 'directory' {
    if (this.directories.has(path)) {
      return 'directory';
    }
    return this.live.has(path) ? 'file' : 'absent';
  }

  list(directory: string): string[] {
    return [...this.live.keys()].filter((path) => directoryOf(path) === directory).map(nameOf);
  }

  makeDirectory(path: string): void {
    this.directories.add(path);
  }

  rename(from: string, to: string): void {
    this.live.set(to, this.#find('rename', from));
    this.live.delete(from);
  }

  link(existing: string, path: string): void {
    if (this.live.has(path)) {
      throw new DiskError('link', path, 'EEXIST');
    }
    this.live.set(path, this.#find('link', existing));
  }

  unlink(path: string): void {
    this.#find('unlink', path);
    this.live.delete(path);
  }

  syncDirectory(path: string): void {
    for (const name of new Set([...this.live.keys(), ...this.durable.keys()])) {
      if (directoryOf(name) === path) {
        copyName(this.live, this.durable, name);
      }
    }
  }

  /** What a power cut leaves, as a new disk. */
  powerCut(random: Random): MemoryDisk {
    const after = new MemoryDisk();
    for (const path of this.directories) {
      after.directories.add(path);
    }
    const survivors = new Map<Inode, Inode>();
    for (const name of new Set([...this.live.keys(), ...this.durable.keys()])) {
      const inode = (random(2) === 0 ? this.live : this.durable).get(name);
      if (inode !== undefined) {
        const survivor = survivors.get(inode) ?? survive(inode, random);
        survivors.set(inode, survivor);
        after.live.set(name, survivor);
        after.durable.set(name, survivor);
      }
    }
    return after;
  }

  #find(operation: string, path: string): Inode {
    const inode = this.live.get(path);
    if (inode === undefined) {
      throw new DiskError(operation, path, 'ENOENT');
    }
    return inode;
  }
}

class MemoryFile implements DiskFile {
  readonly path: string;
  readonly #inode: Inode;

  constructor(path: string, inode: Inode) {
    this.path = path;
    this.#inode = inode;
  }

  size(): number {
    return this.#inode.live.length;
  }

  read(target: Uint8Array, position: number): number {
    const source = this.#inode.live.subarray(position, position + target.length);
    target.set(source);
    return source.length;
  }

  write(parts: readonly Uint8Array[], position: number): number {
    let at = position;
    for (const part of parts) {
      this.#inode.live = resized(this.#inode.live, Math.max(this.#inode.live.length, at + part.length));
      this.#inode.live.set(part, at);
      at += part.length;
    }
    return at - position;
  }

  truncate(bytes: number): void {
    this.#inode.live = resized(this.#inode.live, bytes);
  }

  sync(): void {
    this.#inode.durable = this.#inode.live.slice();
  }

  close(): void {}
}

function survive(inode: Inode, random: Random): Inode {
  const length = random(2) === 0 ? inode.live.length : inode.durable.length;
  const bytes = resized(inode.durable, length).slice();
  const mood = random(3); // nothing, any subset of the sectors, or all of them
  for (let at = 0; at < length; at += SECTOR_BYTES) {
    if (mood === 2 || (mood === 1 && random(2) === 0)) {
      bytes.set(inode.live.subarray(at, Math.min(at + SECTOR_BYTES, length)), at);
    }
  }
  return { live: bytes, durable: bytes.slice() };
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) {
    return bytes;
  }
  const result = new Uint8Array(length);
  result.set(bytes.subarray(0, length));
  return result;
}

function copyName(from: Map<string, Inode>, to: Map<string, Inode>, name: string): void {
  const inode = from.get(name);
  if (inode === undefined) {
    to.delete(name);
  } else {
    to.set(name, inode);
  }
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
