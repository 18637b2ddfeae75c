import { ModelError } from './errors.ts';

/** The state of a transition system: a vector of 32-bit words. */
export type State = Int32Array;

/** One thing an actor can do. */
export interface Action {
  name: string;
  /** Whether the action can be taken; default always. Must not write. */
  guard?: (state: State) => boolean;
  /** How many ways there are to take it (0: none), for nondeterminism; default one. */
  choices?: number | ((state: State) => number);
  /** Changes the state in place; `choice` counts from 0. */
  effect: (state: State, choice: number) => void;
}

/** A process of a transition system. */
export interface Actor {
  name: string;
  actions: readonly Action[];
}

/** A predicate over states; a text or false says that it does not hold. */
export type StateInvariant = (state: State) => boolean | string;

/** What {@link transitionSystem} takes. */
export interface TransitionSystemDefinition {
  name: string;
  /** Length of the state vector in 32-bit words. */
  words: number;
  /** Changes the all-zero state into the initial one, or returns the initial states. */
  initial?: (state: State) => undefined | void | Iterable<ArrayLike<number>>;
  actors: readonly Actor[];
  /** Must hold in every reachable state. */
  invariants?: Readonly<Record<string, StateInvariant>>;
  /** Must hold in some reachable state. */
  goals?: Readonly<Record<string, (state: State) => boolean>>;
  /** Is a state without any enabled action a violation, unless `finished` says it is meant? Default false. */
  deadlock?: boolean;
  /** States in which having nothing to do is fine; for `deadlock`. */
  finished?: (state: State) => boolean;
  /** Rewrites a copy of a state into the representative of its symmetry class; used with `symmetry: true`. */
  representative?: (state: State) => void;
  /** Name of a word for traces; default its index in brackets. */
  names?: (word: number) => string;
  /** The state as a person wants to read it; default the words. */
  show?: (state: State) => string;
}

/** A transition system: see {@link transitionSystem}. */
export interface TransitionSystem extends TransitionSystemDefinition {
  readonly type: 'transition system';
}

/**
 * Describes a transition system over a vector of 32-bit words.
 *
 * @throws ModelError RIGHTLINK_MODEL_SYSTEM when the description makes no sense
 */
export function transitionSystem(definition: TransitionSystemDefinition): TransitionSystem {
  const { name, words, actors } = definition;
  const reject = (message: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_SYSTEM', `transition system '${name}': ${message}`);
  };
  if (typeof name !== 'string' || name === '') throw new ModelError('RIGHTLINK_MODEL_SYSTEM', 'a system needs a name');
  if (!Number.isInteger(words) || words < 1 || words > 1 << 20) reject(`words must be 1 to 2^20, not ${words}`);
  if (!Array.isArray(actors) || actors.length === 0) reject('there must be at least one actor');
  for (const actor of actors) {
    if (!Array.isArray(actor.actions)) reject(`actor '${actor.name}' has no list of actions`);
    for (const action of actor.actions) {
      if (typeof action.effect !== 'function') reject(`action '${actor.name}: ${action.name}' has no effect`);
    }
  }
  return { ...definition, type: 'transition system' };
}
