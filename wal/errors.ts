/** What can be wrong with a store's files. Each error names the file, and says what to do about it. */
import { RightlinkError } from '../pagecache/errors.ts';

export { CorruptError, NewerFormatError } from '../pagecache/errors.ts';

/** `RIGHTLINK_NOT_A_STORE`: the path is a file, or a directory with other things in it. Nothing was changed. */
export class NotAStoreError extends RightlinkError {
  readonly path: string;

  constructor(path: string, found: string) {
    super(
      'RIGHTLINK_NOT_A_STORE',
      `${path} is not a rightlink store: ${found}. Give a new, an empty or a store's path.`,
    );
    this.path = path;
  }
}

/** `RIGHTLINK_LOCKED`: another process, or another part of this one, has the store open. */
export class LockedError extends RightlinkError {
  readonly path: string;
  readonly pid: number;
  readonly host: string;
  readonly sameProcess: boolean;

  constructor(path: string, owner: { pid: number; host: string }, where: 'same process' | 'same host' | 'other host') {
    super('RIGHTLINK_LOCKED', `${path} ${lockedMessage(path, owner, where)}`);
    this.path = path;
    this.pid = owner.pid;
    this.host = owner.host;
    this.sameProcess = where === 'same process';
  }
}

function lockedMessage(path: string, owner: { pid: number; host: string }, where: string): string {
  if (where === 'same process') {
    return `is already open in this process (pid ${owner.pid}). Close it there first, or share it with attach().`;
  }
  if (where === 'same host') {
    return `is open in process ${owner.pid}. Close it there, or end that process.`;
  }
  return (
    `is held by process ${owner.pid} on host ${owner.host}, and from here nobody can tell whether that still runs. ` +
    `If it does not, remove ${path}/lock.`
  );
}

/** `RIGHTLINK_DISK`: the operating system refused an operation on a file. `errno` is its name for why (`ENOSPC`, …). */
export class DiskError extends RightlinkError {
  readonly errno: string;
  readonly operation: string;
  readonly file: string;

  constructor(operation: string, file: string, errno: string, cause?: unknown) {
    super('RIGHTLINK_DISK', `${operation} of ${file} failed: ${errno}${adviceOn(errno)}`, { cause });
    this.errno = errno;
    this.operation = operation;
    this.file = file;
  }
}

function adviceOn(errno: string): string {
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return ' (no room on the disk). Make room, then open the store again.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return ' (not permitted). The process needs to read and write this directory.';
    case 'EMFILE':
    case 'ENFILE':
      return ' (too many open files). Raise the limit or close some.';
    default:
      return '. Check the disk, then open the store again.';
  }
}
