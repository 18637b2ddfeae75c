import { type TransitionSystem, transitionSystem } from '../../model/index.ts';

/** A message on its way. */
export interface Envelope<M> {
  from: number;
  to: number;
  message: M;
}

/** What an actor does with a message: its new state (null: unchanged) and what it sends. */
export interface Reaction<S, M> {
  state: S | null;
  sends: { to: number; message: M }[];
}

/** A system of actors over a network that reorders messages but neither loses nor repeats them. */
export interface ActorSystem<S, M, H> {
  name: string;
  actors: readonly string[];
  start(actor: number): { state: S; sends: { to: number; message: M }[] };
  receive(actor: number, state: S, envelope: Envelope<M>): Reaction<S, M>;
  /** What happened so far, as part of the state. */
  history: H;
  delivered(history: H, envelope: Envelope<M>): H;
  sent(history: H, envelope: Envelope<M>): H;
  invariants: Record<string, (history: H) => boolean>;
  goals: Record<string, (network: readonly Envelope<M>[]) => boolean>;
}

interface Global<S, M, H> {
  states: S[];
  network: Envelope<M>[];
  history: H;
}

/**
 * Actors as a transition system, in the manner of Stateright's `ActorModel`: a move delivers one of the different messages
 * under way; a message that changes nothing is not delivered. The state vector is one word, the number of the state in a table.
 */
export function actorSystem<S, M, H>(system: ActorSystem<S, M, H>): TransitionSystem {
  const table: Global<S, M, H>[] = [];
  const numbers = new Map<string, number>();
  const successors: number[][] = [];
  const numberOf = (global: Global<S, M, H>): number => {
    const network = global.network.map((each) => JSON.stringify(each)).sort();
    const key = JSON.stringify([global.states, network, global.history]);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, table.length);
    table.push(global);
    return table.length - 1;
  };
  const send = (global: Global<S, M, H>, from: number, sends: { to: number; message: M }[]): void => {
    for (const { to, message } of sends) {
      const envelope = { from, to, message };
      global.history = system.sent(global.history, envelope);
      global.network.push(envelope);
    }
  };
  const deliver = (before: Global<S, M, H>, envelope: Envelope<M>): Global<S, M, H> | null => {
    const { state, sends } = system.receive(envelope.to, before.states[envelope.to], envelope);
    if (state === null && sends.length === 0) return null;
    const after = { ...before, states: before.states.slice(), network: before.network.slice() };
    after.network.splice(before.network.indexOf(envelope), 1);
    if (state !== null) after.states[envelope.to] = state;
    after.history = system.delivered(before.history, envelope);
    send(after, envelope.to, sends);
    return after;
  };
  const movesOf = (number: number): number[] => {
    const known = successors[number];
    if (known !== undefined) return known;
    const before = table[number];
    const different = new Map(before.network.map((envelope) => [JSON.stringify(envelope), envelope]));
    const moves = [...different.values()].flatMap((envelope) => {
      const after = deliver(before, envelope);
      return after === null ? [] : [numberOf(after)];
    });
    successors[number] = moves;
    return moves;
  };
  return transitionSystem({
    name: system.name,
    words: 1,
    initial: (s) => {
      const global: Global<S, M, H> = { states: [], network: [], history: system.history };
      for (let actor = 0; actor < system.actors.length; actor++) {
        const { state, sends } = system.start(actor);
        global.states.push(state);
        send(global, actor, sends);
      }
      s[0] = numberOf(global);
    },
    actors: [
      {
        name: 'network',
        actions: [
          {
            name: 'delivers',
            choices: (s) => movesOf(s[0]).length,
            effect: (s, choice) => {
              s[0] = movesOf(s[0])[choice];
            },
          },
        ],
      },
    ],
    invariants: map(system.invariants, (holds) => (s) => holds(table[s[0]].history)),
    goals: map(system.goals, (holds) => (s) => holds(table[s[0]].network)),
    show: (s) => JSON.stringify(table[s[0]]),
  });
}

function map<A, B>(record: Record<string, A>, convert: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, convert(value)]));
}
