import { MessageChannel, type MessagePort, postMessageToThread, threadId } from 'node:worker_threads';
import { STORE_CLOSED, STORE_STATE_AT, TICKET, TICKET_AT, threadArea } from '../pagecache/layout.ts';
import { SharedMemory } from '../pagecache/memory.ts';
import { Database } from './database.ts';
import type { Hello } from './deaths.ts';
import { ClosedError, TooManyThreadsError } from './errors.ts';
import { endAllSnapshots } from './held-snapshot.ts';
import { Session } from './session.ts';
import { checkMagic, checkShared, type SharedStore } from './shared-store.ts';

/** First slot for attached threads; the keeper has the last one. */
const FIRST_ATTACHED = 2;

/** A store in a thread that attached to it. */
export class AttachedStore extends Database {
  private readonly port: MessagePort | null;

  private constructor(session: Session, shared: SharedStore, port: MessagePort | null) {
    super(session, shared);
    this.port = port;
    port?.on('close', () => {
      session.closed = true; // by this thread, or the owner has closed the store or is gone
    });
    port?.unref();
  }

  /** Attaches; see {@link attach}. */
  static attach(shared: unknown): AttachedStore {
    checkShared(shared);
    const memory = new SharedMemory(shared.buffer);
    checkMagic(memory);
    if ((memory.load(STORE_STATE_AT) & STORE_CLOSED) !== 0) throw new ClosedError();
    const ticket = memory.add(TICKET_AT, 1) + 1;
    const port = shared.owner === threadId ? null : sayHello(shared, ticket);
    try {
      const thread = takeSlot(memory, shared, ticket);
      const session = new Session(memory, shared.layout, thread, shared.eager);
      session.synchroniseWithTail();
      return new AttachedStore(session, shared, port);
    } catch (error) {
      port?.close();
      throw error;
    }
  }

  /** Detaches this thread: its slot is free for another. The store stays open. Detaching twice is allowed. */
  close(): void {
    if (this.session.closed) return;
    this.session.assertNotViewing();
    endAllSnapshots(this.session);
    this.session.closed = true;
    const { memory, layout, thread } = this.session;
    memory.store(threadArea(layout, thread) + TICKET, 0);
    this.port?.close();
  }

  /** `using db = attach(…)` detaches at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** As {@link AttachedStore.close}, for code that treats owners and workers alike. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/** Sends the owner one end of a channel before anything is taken, so that it learns of this thread's exit. */
function sayHello(shared: SharedStore, ticket: number): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const hello: Hello = { rightlink: shared.storeKey, ticket, port: port2 };
  // When the owner is gone the channel closes, and this thread's handle with it.
  postMessageToThread(shared.owner, hello, [port2]).catch(() => undefined);
  port1.unref();
  return port1;
}

function takeSlot(memory: SharedMemory, shared: SharedStore, ticket: number): number {
  const { layout } = shared;
  for (let thread = FIRST_ATTACHED; thread < layout.threads - 1; thread++) {
    if (memory.compareExchange(threadArea(layout, thread) + TICKET, 0, ticket) === 0) return thread;
  }
  throw new TooManyThreadsError(layout.threads - 3);
}
