import {
  DURABLE_AT,
  KEEPER_WAKE_AT,
  POISON_CAUSE_AT,
  STORE_CLOSED,
  STORE_POISONED,
  STORE_STATE_AT,
  SYNC_WANTED_AT,
  TAIL_AT,
} from '../pagecache/layout.ts';
import { dropTree, findOrMakeTree, findTree, isVisibleTree, listTrees, treeNameBytes } from './catalog.ts';
import { errnoName } from './errno.ts';
import { ClosedError, LogStalledError, PoisonedError } from './errors.ts';
import type { SharedSnapshot } from './held-snapshot.ts';
import { nextId } from './ids.ts';
import { SYNC_WAIT_MS } from './limits.ts';
import type { Session } from './session.ts';
import type { SharedStore } from './shared-store.ts';
import { Snapshot } from './snapshot.ts';
import { type Statistics, statisticsOf } from './statistics.ts';
import { Tree } from './tree.ts';

/** How long a blocking wait for a sync lasts before it gives up. */
const SYNC_STALLED_MS = 30_000;

/** A thread's handle of a store: what `open` and `attach` give. Each thread uses its own. */
export class Database {
  protected readonly session: Session;
  protected readonly shared: SharedStore;

  /** Use `open` or `attach`. */
  constructor(session: Session, shared: SharedStore) {
    this.session = session;
    this.shared = shared;
  }

  /** The store's directory; null: it is in memory only. */
  get path(): string | null {
    return this.shared.path;
  }

  /**
   * The tree of this name, created when absent.
   * @throws ArgumentError, KeyTooLongError, ClosedError, PoisonedError, FullError
   */
  tree(name: string): Tree {
    const { treeId, rootPid } = findOrMakeTree(this.session, treeNameBytes(name));
    return new Tree(this.session, name, treeId, rootPid);
  }

  /** Whether there is a tree of this name. */
  hasTree(name: string): boolean {
    return findTree(this.session, treeNameBytes(name)) !== undefined;
  }

  /** The names of all trees, in order. */
  treeNames(): string[] {
    return listTrees(this.session)
      .map((tree) => tree.name)
      .filter(isVisibleTree);
  }

  /** Drops a tree and all that is in it; false when there is none. Handles of it then throw {@link TreeDroppedError}. */
  dropTree(name: string): boolean {
    return dropTree(this.session, treeNameBytes(name));
  }

  /**
   * A number that this store has not given out before, in whichever thread and opening, and never will again: greater than
   * all before it, from 1 to 2^52. Crashes and openings leave some out. Of a store on disk, the first call after opening, and one
   * in a million, waits for a sync, blocking.
   * @throws PoisonedError, FullError, LogStalledError, ClosedError
   */
  generateId(): number {
    this.assertOpen();
    return nextId(this.session, () => this.durableSync());
  }

  /**
   * Takes a snapshot: the store as it is now, all trees, for as long as it is held. Given what `share()` of a snapshot gave,
   * in whichever thread of this store: reads at that one.
   * @throws TooManySnapshotsError, ArgumentError, ClosedError
   */
  snapshot(shared?: SharedSnapshot): Snapshot {
    this.assertOpen();
    return shared === undefined ? Snapshot.take(this.session) : Snapshot.of(this.session, shared);
  }

  /** A plain object for other threads, to be sent by `workerData` or `postMessage`, and given to `attach` there. */
  share(): SharedStore {
    this.assertOpen();
    return this.shared;
  }

  /**
   * Resolves when everything that this thread has written so far is on the disk. Calls of several threads, and several
   * calls of one, share a sync. In a store without a path there is nothing to wait for.
   * @throws PoisonedError when a write or sync failed, ClosedError when the store was closed meanwhile
   */
  durable(): Promise<void> {
    return this.flush();
  }

  /** Resolves when everything that any thread had written at the call is on the disk. Throws as {@link Database.durable}. */
  async flush(): Promise<void> {
    this.assertOpen();
    const { memory } = this.session;
    const wanted = this.askForSync();
    const alive = setInterval(() => undefined, SYNC_WAIT_MS); // a pending waitAsync alone lets the process end
    try {
      for (;;) {
        const durable = memory.load(DURABLE_AT);
        if (this.isDurable(wanted, durable)) return;
        await memory.waitAsync(DURABLE_AT, durable, SYNC_WAIT_MS);
      }
    } finally {
      clearInterval(alive);
    }
  }

  /** As {@link Database.durable}, blocking the thread: for workers. The main thread's event loop would stand still. */
  durableSync(): void {
    this.assertOpen();
    const { memory } = this.session;
    const wanted = this.askForSync();
    const start = performance.now();
    for (;;) {
      const durable = memory.load(DURABLE_AT);
      if (this.isDurable(wanted, durable)) return;
      if (performance.now() - start > SYNC_STALLED_MS) throw new LogStalledError(SYNC_STALLED_MS / 1000);
      memory.wait(DURABLE_AT, durable, SYNC_WAIT_MS);
    }
  }

  /** What the store holds and does: a snapshot of its counters. */
  stats(): Statistics {
    this.assertOpen();
    return statisticsOf(this.session);
  }

  protected assertOpen(): void {
    if (this.session.closed || (this.session.memory.load(STORE_STATE_AT) & STORE_CLOSED) !== 0) throw new ClosedError();
  }

  /** Asks the keeper for a sync that covers everything written by now; returns the position. */
  private askForSync(): number {
    const { memory, layout } = this.session;
    const wanted = memory.load(TAIL_AT);
    if (layout.stagingBytes === 0) return memory.load(DURABLE_AT);
    for (;;) {
      const asked = memory.load(SYNC_WANTED_AT);
      if (((wanted - asked) | 0) <= 0 || memory.compareExchange(SYNC_WANTED_AT, asked, wanted) === asked) break;
    }
    this.session.onWrite?.();
    memory.add(KEEPER_WAKE_AT, 1);
    memory.notify(KEEPER_WAKE_AT, 1);
    return wanted;
  }

  private isDurable(wanted: number, durable: number): boolean {
    if (((durable - wanted) | 0) >= 0) return true;
    const state = this.session.memory.load(STORE_STATE_AT);
    if ((state & STORE_POISONED) !== 0) throw new PoisonedError(errnoName(this.session.memory.load(POISON_CAUSE_AT)));
    if (this.session.closed) throw new ClosedError();
    return false;
  }
}
