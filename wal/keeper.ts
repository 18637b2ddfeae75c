import { pin, unpin } from '../pagecache/epochs.ts';
import {
  DURABLE_AT,
  KEEPER_AT,
  KEEPER_WAKE_AT,
  POISON_CAUSE_AT,
  STAGED_AT,
  STORE_POISONED,
  STORE_STATE_AT,
  SYNC_WANTED_AT,
  TAIL_AT,
} from '../pagecache/layout.ts';
import { run, type Step } from '../pagecache/memory.ts';
import { DiskError } from './errors.ts';
import { advanceFrontier } from './frontier.ts';
import { addLoggedBytes, countSync, readWrittenLsn, writeLogPosition, writeWrittenLsn } from './keeper-words.ts';
import { STAGED_PER_PIN } from './limits.ts';
import type { LogRegisters } from './log-registers.ts';
import { fullLsn } from './record.ts';
import type { LogWriter } from './segment.ts';
import { type ByteMemory, StagedBytes } from './staged-bytes.ts';
import { STAGING_ENDS_AT, STAGING_WRITTEN_AT, stage } from './staging.ts';

/** When the keeper syncs by itself: never, every `flushMs`, or whenever there is something to sync. */
export type Durability = 'none' | 'interval' | 'eager';

/** How a keeper works. */
export interface KeeperOptions {
  readonly durability: Durability;
  readonly flushMs: number;
  /** Turns an errno's name into the number that is shared. */
  readonly errnoNumber: (name: string) => number;
}

/**
 * The keeper: the one thread that takes records out of the ring, writes them to the log and syncs it (README, "Keeper").
 * It uses no asynchronous file operation, which could outlive its thread. A turn is:
 *
 * 1. advance the frontier to the tail; stage what is decided;
 * 2. write what is staged as one block; store the log's new position;
 * 3. sync, when it is due: everything written by then becomes durable at once (group commit); publish that, and notify.
 *
 * The first failure of a write or sync poisons the store: the keeper then only empties the ring, so that nobody hangs.
 */
export class Keeper<O extends LogRegisters<O>> {
  private readonly memory: ByteMemory;
  private readonly op: O;
  private readonly log: LogWriter;
  private readonly options: KeeperOptions;
  private readonly staged: StagedBytes;
  private poisoned = false;
  private unsyncedSince = 0;
  /** Position up to which the log is written. */
  private written: number;

  /** Takes the keeper's role; false from {@link Keeper.take} while another thread holds it. */
  constructor(memory: ByteMemory, op: O, log: LogWriter, options: KeeperOptions) {
    this.memory = memory;
    this.op = op;
    this.log = log;
    this.options = options;
    this.staged = new StagedBytes(memory, op.layout);
    this.written = memory.load(DURABLE_AT);
    this.poisoned = (memory.load(STORE_STATE_AT) & STORE_POISONED) !== 0;
  }

  /** Takes the role, unless another thread holds it. */
  take(): boolean {
    const holder = this.memory.compareExchange(KEEPER_AT, 0, this.op.thread);
    return holder === 0 || holder === this.op.thread;
  }

  /** Does what there is to do; true when there was something. */
  turn(): boolean {
    const moved = this.stageSome();
    const wrote = this.writeStaged();
    const synced = this.syncIfDue();
    return moved || wrote || synced;
  }

  /** Sleeps until woken, or until the next sync is due. `seen` is the wake word as it was before the last turn. */
  rest(seen: number): void {
    const { flushMs } = this.options;
    const waiting = this.unsyncedSince !== 0 && this.options.durability !== 'none';
    const elapsed = waiting ? performance.now() - this.unsyncedSince : 0;
    this.memory.wait(KEEPER_WAKE_AT, seen, Math.max(1, flushMs - elapsed));
  }

  /** The word to pass to {@link Keeper.rest}. */
  wakeWord(): number {
    return this.memory.load(KEEPER_WAKE_AT);
  }

  /** The LSN that the last block written to the log names as its last. */
  writtenLsn(): number {
    return readWrittenLsn(this.memory);
  }

