import { moveEpoch, unpin } from '../pagecache/epochs.ts';
import {
  COLLAPSED_COUNT,
  COUNTERS,
  EPOCH_AT,
  KEEPER_WAKE_AT,
  KEY,
  KEY_BYTES_MAX,
  type Layout,
  NOTE_BLOB,
  NOTE_RECORD,
  POISON_CAUSE_AT,
  RETIRED_COUNT,
  STAGED_AT,
  STORE_CLOSED,
  STORE_STATE_AT,
  TAIL_AT,
  threadArea,
} from '../pagecache/layout.ts';
import { run, type SharedMemory } from '../pagecache/memory.ts';
import { ROOM_WAIT_MS, ROOM_WAITS_MAX } from '../wal/limits.ts';
import { errnoName } from './errno.ts';
import {
  ArgumentError,
  BrokenError,
  ClosedError,
  FullError,
  LogStalledError,
  PoisonedError,
  SnapshotClosedError,
  SnapshotTooOldError,
  TooManySnapshotsError,
  TreeDroppedError,
} from './errors.ts';
import {
  COLLAPSED_PER_COLLECTION,
  PRESSURE_ATTEMPTS,
  PRESSURE_ATTEMPTS_AT_ONCE,
  PRESSURE_EPOCHS,
  PRESSURE_WAIT_MS,
  RETIRED_PER_EPOCH,
} from './limits.ts';
import {
  BROKEN,
  type EngineStep,
  NO_FAILURE,
  NO_SNAPSHOT_SLOT,
  Operation,
  OUT_OF_MEMORY,
  OUT_OF_PAGES,
  ownKeyAt,
  SNAPSHOT_GONE,
  setKey,
  TREE_DROPPED,
} from './operation.ts';
import { Scratch, scratchEntries, scratchVersions } from './scratch.ts';
import { SLOT_GIVEN_UP } from './snapshot-word.ts';
import { collect, endTurn } from './steps/collect.ts';

/** Counters of a thread, in its area; see `stats()`. */
export const COUNT_READS = 0;
export const COUNT_WRITES = 1;

/**
 * One thread's way into the shared memory: its area, its operation's registers, and what surrounds every operation: the
 * state of the store before, the pin after, and the epoch now and then.
 */
export class Session {
  readonly memory: SharedMemory;
  readonly layout: Layout;
  readonly thread: number;
  readonly op: Operation;
  readonly eager: boolean;
  closed = false;
  /** A value is being looked at in place: no other operation may run, it would unpin. */
  viewing = false;
  /** The tree that the next operation is on, for error messages. */
  treeName = '';
  /** Called before the first write: the keeper starts when it is first needed. */
  onWrite: (() => void) | null = null;
  private readonly retiredAt: number;
  private readonly collapsedAt: number;
  private readonly countersAt: number;

  constructor(memory: SharedMemory, layout: Layout, thread: number, eager: boolean) {
    this.memory = memory;
    this.layout = layout;
    this.thread = thread;
    this.eager = eager;
    this.op = new Operation(layout, thread, new Scratch(scratchEntries(layout), scratchVersions(layout)));
    this.retiredAt = threadArea(layout, thread) + RETIRED_COUNT;
    this.collapsedAt = threadArea(layout, thread) + COLLAPSED_COUNT;
    this.countersAt = threadArea(layout, thread) + COUNTERS;
  }

  /** Learns where the log stands: staging is never more than a ring behind the tail. */
  synchroniseWithTail(): void {
    this.op.stagedSeen = (this.memory.load(TAIL_AT) - this.layout.ringWords) | 0;
  }

  /** Writes a key for the next operation; `length` −1 stands for +∞. */
  setKey(key: Uint8Array, length: number): void {
    if (length > 0) this.memory.writeBytes((this.op.threadAt + KEY) * 4, key, 0, length);
    setKey(this.memory, this.op, length);
  }

  /** Writes a key given as a string; returns false when it is not plain ASCII, or too long, and nothing was written. */
  setAsciiKey(key: string): boolean {
    const { length } = key;
    if (length > KEY_BYTES_MAX) return false;
    const at = ownKeyAt(this.op);
    for (let i = 0; i < length; i++) {
      const code = key.charCodeAt(i);
      if (code > 0x7f) return false;
      this.memory.write8(at + i, code);
    }
    setKey(this.memory, this.op, length);
    return true;
  }

  /** Runs a reading operation and leaves it pinned, so that the caller can copy its result; then {@link Session.leave}. */
  read(first: EngineStep): void {
    if (this.memory.load(STORE_STATE_AT) !== 0 || this.refuses) this.refuseRead();
    this.count(COUNT_READS);
    run(this.memory, this.op, first);
    if (this.op.failure !== NO_FAILURE || this.op.stalled) this.fail();
  }

  /** Runs a writing operation and leaves it pinned; then {@link Session.leave}. */
  write(first: EngineStep): void {
    if (this.memory.load(STORE_STATE_AT) !== 0 || this.refuses) this.refuseWrite();
    this.count(COUNT_WRITES);
    if (this.onWrite !== null) this.onWrite();
    run(this.memory, this.op, first);
    if (this.op.failure !== NO_FAILURE || this.op.stalled) this.fail();
  }

