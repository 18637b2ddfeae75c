import { IGNORED, INITIAL, peersOf, type RegisterMessage, type Server } from './registers.ts';

type Sequencer = [clock: number, server: number];

type Internal =
  | { type: 'query'; id: number }
  | { type: 'ack query'; id: number; sequencer: Sequencer; value: string }
  | { type: 'record'; id: number; sequencer: Sequencer; value: string }
  | { type: 'ack record'; id: number };

interface Asking {
  phase: 1;
  id: number;
  requester: number;
  write: string | null;
  responses: Record<number, { sequencer: Sequencer; value: string }>;
}

interface Recording {
  phase: 2;
  id: number;
  requester: number;
  read: string | null;
  acks: number[];
}

interface Abd {
  sequencer: Sequencer;
  value: string;
  doing: Asking | Recording | null;
}

type Message = RegisterMessage<Internal>;

/**
 * A linearizable register as long as a majority answers: H. Attiya, A. Bar-Noy, D. Dolev, Sharing memory robustly in
 * message-passing systems, J. ACM 42(1), 1995 (Stateright, `examples/linearizable-register.rs`).
 */
export function abd(servers: number): Server<Abd, Internal> {
  const majority = Math.floor(servers / 2) + 1;
  const broadcast = (id: number, message: Internal): { to: number; message: Message }[] =>
    peersOf(id, servers).map((to) => ({ to, message: { type: 'internal', message } }));
  const reply = (to: number, message: Internal): { to: number; message: Message }[] => [
    { to, message: { type: 'internal', message } },
  ];

  const begin = (id: number, state: Abd, requester: number, request: number, write: string | null) => {
    if (state.doing !== null) return IGNORED;
    const responses = { [id]: { sequencer: state.sequencer, value: state.value } };
    const doing: Asking = { phase: 1, id: request, requester, write, responses };
    return { state: { ...state, doing }, sends: broadcast(id, { type: 'query', id: request }) };
  };

  const answered = (id: number, state: Abd, from: number, message: Internal & { type: 'ack query' }) => {
    const { doing } = state;
    if (doing?.phase !== 1 || doing.id !== message.id) return IGNORED;
    const responses = { ...doing.responses, [from]: { sequencer: message.sequencer, value: message.value } };
    const known = Object.values(responses);
    if (known.length !== majority) return { state: { ...state, doing: { ...doing, responses } }, sends: [] };
    const newest = known.reduce((a, b) => (isAbove(b.sequencer, a.sequencer) ? b : a));
    const sequencer: Sequencer = doing.write === null ? newest.sequencer : [newest.sequencer[0] + 1, id];
    const value = doing.write ?? newest.value;
    const read = doing.write === null ? newest.value : null;
    const kept = isAbove(sequencer, state.sequencer)
      ? { sequencer, value }
      : { sequencer: state.sequencer, value: state.value };
    const next: Recording = { phase: 2, id: doing.id, requester: doing.requester, read, acks: [id] };
    return {
      state: { ...kept, doing: next },
      sends: broadcast(id, { type: 'record', id: doing.id, sequencer, value }),
    };
  };

  const recorded = (state: Abd, from: number, message: Internal & { type: 'ack record' }) => {
    const { doing } = state;
    if (doing?.phase !== 2 || doing.id !== message.id || doing.acks.includes(from)) return IGNORED;
    const acks = [...doing.acks, from].sort();
    if (acks.length !== majority) return { state: { ...state, doing: { ...doing, acks } }, sends: [] };
    const { id, read, requester } = doing;
    const done: Message = read === null ? { type: 'put ok', id } : { type: 'get ok', id, value: read };
    return { state: { ...state, doing: null }, sends: [{ to: requester, message: done }] };
  };

  return {
    start: (id) => ({ sequencer: [0, id], value: INITIAL, doing: null }),
    receive: (id, state, from, message) => {
      if (message.type === 'put') return begin(id, state, from, message.id, message.value);
      if (message.type === 'get') return begin(id, state, from, message.id, null);
      if (message.type !== 'internal') return IGNORED;
      const { message: inner } = message;
      if (inner.type === 'query') {
        const { sequencer, value } = state;
        return { state: null, sends: reply(from, { type: 'ack query', id: inner.id, sequencer, value }) };
      }
      if (inner.type === 'ack query') return answered(id, state, from, inner);
      if (inner.type === 'ack record') return recorded(state, from, inner);
      const newer = isAbove(inner.sequencer, state.sequencer);
      return {
        state: newer ? { ...state, sequencer: inner.sequencer, value: inner.value } : null,
        sends: reply(from, { type: 'ack record', id: inner.id }),
      };
    },
  };
}

function isAbove(a: Sequencer, b: Sequencer): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
}
