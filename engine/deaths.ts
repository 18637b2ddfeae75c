import { type MessagePort, threadId } from 'node:worker_threads';
import { TICKET, threadArea } from '../pagecache/layout.ts';
import { run } from '../pagecache/memory.ts';
import { addressOf, isFrame } from '../pagecache/page-word.ts';
import { listTrees } from './catalog.ts';
import { REAP_AGAIN_MS } from './limits.ts';
import type { Session } from './session.ts';
import { keepPlanted, uproot } from './steps/plant.ts';
import { reap } from './steps/reap.ts';

/**
 * Learning of threads' deaths. An attaching thread sends the owner one end of a message channel, with its ticket, before it
 * takes a slot; it keeps the other end. Only the thread's exit (or its own close) closes the channel, and nothing else
 * proves a death: not a timeout.
 */
export interface Deaths {
  /** No longer looks after anyone. */
  stop(): void;
}

/** What an attaching thread sends to the owner. */
export interface Hello {
  readonly rightlink: string;
  readonly ticket: number;
  readonly port: MessagePort;
}

const watched = new Map<string, Set<MessagePort>>();
const sessions = new Map<string, Session>();

/** Looks after the threads that attach to the store, in the thread that opened it. */
export function watchDeaths(session: Session, storeKey: string): Deaths {
  if (sessions.size === 0) process.on('workerMessage', receiveHello);
  sessions.set(storeKey, session);
  watched.set(storeKey, new Set());
  return {
    stop() {
      for (const port of watched.get(storeKey) ?? []) port.close();
      watched.delete(storeKey);
      sessions.delete(storeKey);
      if (sessions.size === 0) process.off('workerMessage', receiveHello);
    },
  };
}

/** Finishes what a dead thread left, by its ticket; nothing when it had closed its handle, or never took a slot. */
export function reapTicket(session: Session, ticket: number): void {
  for (let thread = 1; thread < session.layout.threads; thread++) {
    if (session.memory.load(threadArea(session.layout, thread) + TICKET) === ticket) reapThread(session, thread);
  }
}

/** Finishes what the dead thread in a slot left, and frees the slot. */
export function reapThread(session: Session, thread: number): void {
  const { op, memory } = session;
  op.dead = thread;
  session.refuseToWait(); // the keeper may be dead as well, and only this thread's event loop starts another
  run(memory, op, reap);
  if (op.stalled) {
    op.stalled = false;
    session.leave();
    const ticket = memory.load(threadArea(session.layout, thread) + TICKET);
    setTimeout(() => session.closed || reapTicket(session, ticket), REAP_AGAIN_MS).unref();
    return;
  }
  const { planted } = op;
  session.leave();
  if (planted !== 0) forgetUnnamed(session, planted);
  for (let moves = 0; moves < 2; moves++) session.moveEpoch();
}

/** A root that the dead made for a tree whose name it did not write, or whose name was taken. */
function forgetUnnamed(session: Session, rootPid: number): void {
  const { op, memory, layout } = session;
  if (listTrees(session).some(({ location }) => location.rootPid === rootPid)) {
    keepPlanted(memory, op);
    return;
  }
  const word = memory.load(layout.pageTableAt + rootPid);
  op.pid = rootPid;
  op.left = isFrame(word) ? addressOf(word) : 0;
  run(memory, op, uproot);
}

function receiveHello(value: unknown, source: number): void {
  if (!isHello(value) || source === threadId) return;
  const session = sessions.get(value.rightlink);
  const ports = watched.get(value.rightlink);
  const { port, ticket } = value;
  if (session === undefined || ports === undefined) {
    port.close();
    return;
  }
  ports.add(port);
  port.on('close', () => {
    ports.delete(port);
    if (!session.closed) reapTicket(session, ticket);
  });
  port.unref();
}

function isHello(value: unknown): value is Hello {
  return typeof value === 'object' && value !== null && 'rightlink' in value && 'ticket' in value && 'port' in value;
}
