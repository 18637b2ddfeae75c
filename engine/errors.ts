import { ArgumentError, RightlinkError } from '../pagecache/errors.ts';

export { CorruptError, DiskError, LockedError, NewerFormatError, NotAStoreError } from '../wal/errors.ts';
export { ArgumentError, RightlinkError };

/** `RIGHTLINK_CLOSED`: the store was closed, by this thread or by the one that opened it. */
export class ClosedError extends RightlinkError {
  constructor() {
    super('RIGHTLINK_CLOSED', 'The store is closed. Open it again, and share it anew with the workers.');
  }
}

/**
 * `RIGHTLINK_POISONED`: a write or a sync of the log failed, so nothing can be promised any more. Reads go on; writes and
 * flushes fail until the store is opened again, which recovers what is on the disk.
 */
export class PoisonedError extends RightlinkError {
  /** What the failed call reported, for instance `ENOSPC`. */
  readonly errno: string;

  constructor(errno: string) {
    super(
      'RIGHTLINK_POISONED',
      `Writing the log failed (${errno}). What was acknowledged as durable is safe; later writes may be lost. ` +
        'Make the disk writable again, then close the store and open it anew.',
    );
    this.errno = errno;
  }
}

/** `RIGHTLINK_FULL`: the store's memory, or one of its tables, has no room for the write. Nothing was changed. */
export class FullError extends RightlinkError {
  constructor(what: string, advice: string) {
    super('RIGHTLINK_FULL', `${what} Nothing was changed. ${advice}`);
  }
}

/** `RIGHTLINK_KEY_TOO_LONG`: a key has more bytes than a store takes. */
export class KeyTooLongError extends RightlinkError {
  constructor(bytes: number, max: number) {
    super(
      'RIGHTLINK_KEY_TOO_LONG',
      `A key of ${bytes} bytes: a key has at most ${max}. Store a hash of it, or shorten it.`,
    );
  }
}

/** `RIGHTLINK_VALUE_TOO_LONG`: a value has more bytes than a store takes. */
export class ValueTooLongError extends RightlinkError {
  constructor(bytes: number, max: number) {
    super(
      'RIGHTLINK_VALUE_TOO_LONG',
      `A value of ${bytes} bytes: a value has at most ${max}. Split it over several keys.`,
    );
  }
}

/** `RIGHTLINK_TREE_DROPPED`: the tree of this handle was dropped. */
export class TreeDroppedError extends RightlinkError {
  constructor(name: string) {
    super('RIGHTLINK_TREE_DROPPED', `The tree ${JSON.stringify(name)} was dropped. Get a new handle with db.tree(…).`);
  }
}

/** `RIGHTLINK_LOG_STALLED`: nothing takes the log any more: its keeper is gone, or the disk does not answer. */
export class LogStalledError extends RightlinkError {
  constructor(seconds: number) {
    super(
      'RIGHTLINK_LOG_STALLED',
      `The log has taken nothing for ${seconds} s: the disk does not answer, or the thread that opened the store is gone or ` +
        'busy. Let its event loop run, then try again; the write may have happened.',
    );
  }
}

/** `RIGHTLINK_TOO_MANY_THREADS`: every thread slot of the store is taken. */
export class TooManyThreadsError extends RightlinkError {
  constructor(max: number) {
    super('RIGHTLINK_TOO_MANY_THREADS', `At most ${max} threads can be attached to a store. Close a handle first.`);
  }
}

/** `RIGHTLINK_SNAPSHOT_CLOSED`: the snapshot was closed, or the thread that began it has detached or is gone. */
export class SnapshotClosedError extends RightlinkError {
  constructor() {
    super('RIGHTLINK_SNAPSHOT_CLOSED', 'The snapshot has ended. Take a new one with db.snapshot().');
  }
}

/**
 * `RIGHTLINK_SNAPSHOT_TOO_OLD`: the versions that the store kept for the snapshot took more memory than `snapshotBytes`, or
 * half a billion writes have come since it was taken; it was the oldest one, and was given up.
 */
export class SnapshotTooOldError extends RightlinkError {
  constructor() {
    super(
      'RIGHTLINK_SNAPSHOT_TOO_OLD',
      'The snapshot was given up: what has been overwritten since it was taken takes more memory than snapshotBytes. ' +
        'Take a new one, hold it for less time, or open the store with larger snapshotBytes.',
    );
  }
}

/** `RIGHTLINK_TOO_MANY_SNAPSHOTS`: every snapshot slot of the store is taken; iterators that are not at their end hold one, too. */
export class TooManySnapshotsError extends RightlinkError {
  constructor(max: number) {
    super(
      'RIGHTLINK_TOO_MANY_SNAPSHOTS',
      `At most ${max} snapshots can be held at once. Close one, or end an iterator (break, or return()).`,
    );
  }
}

/** `RIGHTLINK_BROKEN`: an invariant does not hold: a fault of this library, or of the memory. */
export class BrokenError extends RightlinkError {
  constructor(what: string) {
    super(
      'RIGHTLINK_BROKEN',
      `${what} This is a fault in rightlink: please report it. Do not go on writing to the store.`,
    );
  }
}