  /**
   * Writes and syncs at least everything that stands in the ring by now. Returns the highest LSN up to which the log is
   * complete and durable and that a block in it names (a place that holds nothing may be named by none); −1: the store is poisoned.
   */
  syncAll(): number {
    const goal = this.memory.load(TAIL_AT);
    do this.turn();
    while (((goal - this.written) | 0) > 0);
    this.attempt(() => this.syncLog());
    if (this.poisoned) return -1;
    const named = this.writtenLsn();
    return named + Math.min(0, (this.written - 1 - (named | 0)) | 0);
  }

  /** Writes and syncs everything there is, says in the log that it ends here, and gives the role back. */
  close(): void {
    while (this.memory.load(STAGED_AT) !== this.memory.load(TAIL_AT)) this.turn();
    this.turn();
    this.attempt(() => {
      this.syncLog();
      this.log.closeClean(readWrittenLsn(this.memory) + 1);
      writeLogPosition(this.memory, this.log);
    });
    this.memory.compareExchange(KEEPER_AT, this.op.thread, 0);
  }

  /** Makes everything written so far durable. */
  syncLog(): void {
    this.log.sync();
    writeLogPosition(this.memory, this.log);
    countSync(this.memory);
    this.unsyncedSince = 0;
    this.memory.store(DURABLE_AT, this.written);
    this.memory.notify(DURABLE_AT, Number.POSITIVE_INFINITY);
  }

  /** Runs what touches the disk; the first failure poisons the store. */
  attempt(action: () => void): void {
    if (this.poisoned) return;
    try {
      action();
    } catch (error) {
      this.poison(error instanceof DiskError ? error.errno : 'EIO');
    }
  }

  private stageSome(): boolean {
    const { memory, op } = this;
    op.goal = memory.load(TAIL_AT);
    const before = memory.load(STAGED_AT);
    if (op.goal === before && op.partOffset === 0) return false;
    this.runPinned(advanceFrontier, (end) => {
      op.afterAdvance = end;
    });
    op.budget = STAGED_PER_PIN;
    this.runPinned(stage, (end) => {
      op.afterStage = end;
    });
    memory.notify(STAGED_AT, Number.POSITIVE_INFINITY);
    return memory.load(STAGED_AT) !== before;
  }

  private runPinned(first: Step<O>, setEnd: (end: Step<O> | null) => void): void {
    const { memory, op } = this;
    op.afterPin = null;
    run(memory, op, pin);
    setEnd(null);
    run(memory, op, first);
    op.afterUnpin = null;
    run(memory, op, unpin);
  }

  /** Writes `[written, end)` of the staging buffer as one block. */
  private writeStaged(): boolean {
    const { memory, staged, op } = this;
    const position = memory.load(STAGED_AT);
    const end = op.partOffset > 0 ? op.stagingEnd : memory.read32(STAGING_ENDS_AT + ((position - 1) & 1));
    const start = memory.read32(STAGING_WRITTEN_AT);
    if (end !== start) {
      const written = readWrittenLsn(memory);
      const last = op.partOffset > 0 ? position : position - 1;
      const lastLsn = fullLsn(last >>> 0, written);
      staged.take(start, end);
      this.attempt(() => {
        this.log.append(staged.parts(), fullLsn(staged.firstPosition >>> 0, written), lastLsn, staged.records);
        writeLogPosition(memory, this.log);
        addLoggedBytes(memory, (end - start) >>> 0);
      });
      writeWrittenLsn(memory, lastLsn);
      if (this.unsyncedSince === 0) this.unsyncedSince = performance.now();
      memory.write32(STAGING_WRITTEN_AT, end);
    }
    this.written = position;
    return end !== start;
  }

  private syncIfDue(): boolean {
    const { memory, options } = this;
    const durable = memory.load(DURABLE_AT);
    const wanted = ((memory.load(SYNC_WANTED_AT) - durable) | 0) > 0;
    if (this.poisoned || this.written === durable) return false;
    const eager = options.durability === 'eager';
    const due = options.durability === 'interval' && performance.now() - this.unsyncedSince >= options.flushMs;
    if (!wanted && !eager && !due) return false;
    this.attempt(() => this.syncLog());
    return true;
  }

  private poison(errno: string): void {
    const { memory } = this;
    this.poisoned = true;
    this.log.abandon();
    memory.store(POISON_CAUSE_AT, this.options.errnoNumber(errno));
    memory.store(STORE_STATE_AT, memory.load(STORE_STATE_AT) | STORE_POISONED);
    memory.notify(DURABLE_AT, Number.POSITIVE_INFINITY);
  }
}
