import { findTreeAt, isVisibleTree, listTreesAt, treeNameBytes } from './catalog.ts';
import { ArgumentError, SnapshotClosedError } from './errors.ts';
import { endWhenCollected, forgetCollected, HeldSnapshot, type SharedSnapshot } from './held-snapshot.ts';
import type { Session } from './session.ts';
import { SnapshotTree } from './snapshot-tree.ts';

/**
 * The store as it was at one instant, for as long as the snapshot is held: reads repeat, over all trees, whatever is written
 * meanwhile. Writers never wait for a snapshot, nor does it wait for them; what they overwrite is kept for it in memory. So
 * close it when it is no longer needed: `close()`, or `using`. It also ends when it is garbage, or when the thread that took it
 * detaches or exits. A dropped tree is gone in snapshots as well: reading it throws {@link TreeDroppedError}.
 */
export class Snapshot {
  private readonly session: Session;
  private readonly held: HeldSnapshot;
  /** Whether this thread took it; else it reads at another's. */
  private readonly own: boolean;
  private closed = false;

  private constructor(session: Session, held: HeldSnapshot, own: boolean) {
    this.session = session;
    this.held = held;
    this.own = own;
    if (own) endWhenCollected(this, session, held, held);
  }

  /** Takes a snapshot of everything that is done by now; see {@link Database.snapshot}. */
  static take(session: Session): Snapshot {
    return new Snapshot(session, HeldSnapshot.begin(session), true);
  }

  /** Reads at a snapshot that another thread took, or this one; see {@link Database.snapshot}. */
  static of(session: Session, shared: SharedSnapshot): Snapshot {
    const ok = typeof shared === 'object' && shared !== null && Number.isSafeInteger(shared.position);
    const { snapshotsAt, snapshots } = session.layout;
    const index = ok ? shared.slot - snapshotsAt : -1;
    if (!(Number.isInteger(index) && index >= 0 && index < snapshots && (shared.word & 1) === 1))
      throw new ArgumentError('db.snapshot() takes nothing, or what share() of a snapshot of the same store gave.');
    return new Snapshot(session, new HeldSnapshot(shared), false);
  }

  /** The tree of this name as it was. One that was not there reads as an empty one. */
  tree(name: string): SnapshotTree {
    this.assertOpen();
    const found = findTreeAt(this.session, treeNameBytes(name), this.held);
    return new SnapshotTree(this.session, this.held, () => this.assertOpen(), name, found?.rootPid ?? 0);
  }

  /** Whether there was a tree of this name. */
  hasTree(name: string): boolean {
    this.assertOpen();
    return findTreeAt(this.session, treeNameBytes(name), this.held) !== undefined;
  }

  /** The names of all trees that there were, in order. */
  treeNames(): string[] {
    this.assertOpen();
    return listTreesAt(this.session, this.held)
      .map((tree) => tree.name)
      .filter(isVisibleTree);
  }

  /**
   * A plain object for other threads, to be given to `db.snapshot(…)` there. The snapshot stays this thread's: it ends for
   * everybody when this thread closes it.
   */
  share(): SharedSnapshot {
    this.assertOpen();
    const { slot, word, position } = this.held;
    return { slot, word, position };
  }

  /** Ends the snapshot; in a thread that only reads at it: this handle. Closing twice is allowed. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (!this.own) return;
    forgetCollected(this.held);
    this.held.end(this.session);
  }

  /** `using snapshot = db.snapshot()` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  private assertOpen(): void {
    if (this.closed) throw new SnapshotClosedError();
  }
}
