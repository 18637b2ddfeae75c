import { threadId } from 'node:worker_threads';
import {
  MAGIC,
  MAGIC_AT,
  NEXT_PID_AT,
  NEXT_TREE_AT,
  STORE_CLOSED,
  STORE_STATE_AT,
  TICKET,
  TICKET_AT,
  threadArea,
} from '../pagecache/layout.ts';
import { run, SharedMemory } from '../pagecache/memory.ts';
import { nodeDisk } from '../wal/disk.ts';
import type { Durability } from '../wal/keeper.ts';
import { initialiseRing } from '../wal/ring.ts';
import { type EnteredStore, enterStore } from '../wal/store-file.ts';
import { CATALOG_TREE } from './catalog.ts';
import { Database } from './database.ts';
import { type Deaths, watchDeaths } from './deaths.ts';
import { ArgumentError } from './errors.ts';
import { productionLayout } from './geometry.ts';
import { initialiseIds } from './ids.ts';
import { KeeperHost } from './keeper-host.ts';
import { RECLAIM_MS } from './limits.ts';
import { Reclaimer } from './reclaim.ts';
import { recover } from './recover.ts';
import { NOTHING_RECOVERED, writeRecovery } from './recovery-words.ts';
import { Session } from './session.ts';
import type { SharedStore } from './shared-store.ts';
import { keepPlanted, plant } from './steps/plant.ts';
import { Sweeper } from './sweep.ts';

/** How a store is opened. */
export interface OpenOptions {
  /** Bounds the shared memory: all data, the log's buffers and every table. Default 256 MiB. */
  readonly cacheBytes?: number | undefined;
  /** When the log is synced by itself: `'none'`, `'interval'` (default) or `'eager'`. */
  readonly durability?: Durability | undefined;
  /** With `'interval'`: how long a write may stay unsynced. Default 200. */
  readonly flushMs?: number | undefined;
  /** Bytes of log after which a checkpoint is written. Default 128 MiB. */
  readonly checkpointBytes?: number | undefined;
  /** Old versions kept for snapshots may take this much memory; then the oldest one fails. Default a quarter of `cacheBytes`. */
  readonly snapshotBytes?: number | undefined;
}

/** The thread that opened a store: its slot. Slot 0 is nobody's; the last one is the keeper's. */
const OWNER_THREAD = 1;

/** The store in the thread that opened it: besides a thread's handle it has the files, the keeper and the others' deaths. */
export class Store extends Database {
  private readonly files: EnteredStore | null;
  private readonly keeper: KeeperHost | null;
  private readonly deaths: Deaths;
  private readonly reclaimer: Reclaimer;
  private readonly sweeper: Sweeper;
  private readonly timer: NodeJS.Timeout;
  private closing: Promise<void> | null = null;

  private constructor(session: Session, shared: SharedStore, files: EnteredStore | null, keeper: KeeperHost | null) {
    super(session, shared);
    this.files = files;
    this.keeper = keeper;
    this.deaths = watchDeaths(session, shared.storeKey);
    this.reclaimer = new Reclaimer(session);
    this.sweeper = new Sweeper(session);
    this.timer = setInterval(() => this.tidy(), RECLAIM_MS).unref();
    if (keeper !== null) session.onWrite = () => this.startKeeper();
  }

  /** Opens a store; see {@link open}. */
  static open(path: string | undefined, options: OpenOptions): Store {
    const { cacheBytes, durability, flushMs, checkpointBytes, snapshotBytes } = checkOptions(path, options);
    const layout = productionLayout(cacheBytes, path !== undefined, snapshotBytes);
    const files = path === undefined ? null : enterStore(nodeDisk, path);
    try {
      const memory = SharedMemory.allocate(layout.totalWords);
      const session = new Session(memory, layout, OWNER_THREAD, durability === 'eager');
      const storeKey = `${process.pid}.${threadId}.${++storesOpened}`;
      initialiseRing(memory, layout, layout.firstPosition);
      plantCatalog(session);
      writeRecovery(memory, files === null ? NOTHING_RECOVERED : recover(session, nodeDisk, files));
      memory.store(threadArea(layout, OWNER_THREAD) + TICKET, memory.add(TICKET_AT, 1) + 1);
      const shared: SharedStore = {
        rightlink: 1,
        buffer: memory.buffer,
        layout,
        owner: threadId,
        storeKey,
        eager: durability === 'eager',
        path: files === null ? null : files.directory,
      };
      session.synchroniseWithTail();
      initialiseIds(session);
      memory.store(MAGIC_AT, MAGIC);
      const keeper =
        files === null ? null : new KeeperHost(session, shared, files, { durability, flushMs, checkpointBytes });
      return new Store(session, shared, files, keeper);
    } catch (error) {
      files?.leave();
      throw error;
    }
  }

