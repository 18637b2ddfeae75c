import { SNAPSHOT_TOP_AT } from '../pagecache/layout.ts';
import { run } from '../pagecache/memory.ts';
import type { Operation } from './operation.ts';
import type { Session } from './session.ts';
import { isHeld, SLOT_FREE, SLOT_GIVEN_UP } from './snapshot-word.ts';
import { beginSnapshot, endSnapshot } from './steps/snapshot.ts';

/** Where a snapshot is, as a plain object for other threads. */
export interface SharedSnapshot {
  /** Its slot's address, and the word that stands there while it is held. */
  readonly slot: number;
  readonly word: number;
  /** Log positions below this one are visible. */
  readonly position: number;
}

/** A snapshot's slot, in the thread that began it, or in one that reads at it. */
export class HeldSnapshot implements SharedSnapshot {
  readonly slot: number;
  readonly word: number;
  readonly position: number;

  constructor({ slot, word, position }: SharedSnapshot) {
    this.slot = slot;
    this.word = word;
    this.position = position;
  }

  /**
   * Begins a snapshot of everything that is done by now. The slot is the thread's own until {@link HeldSnapshot.end}.
   * @throws TooManySnapshotsError, ClosedError
   */
  static begin(session: Session): HeldSnapshot {
    const { op } = session;
    session.read(beginSnapshot);
    const begun = new HeldSnapshot({ slot: op.snapshotSlot, word: op.snapshotWord, position: op.snapshot });
    session.leave();
    return begun;
  }

  /** Gives the slot back, in the thread that began the snapshot. Once only. */
  end(session: Session): void {
    if (session.closed) return; // its slots went when the thread detached
    session.op.snapshotSlot = this.slot;
    run(session.memory, session.op, endSnapshot);
  }

  /** Makes the next operation read at this snapshot. */
  select(op: Operation): void {
    op.snapshot = this.position;
    op.snapshotSlot = this.slot;
    op.snapshotWord = this.word;
  }
}

/** A range's own snapshot, begun when the range goes beyond one leaf, ended when it is at its end. */
export class OneInstant {
  held: HeldSnapshot | null = null;
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** Begins the snapshot, once; true when it just did. `reader`: when that is collected, the snapshot ends at last. */
  begin(reader: object): boolean {
    if (this.held !== null) return false;
    this.held = HeldSnapshot.begin(this.session);
    endWhenCollected(reader, this.session, this.held, this);
    return true;
  }

  /** Ends the snapshot, if there is one. */
  end(): void {
    if (this.held === null) return;
    collected.unregister(this);
    this.held.end(this.session);
    this.held = null;
  }
}

const collected = new FinalizationRegistry<{ session: Session; held: HeldSnapshot }>(({ session, held }) => {
  held.end(session);
});

/** Ends a snapshot when `user` is garbage: the last resort. `key` takes it back: see {@link forgetCollected}. */
export function endWhenCollected(user: object, session: Session, held: HeldSnapshot, key: object): void {
  collected.register(user, { session, held }, key);
}

/** The snapshot was ended in time. */
export function forgetCollected(key: object): void {
  collected.unregister(key);
}

/** Ends all snapshots of a thread that detaches. */
export function endAllSnapshots(session: Session): void {
  const { memory, layout, thread } = session;
  const top = memory.load(SNAPSHOT_TOP_AT);
  for (let slot = layout.snapshotsAt; slot < layout.snapshotsAt + top; slot++) {
    const word = memory.load(slot);
    const taken = isHeld(word) || word === SLOT_GIVEN_UP;
    if (taken && memory.load(slot + layout.snapshots) === thread) memory.store(slot, SLOT_FREE);
  }
}
