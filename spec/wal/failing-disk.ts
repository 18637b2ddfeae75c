/** A disk whose power fails at a given moment: what writers do then, and what they leave. */
import type { Disk, DiskFile } from '../../wal/disk.ts';
import type { MemoryDisk, Random } from './memory-disk.ts';

/** The power failed. */
export class PowerCut extends Error {}

/** A disk whose power fails before the given number of changes to it have been made; a write may be made in part. */
export function failingDisk(real: MemoryDisk, changes: number, random: Random): Disk {
  let left = changes;
  const change = (): void => {
    left -= 1;
    if (left < 0) {
      throw new PowerCut();
    }
  };
  const wrap = (file: DiskFile): DiskFile => ({
    path: file.path,
    size: () => file.size(),
    read: (target, position) => file.read(target, position),
    close: () => file.close(),
    write: (parts, position) => {
      if (left === 0) {
        const all = new Uint8Array(Buffer.concat(parts));
        file.write([all.subarray(0, random(all.length + 1))], position);
      }
      change();
      return file.write(parts, position);
    },
    truncate: (bytes) => {
      change();
      file.truncate(bytes);
    },
    sync: () => {
      change();
      file.sync();
    },
  });
  return {
    open: (path, mode) => {
      if (mode === 'create') {
        change();
      }
      return wrap(real.open(path, mode));
    },
    kind: (path) => real.kind(path),
    list: (directory) => real.list(directory),
    makeDirectory: (path) => real.makeDirectory(path),
    link: (existing, path) => {
      change();
      real.link(existing, path);
    },
    rename: (from, to) => {
      change();
      real.rename(from, to);
    },
    unlink: (path) => {
      change();
      real.unlink(path);
    },
    syncDirectory: (path) => {
      change();
      real.syncDirectory(path);
    },
  };
}
