/**
 * The lock file: one process at a time has a store open. Node has no file locks, so the file `lock` names its owner, and an
 * owner that no longer runs has none.
 *
 * 1. Write who we are into a file aside, then `link` it to `lock`. The link is atomic, so a lock is never seen half written.
 * 2. Something has the name: read it. Its owner runs: refuse.
 * 3. Its owner is gone: the lock, with token T, may be replaced **only by whoever holds `lock.T`**, a lock on taking over
 *    exactly that one. Get it by the same rules (1 to 3: its holder may die as well).
 * 4. Holding `lock.T`, read `lock` again: still T: rename `lock.T` over it; that is the takeover. Else another was
 *    faster, has perhaps even come and gone: give `lock.T` up and begin again.
 *
 * Two processes cannot both win: while one that runs holds `lock.T`, no other replaces T, and tokens are never used twice.
 * A lock that cannot be read is what a power cut leaves of one (its content was never synced), so it has no owner.
 *
 * Process ids are reused: an owner is its id *and* when it started. Hosts that share a directory cannot see each other's
 * processes: a lock of another host counts as held. Processes in different pid namespaces but under one host name must not
 * open the same store: each would think the other gone.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { hostname } from 'node:os';
import { crc32 } from 'node:zlib';
import { type Disk, isDiskError, randomWords, readFully, writeFully } from './disk.ts';
import { LockedError } from './errors.ts';

/** Name of the lock file; names that begin with it and a dot belong to it, too. */
export const LOCK_NAME = 'lock';

const ASIDE_PREFIX = 'lock.aside-';
const MAX_LOCK_BYTES = 4096;
const MAX_ATTEMPTS = 100;
const MAX_TAKEOVER_DEPTH = 8;

/** A store's lock, held. */
export interface HeldLock {
  /** Gives the store free. Does nothing the second time, or when the file is no longer ours. */
  release(): void;
}

interface Owner {
  readonly pid: number;
  readonly started: string;
  readonly host: string;
  readonly token: string;
}

/**
 * Takes the lock of a store's directory, which exists.
 * @throws LockedError when a process that runs, this one included, holds it
 * @throws DiskError
 */
export function takeLock(disk: Disk, directory: string): HeldLock {
  const self: Owner = {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    host: hostname(),
    token: Buffer.from(randomWords(disk, 3).buffer).toString('hex'),
  };
  const path = `${directory}/${LOCK_NAME}`;
  const aside = `${directory}/${ASIDE_PREFIX}${self.pid}-${self.token}`;
  writeOwner(disk, aside, self);
  try {
    take(disk, directory, path, aside, self, 0);
  } finally {
    disk.unlink(aside);
  }
  return {
    release: () => {
      if (ownerIn(disk, path)?.token === self.token) {
        disk.unlink(path);
      }
    },
  };
}

/**
 * Removes the files aside of processes that died while taking the lock. Files `lock.T` stay: T is over, so they mean
 * nothing, and removing one could hit the file that a process which took it over has just put there.
 */
export function removeLockLeftovers(disk: Disk, directory: string, names: readonly string[]): void {
  for (const name of names.filter((each) => each.startsWith(ASIDE_PREFIX))) {
    const path = `${directory}/${name}`;
    const owner = ownerIn(disk, path);
    // One that cannot be read may be about to be written: it stays.
    if (owner !== null && isToken(owner.token) && whereabouts(owner) === 'gone') {
      unlinkIfThere(disk, path);
    }
  }
}

/** Steps 1 to 4 of the protocol for `path`, which is `lock` or, for a takeover, `lock.T`. */
function take(disk: Disk, directory: string, path: string, aside: string, self: Owner, depth: number): void {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    if (linked(disk, aside, path)) {
      return;
    }
    const owner = ownerIn(disk, path);
    if (owner === null) {
      continue; // released between the two looks
    }
    const where = whereabouts(owner);
    if (where !== 'gone' || depth === MAX_TAKEOVER_DEPTH) {
      throw new LockedError(directory, owner, where === 'gone' ? 'same host' : where);
    }
    const takeover = `${directory}/${LOCK_NAME}.${tokenOf(owner, path)}`;
    take(disk, directory, takeover, aside, self, depth + 1);
    if (ownerIn(disk, path)?.token === owner.token) {
      disk.rename(takeover, path);
      return;
    }
    unlinkIfThere(disk, takeover);
  }
  throw new LockedError(directory, self, 'same host');
}

