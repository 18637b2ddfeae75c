import type { TransitionSystem } from '../../model/index.ts';
import { type ActorSystem, actorSystem, type Envelope, type Reaction } from './actors.ts';
import { type History, invoked, isLinearizable, NO_HISTORY, returned } from './history.ts';

/** What clients and servers of a register say to each other; `I` is what servers say among themselves. */
export type RegisterMessage<I> =
  | { type: 'put'; id: number; value: string }
  | { type: 'get'; id: number }
  | { type: 'put ok'; id: number }
  | { type: 'get ok'; id: number; value: string }
  | { type: 'internal'; message: I };

/** A server of a register. */
export interface Server<S, I> {
  start(id: number): S;
  receive(id: number, state: S, from: number, message: RegisterMessage<I>): Reaction<S, RegisterMessage<I>>;
}

interface Client {
  awaiting: number | null;
  calls: number;
}

/** The value before any put. */
export const INITIAL = '-';
/** Nothing to do with this message. */
export const IGNORED = { state: null, sends: [] };

/** Everybody but oneself. */
export function peersOf(id: number, servers: number): number[] {
  return Array.from({ length: servers }, (_, i) => i).filter((i) => i !== id);
}

/** Servers, and clients that each put one value and then get (Stateright, `src/actor/register.rs`, `RegisterActor`). */
export function registerSystem<S, I>(
  name: string,
  server: Server<S, I>,
  servers: number,
  clients: number,
): TransitionSystem {
  type Message = RegisterMessage<I>;
  const system: ActorSystem<S | Client, Message, History> = {
    name,
    actors: Array.from({ length: servers + clients }, (_, i) => (i < servers ? `server ${i}` : `client ${i}`)),
    start: (id) => {
      if (id < servers) return { state: server.start(id), sends: [] };
      const value = String.fromCharCode('A'.charCodeAt(0) + id - servers);
      return { state: { awaiting: id, calls: 1 }, sends: [{ to: id % servers, message: { type: 'put', id, value } }] };
    },
    receive: (id, state, { from, message }) => {
      if (id < servers) return server.receive(id, state as S, from, message);
      return receiveAsClient(id, state as Client, message, servers);
    },
    history: NO_HISTORY,
    delivered: (history, { to, message }) => {
      if (message.type === 'get ok') return returned(history, to, message.value);
      return message.type === 'put ok' ? returned(history, to, null) : history;
    },
    sent: (history, { from, message }) => {
      if (message.type === 'get') return invoked(history, from, { op: 'read' });
      return message.type === 'put' ? invoked(history, from, { op: 'write', value: message.value }) : history;
    },
    invariants: { linearizable: (history) => isLinearizable(history, INITIAL) },
    goals: { 'value chosen': (network) => network.some(carriesValue) },
  };
  return actorSystem(system);
}

function carriesValue<I>({ message }: Envelope<RegisterMessage<I>>): boolean {
  return message.type === 'get ok' && message.value !== INITIAL;
}

function receiveAsClient<I>(
  id: number,
  { awaiting, calls }: Client,
  message: RegisterMessage<I>,
  servers: number,
): Reaction<Client, RegisterMessage<I>> {
  if (message.type === 'put ok' && message.id === awaiting) {
    const next = (calls + 1) * id;
    const to = (id + calls) % servers;
    return { state: { awaiting: next, calls: calls + 1 }, sends: [{ to, message: { type: 'get', id: next } }] };
  }
  if (message.type === 'get ok' && message.id === awaiting) {
    return { state: { awaiting: null, calls: calls + 1 }, sends: [] };
  }
  return IGNORED;
}

/** Each server keeps a value of its own (Stateright, `examples/single-copy-register.rs`). */
export const singleCopy: Server<string, never> = {
  start: () => INITIAL,
  receive: (_, value, from, message) => {
    if (message.type === 'put')
      return { state: message.value, sends: [{ to: from, message: { type: 'put ok', id: message.id } }] };
    if (message.type !== 'get') return IGNORED;
    return { state: null, sends: [{ to: from, message: { type: 'get ok', id: message.id, value } }] };
  },
};