  override share(): SharedStore {
    const shared = super.share();
    this.startKeeper(); // workers will write: they cannot start it
    return shared;
  }

  /**
   * Closes the store for all threads: writes and syncs everything, says so in the log, and gives the directory free.
   * Every handle throws {@link ClosedError} from then on. Closing twice is allowed.
   * @throws PoisonedError when not everything could be written; the store is closed all the same
   */
  close(): Promise<void> {
    this.session.assertNotViewing();
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  /** `await using db = await open(…)` closes the store at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async closeOnce(): Promise<void> {
    const { memory } = this.session;
    memory.store(STORE_STATE_AT, memory.load(STORE_STATE_AT) | STORE_CLOSED);
    this.session.closed = true;
    clearInterval(this.timer);
    try {
      await this.keeper?.stop();
    } finally {
      this.deaths.stop();
      this.files?.leave();
    }
  }

  override dropTree(name: string): boolean {
    const dropped = super.dropTree(name);
    this.reclaimer.turn();
    return dropped;
  }

  /** Looks after what threads leave behind. Not while a value is looked at in place: that would end with it. */
  private tidy(): void {
    if (this.session.viewing) return;
    this.reclaimer.turn();
    this.sweeper.turn();
  }

  private startKeeper(): void {
    this.session.onWrite = null;
    this.keeper?.start();
  }
}

let storesOpened = 0;

/** Makes the catalog's root, page 1, in a memory that is all zeros. */
function plantCatalog(session: Session): void {
  const { memory, op } = session;
  memory.store(NEXT_PID_AT, 1);
  memory.store(NEXT_TREE_AT, CATALOG_TREE + 1);
  run(memory, op, plant);
  keepPlanted(memory, op);
  session.leave();
}

function checkOptions(
  path: unknown,
  options: unknown,
): Required<{ [K in keyof OpenOptions]: NonNullable<OpenOptions[K]> }> {
  if (path !== undefined && (typeof path !== 'string' || path === ''))
    throw new ArgumentError('The path is a string, not an empty one.');
  if (typeof options !== 'object' || options === null) throw new ArgumentError('Options are an object.');
  const given: OpenOptions = options;
  const { cacheBytes = 256 * 2 ** 20, durability = 'interval', flushMs = 200, checkpointBytes = 128 * 2 ** 20 } = given;
  if (!['none', 'interval', 'eager'].includes(durability)) {
    throw new ArgumentError(`durability is 'none', 'interval' or 'eager', not ${String(durability)}.`);
  }
  if (!Number.isFinite(flushMs) || flushMs < 1 || flushMs > 3_600_000)
    throw new ArgumentError('flushMs is 1 to 3,600,000.');
  if (!Number.isSafeInteger(checkpointBytes) || checkpointBytes < 2 ** 16) {
    throw new ArgumentError('checkpointBytes is an integer, at least 65,536.');
  }
  const { snapshotBytes = Math.floor(cacheBytes / 4) } = given;
  if (!Number.isSafeInteger(snapshotBytes) || snapshotBytes < 0 || snapshotBytes > 2 ** 32) {
    throw new ArgumentError('snapshotBytes is an integer from 0 to 4 GiB.');
  }
  return { cacheBytes, durability, flushMs, checkpointBytes, snapshotBytes };
}