/** What names the takeover of `path`; a damaged file's token is its content, which two of them may share. */
function tokenOf(owner: Owner, path: string): string {
  return isToken(owner.token) ? owner.token : `${owner.token}-${path.length}`;
}

function linked(disk: Disk, aside: string, path: string): boolean {
  try {
    disk.link(aside, path);
    return true;
  } catch (error) {
    if (isDiskError(error, 'EEXIST')) {
      return false;
    }
    throw error;
  }
}

function unlinkIfThere(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (!isDiskError(error, 'ENOENT')) {
      throw error;
    }
  }
}

function writeOwner(disk: Disk, path: string, owner: Owner): void {
  const file = disk.open(path, 'create');
  try {
    writeFully(file, [new TextEncoder().encode(`${JSON.stringify(owner)}\n`)], 0);
  } finally {
    file.close();
  }
}

/** The owner that a lock file names; null when there is no file; an owner that never runs when it cannot be read. */
function ownerIn(disk: Disk, path: string): Owner | null {
  const bytes = new Uint8Array(MAX_LOCK_BYTES);
  let length = 0;
  try {
    const file = disk.open(path, 'read');
    try {
      length = readFully(file, bytes, 0);
    } finally {
      file.close();
    }
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) {
      return null;
    }
    throw error;
  }
  return parseOwner(bytes.subarray(0, length));
}

function parseOwner(bytes: Uint8Array): Owner {
  try {
    const { pid, started, host, token }: Record<string, unknown> = JSON.parse(new TextDecoder().decode(bytes));
    if (Number.isSafeInteger(pid) && typeof started === 'string' && typeof host === 'string' && isToken(token)) {
      return { pid: Number(pid), started, host, token };
    }
  } catch {
    // falls through: not a lock that was written whole
  }
  return { pid: 0, started: '', host: hostname(), token: `damaged-${crc32(bytes).toString(16)}-${bytes.length}` };
}

function isToken(token: unknown): token is string {
  return typeof token === 'string' && /^[0-9a-f]{24}$/.test(token);
}

function whereabouts(owner: Owner): 'gone' | 'same process' | 'same host' | 'other host' {
  if (owner.host !== hostname()) {
    return 'other host';
  }
  if (owner.pid <= 0) {
    return 'gone';
  }
  const started = startOf(owner.pid);
  if (started === null || (started !== '' && owner.started !== '' && started !== owner.started)) {
    return 'gone';
  }
  return owner.pid === process.pid ? 'same process' : 'same host';
}

/** When a process started, as text that only has to differ between processes of one id; null: no such process; '': unknown. */
function startOf(pid: number): string | null {
  return process.platform === 'linux' ? linuxStartOf(pid) : otherStartOf(pid);
}

function linuxStartOf(pid: number): string | null {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return code === 'ENOENT' || code === 'ESRCH' ? null : '';
  }
  // The name in field 2 may hold anything, so count from behind its closing parenthesis: field 3 is the state, 22 the start.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if ((fields[0] === 'Z' || fields[0] === 'X') && !hasOtherThreads(pid)) {
    return null; // dead, and only not yet waited for by its parent
  }
  return `${bootId()} ${fields[19]}`;
}

/** A dying process whose first thread is gone may have one that is still inside a write. */
function hasOtherThreads(pid: number): boolean {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

function bootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function otherStartOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') {
      return null;
    }
  }
  try {
    const environment = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: environment });
    return text.trim().replace(/\s+/g, ' ');
  } catch {
    return '';
  }
}
