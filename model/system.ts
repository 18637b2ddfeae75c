import { ModelError } from './errors.ts';
import { a, misshapen, required, type Shape } from './shape.ts';
import { CHOICES } from './system/move.ts';

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

const SYSTEM: Shape<TransitionSystem> = {
  type: a.thing,
  name: required(a.name),
  words: required((value) => (a.count(1, 1 << 20)(value) === null ? null : '1 to 2^20')),
  initial: a.function,
  actors: required(a.list),
  invariants: a.functions,
  goals: a.functions,
  deadlock: a.boolean,
  finished: a.function,
  representative: a.function,
  names: a.function,
  show: a.function,
};
const ACTOR: Shape<Actor> = { name: required(a.name), actions: required(a.list) };
const ACTION: Shape<Action> = {
  name: required(a.name),
  guard: a.function,
  choices: (value) =>
    typeof value === 'function' || a.count(0, CHOICES)(value) === null
      ? null
      : `an integer from 0 to ${CHOICES}, or a function`,
  effect: required(a.function),
};

/**
 * Describes a transition system over a vector of 32-bit words.
 *
 * @throws ModelError RIGHTLINK_MODEL_SYSTEM when the description makes no sense
 */
export function transitionSystem(definition: TransitionSystemDefinition): TransitionSystem {
  const reject = (message: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_SYSTEM', `transition system '${definition?.name}': ${message}`);
  };
  const require = (wrong: string | null): void => {
    if (wrong !== null) reject(wrong);
  };
  require(misshapen(definition, '', SYSTEM));
  const { actors } = definition;
  if (actors.length === 0) reject('there must be at least one actor');
  for (const [index, actor] of actors.entries()) {
    require(misshapen(actor, `actor ${index + 1}`, ACTOR));
    for (const action of actor.actions) require(misshapen(action, `an action of actor '${actor.name}'`, ACTION));
  }
  return { ...definition, type: 'transition system' };
}
