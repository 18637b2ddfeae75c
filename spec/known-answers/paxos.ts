import { IGNORED, peersOf, type RegisterMessage, type Server } from './registers.ts';

type Ballot = [round: number, server: number];
type Proposal = [id: number, requester: number, value: string];
type Accepted = [Ballot, Proposal];

type Internal =
  | { type: 'prepare'; ballot: Ballot }
  | { type: 'prepared'; ballot: Ballot; accepted: Accepted | null }
  | { type: 'accept'; ballot: Ballot; proposal: Proposal }
  | { type: 'accepted'; ballot: Ballot }
  | { type: 'decided'; ballot: Ballot; proposal: Proposal };

interface Paxos {
  ballot: Ballot;
  proposal: Proposal | null;
  prepares: Record<number, Accepted | null>;
  accepts: number[];
  accepted: Accepted | null;
  decided: boolean;
}

type Message = RegisterMessage<Internal>;

/** Single-decree Paxos (L. Lamport, The part-time parliament, 1998; Stateright, `examples/paxos.rs`). */
export function paxos(servers: number): Server<Paxos, Internal> {
  const majority = Math.floor(servers / 2) + 1;
  const broadcast = (id: number, message: Internal): { to: number; message: Message }[] =>
    peersOf(id, servers).map((to) => ({ to, message: { type: 'internal', message } }));
  const reply = (to: number, message: Internal): { to: number; message: Message }[] => [
    { to, message: { type: 'internal', message } },
  ];

  const receiveInternal = (id: number, state: Paxos, from: number, message: Internal) => {
    const order = compare(state.ballot, message.ballot);
    const { ballot } = message;
    if (message.type === 'prepare' && order < 0) {
      const sends = reply(from, { type: 'prepared', ballot, accepted: state.accepted });
      return { state: { ...state, ballot }, sends };
    }
    if (message.type === 'prepared' && order === 0) return prepared(id, state, from, message);
    if (message.type === 'accept' && order <= 0) {
      const accepted: Accepted = [ballot, message.proposal];
      return { state: { ...state, ballot, accepted }, sends: reply(from, { type: 'accepted', ballot }) };
    }
    if (message.type === 'accepted' && order === 0) return accepted(id, state, from);
    if (message.type !== 'decided') return IGNORED;
    const known: Accepted = [ballot, message.proposal];
    return { state: { ...state, ballot, accepted: known, decided: true }, sends: [] };
  };

  const prepared = (id: number, state: Paxos, from: number, message: Internal & { type: 'prepared' }) => {
    const { ballot } = message;
    const prepares = { ...state.prepares, [from]: message.accepted };
    const known = Object.values(prepares);
    if (known.length !== majority) return { state: { ...state, prepares }, sends: [] };
    const newest = known.reduce((a, b) => (isNewer(b, a) ? b : a));
    const proposal = newest === null ? state.proposal : newest[1];
    if (proposal === null) throw new Error('a leader without a proposal');
    const accepts = [...new Set([...state.accepts, id])].sort();
    const next = { ...state, prepares, proposal, accepts, accepted: [ballot, proposal] as Accepted };
    return { state: next, sends: broadcast(id, { type: 'accept', ballot, proposal }) };
  };

  const accepted = (id: number, state: Paxos, from: number) => {
    const accepts = [...new Set([...state.accepts, from])].sort();
    if (accepts.length !== majority) return { state: { ...state, accepts }, sends: [] };
    const { proposal, ballot } = state;
    if (proposal === null) throw new Error('a leader without a proposal');
    const done: { to: number; message: Message } = { to: proposal[1], message: { type: 'put ok', id: proposal[0] } };
    return {
      state: { ...state, accepts, decided: true },
      sends: [...broadcast(id, { type: 'decided', ballot, proposal }), done],
    };
  };

  return {
    start: () => ({ ballot: [0, 0], proposal: null, prepares: {}, accepts: [], accepted: null, decided: false }),
    receive: (id, state, from, message) => {
      if (state.decided) {
        if (message.type !== 'get' || state.accepted === null) return IGNORED;
        const value = state.accepted[1][2];
        return { state: null, sends: [{ to: from, message: { type: 'get ok', id: message.id, value } }] };
      }
      if (message.type === 'put' && state.proposal === null) {
        const ballot: Ballot = [state.ballot[0] + 1, id];
        const proposal: Proposal = [message.id, from, message.value];
        const next = { ...state, ballot, proposal, prepares: { [id]: state.accepted }, accepts: [] };
        return { state: next, sends: broadcast(id, { type: 'prepare', ballot }) };
      }
      return message.type === 'internal' ? receiveInternal(id, state, from, message.message) : IGNORED;
    },
  };
}

function compare(a: Ballot, b: Ballot): number {
  return a[0] - b[0] || a[1] - b[1];
}

function isNewer(a: Accepted | null, b: Accepted | null): boolean {
  if (a === null) return false;
  return b === null || compare(a[0], b[0]) > 0;
}