  /** Unpins; what an operation's result named is gone. Now and then moves the epoch on, or tells the keeper. */
  leave(): void {
    const { memory, op } = this;
    op.afterUnpin = null;
    run(memory, op, unpin);
    if (memory.read32(this.retiredAt) < RETIRED_PER_EPOCH) return;
    this.moveEpoch();
    if (memory.read32(this.collapsedAt) >= COLLAPSED_PER_COLLECTION) this.collect();
  }

  /** Does a bounded piece of what gets page ids of collapsed pages back. */
  collect(): void {
    const { memory, op } = this;
    const { rootPid } = op;
    op.afterCollect = null;
    run(memory, op, collect);
    if (op.failure !== NO_FAILURE || op.stalled) run(memory, op, endTurn); // it was given up on the way
    op.failure = NO_FAILURE;
    op.stalled = false;
    op.rootPid = rootPid;
    if (op.collected) memory.write32(this.collapsedAt, 0);
  }

  /** Moves the epoch, when every thread has seen it. */
  moveEpoch(): void {
    this.memory.write32(this.retiredAt, 0);
    const { op } = this;
    op.afterMove = null;
    op.drained = true;
    run(this.memory, op, moveEpoch);
    if (!op.drained && this.layout.stagingBytes > 0) this.wakeKeeper();
  }

  /**
   * Makes the next operation fail at once where it would wait for ring room: for threads that others wait for, the keeper
   * above all, which would wait for itself.
   */
  refuseToWait(): void {
    this.op.stagedSeen = this.memory.load(STAGED_AT);
    this.op.stalls = ROOM_WAITS_MAX;
  }

  /**
   * Runs steps that change nothing when no memory is free, and again while retired memory may become free: moves the epoch,
   * wakes the keeper, and after some attempts rests for others to leave. Throws {@link FullError} when that did not help.
   */
  runUnderPressure(first: EngineStep): void {
    const { memory, op } = this;
    const start = memory.load(EPOCH_AT);
    for (let attempt = 0; ; attempt++) {
      run(memory, op, first);
      if (op.failure === NO_FAILURE) return;
      const epoch = memory.load(EPOCH_AT);
      const more = attempt < PRESSURE_ATTEMPTS && epoch - start < PRESSURE_EPOCHS;
      if (op.failure !== OUT_OF_MEMORY || !more) this.fail();
      op.failure = NO_FAILURE;
      this.leave();
      this.moveEpoch();
      this.wakeKeeper();
      if (attempt >= PRESSURE_ATTEMPTS_AT_ONCE) memory.wait(EPOCH_AT, epoch, PRESSURE_WAIT_MS);
    }
  }

  /** After a write: wakes the keeper, when every write is to be synced at once, or enough has gathered. */
  nudgeKeeper(): void {
    const wake = this.eager || (this.op.place & (this.layout.ringWords / 8 - 1)) === 0;
    if (wake && this.layout.stagingBytes > 0) this.wakeKeeper();
  }

  /** Lets the keeper look after the log now. */
  wakeKeeper(): void {
    this.memory.add(KEEPER_WAKE_AT, 1);
    this.memory.notify(KEEPER_WAKE_AT, 1);
  }

  /** Refuses what the state of the store does not allow. */
  refuseWrite(): void {
    this.refuseRead();
    if (this.memory.load(STORE_STATE_AT) !== 0) throw new PoisonedError(errnoName(this.memory.load(POISON_CAUSE_AT)));
  }

  /** Refuses to detach or close while a value is being looked at in place: that would unpin it. */
  assertNotViewing(): void {
    if (this.viewing) throw new ArgumentError('The callback of getView must not use the store: copy the value first.');
  }

  private get refuses(): boolean {
    return this.closed || this.viewing;
  }

  private refuseRead(): void {
    this.assertNotViewing();
    if (this.closed || (this.memory.load(STORE_STATE_AT) & STORE_CLOSED) !== 0) throw new ClosedError();
  }

  private count(counter: number): void {
    this.memory.write32(this.countersAt + counter, (this.memory.read32(this.countersAt + counter) + 1) | 0);
  }

  private fail(): never {
    const { memory, op } = this;
    const { failure, stalled } = op;
    op.failure = NO_FAILURE;
    op.stalled = false;
    // After a stall the noted record may be public: others finish it, and it may name a large value, whose note goes first.
    if (stalled && memory.read32(op.threadAt + NOTE_RECORD) !== 0) memory.write32(op.threadAt + NOTE_BLOB, 0);
    memory.write32(op.threadAt + NOTE_RECORD, 0);
    this.leave();
    if (stalled) throw new LogStalledError((ROOM_WAIT_MS * ROOM_WAITS_MAX) / 1000);
    if (failure === OUT_OF_MEMORY)
      throw new FullError('The store has no memory left.', 'Open it with a larger cacheBytes.');
    if (failure === OUT_OF_PAGES) throw new FullError('The page table is full.', 'Open it with a larger cacheBytes.');
    if (failure === TREE_DROPPED) throw new TreeDroppedError(this.treeName);
    if (failure === NO_SNAPSHOT_SLOT) throw new TooManySnapshotsError(this.layout.snapshots);
    if (failure === SNAPSHOT_GONE) this.failSnapshot();
    throw new BrokenError(failure === BROKEN ? 'A page id was followed that names no page.' : `Failure ${failure}.`);
  }

  private failSnapshot(): never {
    const { snapshotSlot } = this.op;
    throw this.memory.load(snapshotSlot) === SLOT_GIVEN_UP ? new SnapshotTooOldError() : new SnapshotClosedError();
  }
}
