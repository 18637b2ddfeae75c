import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import {
  DURABLE_AT,
  KEEPER_WAKE_AT,
  POISON_CAUSE_AT,
  STAGED_AT,
  STORE_POISONED,
  STORE_STATE_AT,
} from '../pagecache/layout.ts';
import type { Durability } from '../wal/keeper.ts';
import type { EnteredStore } from '../wal/store-file.ts';
import { reapThread } from './deaths.ts';
import { errnoName, errnoNumber } from './errno.ts';
import { PoisonedError } from './errors.ts';
import { KEEPER_DEATHS_MAX } from './limits.ts';
import type { Session } from './session.ts';
import type { SharedStore } from './shared-store.ts';
import { workerEntry } from './worker-entry.ts';

/** How the keeper works. */
export interface KeeperSettings {
  readonly durability: Durability;
  readonly flushMs: number;
  readonly checkpointBytes: number;
}

/** What the keeper's thread gets. */
export interface KeeperData extends KeeperSettings {
  readonly shared: SharedStore;
  readonly directory: string;
  readonly storeId: Uint8Array;
}

/** The keeper's thread, as its owner sees it: started when first needed, started again when it dies. */
export class KeeperHost {
  private readonly session: Session;
  private readonly data: KeeperData;
  private worker: Worker | null = null;
  private deaths = 0;
  private stagedAtDeath = 0;

  constructor(session: Session, shared: SharedStore, files: EnteredStore, settings: KeeperSettings) {
    this.session = session;
    this.data = { ...settings, shared, directory: files.directory, storeId: files.storeId };
  }

  /** Starts the thread, unless it runs. */
  start(): void {
    if (this.worker !== null) return;
    const entry = workerEntry('./keeper-main.ts', import.meta.url);
    const worker = new Worker(entry.filename, { ...entry.options, workerData: this.data, name: 'rightlink keeper' });
    worker.unref();
    worker.on('error', () => undefined); // its exit follows, and is what counts
    worker.on('exit', () => this.exited());
    this.worker = worker;
  }

  /** Lets the keeper write everything, and waits until it is gone. */
  async stop(): Promise<void> {
    const { memory } = this.session;
    while (this.worker !== null) {
      const exit = once(this.worker, 'exit');
      this.worker.ref();
      memory.add(KEEPER_WAKE_AT, 1);
      memory.notify(KEEPER_WAKE_AT, 1);
      await exit;
    }
    if ((memory.load(STORE_STATE_AT) & STORE_POISONED) !== 0) {
      throw new PoisonedError(errnoName(memory.load(POISON_CAUSE_AT)));
    }
  }

  /** A keeper that exits before the store is closed has died: what it held is reaped, and a successor goes on. */
  private exited(): void {
    const { memory, layout } = this.session;
    this.worker = null;
    reapThread(this.session, layout.threads - 1);
    const poisoned = (memory.load(STORE_STATE_AT) & STORE_POISONED) !== 0;
    if (poisoned || this.isDone()) return;
    const staged = memory.load(STAGED_AT);
    this.deaths = staged === this.stagedAtDeath ? this.deaths + 1 : 1;
    this.stagedAtDeath = staged;
    if (this.deaths < KEEPER_DEATHS_MAX) this.start();
    else this.poison();
  }

  /** Keepers die one after another and get nothing done: nobody will write the log, so nobody may believe that it is. */
  private poison(): void {
    const { memory, layout } = this.session;
    memory.store(POISON_CAUSE_AT, errnoNumber('ECANCELED'));
    memory.store(STORE_STATE_AT, memory.load(STORE_STATE_AT) | STORE_POISONED);
    memory.notify(DURABLE_AT, layout.threads);
  }

  private isDone(): boolean {
    return this.session.memory.load(KEEPER_WAKE_AT) === KEEPER_DONE;
  }
}

/** The wake word's value once the keeper has closed the log: it will not be started again. */
export const KEEPER_DONE = -1;
