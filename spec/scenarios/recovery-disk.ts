import { DiskFault, type Host } from '../../model/index.ts';
import type { Disk, DiskFile, OpenMode } from '../../wal/disk.ts';
import { DiskError } from '../../wal/errors.ts';

/** Where the store is. */
export const DIRECTORY = '/store';

type DiskHost = Pick<Host, 'disk' | 'random'>;

/** The checker's disk as the log wants it: what the engine's own code runs on in these scenarios. */
export function diskOf(host: DiskHost): Disk {
  const { disk } = host;
  return {
    open: (path, mode) => new CheckedFile(host, path, open(host, path, mode)),
    kind: (path) => {
      if (path === '/' || path === DIRECTORY) return 'directory';
      return disk.find(path) === 0 ? 'absent' : 'file';
    },
    list: (directory) => [...disk.list(directory)],
    makeDirectory: (path) => {
      throw new DiskError('mkdir', path, 'EEXIST');
    },
    rename: (from, to) => guard(to, () => disk.rename(from, to)),
    link: (existing, path) => {
      if (!guard(path, () => disk.link(existing, path))) throw new DiskError('link', path, 'EEXIST');
    },
    unlink: (path) => guard(path, () => disk.remove(path)),
    syncDirectory: (path) => disk.syncDirectory(path),
    random: (target) => host.random(target),
  };
}

function open({ disk }: DiskHost, path: string, mode: OpenMode): number {
  const file = mode === 'create' ? disk.create(path) : disk.find(path);
  if (file === 0) throw new DiskError('open', path, mode === 'create' ? 'EEXIST' : 'ENOENT');
  return file;
}

class CheckedFile implements DiskFile {
  readonly path: string;
  readonly #host: DiskHost;
  readonly #file: number;

  constructor(host: DiskHost, path: string, file: number) {
    this.path = path;
    this.#host = host;
    this.#file = file;
  }

  size(): number {
    return this.#host.disk.size(this.#file);
  }

  read(target: Uint8Array, position: number): number {
    return this.#host.disk.read(this.#file, position, target);
  }

  write(parts: readonly Uint8Array[], position: number): number {
    return guard(this.path, () => this.#host.disk.write(this.#file, position, Buffer.concat(parts)));
  }

  truncate(bytes: number): void {
    this.#host.disk.truncate(this.#file, bytes);
  }

  sync(): void {
    guard(this.path, () => this.#host.disk.sync(this.#file));
  }

  close(): void {}
}

function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof DiskFault ? new DiskError(error.operation, path, error.code, error) : error;
  }
}
