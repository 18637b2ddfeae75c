import { crc32 } from 'node:zlib';
import { ModelError } from '../errors.ts';
import { type Call, CHANGE, LOOK } from './call.ts';
import { type Disk, DiskFault } from './disk.ts';
import type { Ask, DiskCalls } from './disk-state.ts';
import { directoryOf } from './names-state.ts';

/** Faults that are left. */
export interface Faults {
  failures: number;
  shortWrites: number;
}

/** What the disk needs of the execution it belongs to. */
export interface DiskHooks {
  call: Call;
  ask: Ask;
  /** For a trace. */
  note(text: () => string): void;
  faultsLeft(): Faults;
  used(fault: keyof Faults): void;
}

/** The disk whose every use is a call of the code that is run. A call is known again by its name and arguments. */
export function hostDisk(calls: DiskCalls, unitBytes: number, hooks: DiskHooks): Disk {
  const { call, note } = hooks;
  const look = <T>(kind: string, text: () => string, make: () => T): T =>
    call(kind, LOOK, () => {
      const value = make();
      note(() => `${text()} → ${Array.isArray(value) ? value.join(', ') || 'nothing' : value}`);
      return value;
    });
  const change = <T>(kind: string, text: () => string, make: () => T): T =>
    call(kind, CHANGE, () => {
      const value = make();
      note(text);
      return value;
    });
  return {
    find(path) {
      const text = `finds ${path}`;
      return look(
        text,
        () => text,
        () => calls.find(path),
      );
    },
    list(directory) {
      const text = `lists ${directory}`;
      return look(
        text,
        () => text,
        () => calls.list(directory),
      );
    },
    size: (file) =>
      look(
        `size ${file}`,
        () => `size of ${calls.nameOf(file)}`,
        () => calls.size(file),
      ),
    create(path) {
      const text = `creates ${path}`;
      return change(
        text,
        () => text,
        () => (calls.find(path) === 0 ? calls.create(path) : 0),
      );
    },
    rename(from, to) {
      const text = `renames ${from} to ${to}`;
      sameDirectory(from, to);
      change(
        text,
        () => text,
        () => calls.rename(from, to, existing(calls, 'rename', from)),
      );
    },
    link(from, to) {
      const text = `links ${from} as ${to}`;
      return change(
        text,
        () => text,
        () => linked(calls, from, to),
      );
    },
    remove(path) {
      const text = `removes ${path}`;
      change(
        text,
        () => text,
        () => {
          existing(calls, 'remove', path);
          calls.remove(path);
        },
      );
    },
    syncDirectory(directory) {
      const text = `syncs directory ${directory}`;
      change(
        text,
        () => text,
        () => calls.syncDirectory(directory),
      );
    },
    truncate(file, size) {
      const text = (): string => `truncates ${calls.nameOf(file)} to ${size}`;
      change(`truncate ${file} ${size}`, text, () => calls.truncate(file, size));
    },
    read(file, position, target) {
      const bytes = call(`read ${file} ${position} ${target.length}`, LOOK, () => {
        const found = new Uint8Array(Math.max(0, Math.min(target.length, calls.size(file) - position)));
        calls.read(file, position, found);
        note(() => `reads ${calls.nameOf(file)} from ${position} to ${position + found.length}`);
        return found;
      });
      target.set(bytes);
      return bytes.length;
    },
    write: (file, position, bytes) =>
      call(`write ${file} ${position} ${bytes.length} ${crc32(bytes)}`, CHANGE, () => {
        calls.decideForWrite(file, position, bytes.length);
        return write(calls, unitBytes, hooks, file, position, bytes);
      }),
    sync: (file) => call(`sync ${file}`, CHANGE, () => sync(calls, hooks, file)),
  };
}

function existing(calls: DiskCalls, operation: string, path: string): number {
  const file = calls.find(path);
  if (file === 0) throw new DiskFault('ENOENT', operation, path);
  return file;
}

function linked(calls: DiskCalls, from: string, to: string): boolean {
  const file = existing(calls, 'link', from);
  if (calls.find(to) !== 0) return false;
  calls.link(to, file);
  return true;
}

function sameDirectory(from: string, to: string): void {
  if (directoryOf(from) === directoryOf(to)) return;
  throw new ModelError(
    'RIGHTLINK_MODEL_PROGRAM',
    `${from} gets the name ${to}: names in two directories are not modelled`,
  );
}

function write(
  calls: DiskCalls,
  unitBytes: number,
  { ask, note, faultsLeft, used }: DiskHooks,
  file: number,
  position: number,
  bytes: Uint8Array,
): number {
  const name = calls.nameOf(file);
  const lengths = lengthsOf(faultsLeft(), unitBytes, position, bytes.length);
  const length =
    lengths[ask(lengths.length, (way) => (lengths[way] < 0 ? 'it fails' : `${lengths[way]} bytes of it are written`))];
  if (length < 0) {
    used('failures');
    note(() => `fails to write ${name}`);
    throw new DiskFault('ENOSPC', 'write', name);
  }
  if (length < bytes.length) used('shortWrites');
  calls.write(file, position, bytes.subarray(0, length));
  note(() => `writes ${name} from ${position} to ${position + length}`);
  return length;
}

/** How many bytes a write may write, all of them first; −1: it fails. */
function lengthsOf(left: Faults, unitBytes: number, position: number, bytes: number): number[] {
  const lengths = [bytes];
  if (left.shortWrites > 0) {
    for (let length = unitBytes - (position % unitBytes); length < bytes; length += unitBytes) lengths.push(length);
  }
  if (left.failures > 0) lengths.push(-1);
  return lengths;
}

function sync(calls: DiskCalls, { ask, note, faultsLeft, used }: DiskHooks, file: number): void {
  const name = calls.nameOf(file);
  const fails = faultsLeft().failures > 0 && ask(2, (way) => (way === 0 ? 'it works' : 'it fails')) === 1;
  note(() => `${fails ? 'fails to sync' : 'syncs'} ${name}`);
  if (!fails) {
    calls.sync(file);
    return;
  }
  used('failures');
  calls.failSync(file);
  throw new DiskFault('EIO', 'sync', name);
}
