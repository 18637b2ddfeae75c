/** A disk that does what a plan says: writes short, or fails at the nth operation of a kind. Counts what it was asked to do. */
import type { Disk, DiskFile } from '../../wal/disk.ts';
import { DiskError } from '../../wal/errors.ts';

/** What goes wrong. */
export interface Plan {
  /** At most this many bytes for each write and each read. */
  readonly atMostBytes?: number;
  /** The operation that fails: its name (as in `DiskError.operation`), which one of them (from 1 on), and how. */
  readonly fail?: {
    readonly operation: 'write' | 'sync' | 'rename' | 'syncDirectory';
    readonly nth: number;
    readonly errno: string;
  };
}

/** A disk over `real` that follows `plan`; `counts` says how often each operation was asked for. */
export function faultyDisk(real: Disk, plan: Plan): { readonly disk: Disk; readonly counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const happen = (operation: string, path: string): void => {
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    if (plan.fail?.operation === operation && plan.fail.nth === count) {
      throw new DiskError(operation, path, plan.fail.errno);
    }
  };
  const disk: Disk = {
    open: (path, mode) => faultyFile(real.open(path, mode), plan.atMostBytes ?? Number.POSITIVE_INFINITY, happen),
    kind: (path) => real.kind(path),
    list: (directory) => real.list(directory),
    makeDirectory: (path) => real.makeDirectory(path),
    link: (existing, path) => real.link(existing, path),
    unlink: (path) => real.unlink(path),
    rename: (from, to) => {
      happen('rename', to);
      real.rename(from, to);
    },
    syncDirectory: (path) => {
      happen('syncDirectory', path);
      real.syncDirectory(path);
    },
  };
  return { disk, counts };
}

function faultyFile(file: DiskFile, atMost: number, happen: (operation: string, path: string) => void): DiskFile {
  return {
    path: file.path,
    size: () => file.size(),
    truncate: (bytes) => file.truncate(bytes),
    close: () => file.close(),
    read: (target, position) => file.read(target.subarray(0, Math.min(target.length, atMost)), position),
    write: (parts, position) => {
      happen('write', file.path);
      return file.write(firstBytes(parts, atMost), position);
    },
    sync: () => {
      happen('sync', file.path);
      file.sync();
    },
  };
}

function firstBytes(parts: readonly Uint8Array[], atMost: number): Uint8Array[] {
  let room = atMost;
  const result: Uint8Array[] = [];
  for (const part of parts) {
    if (room > 0) {
      result.push(part.subarray(0, Math.min(part.length, room)));
      room -= part.length;
    }
  }
  return result;
}
