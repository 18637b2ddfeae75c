import { ModelError } from '../errors.ts';
import { shown } from '../shape.ts';
import type { Action, State, TransitionSystem } from '../system.ts';

/** States that are audited. */
const STATES = 2_000;

const audited = new WeakSet<TransitionSystem>();

/** Words behind the vector's end that an audit by {@link tailedSuccessors} watches. */
const TAIL = 64;
/** What stands in them: nothing that a model would write or do well with. */
const CANARY = 0x7eadbee5;

/**
 * Explores the first states of a system again, and what follows those that a search kept of all that it saw, and rejects models that read or write outside of their vector, or whose
 * guards write: a typed array alone ignores all that silently.
 *
 * A thorough audit runs the actions on a vector that tells about every access. V8 makes slower code, by a half, for functions
 * that have ever seen one, and the same functions may be explored again: so it is for small systems. Otherwise actions run
 * on a vector that is longer than it should be, which is as fast as any, and finds accesses behind the end, but not those
 * before the start, nor fractions.
 *
 * @throws ModelError RIGHTLINK_MODEL_VECTOR
 */
export function audit(
  system: TransitionSystem,
  initials: readonly State[],
  samples: readonly State[],
  thorough: boolean,
): void {
  for (const state of samples) auditState(system, state, thorough);
  if (audited.has(system)) return;
  audited.add(system);
  const seen = new Set(initials.map(String));
  const queue = [...initials];
  for (let i = 0; i < queue.length; i++) {
    for (const next of auditState(system, queue[i], thorough)) {
      if (seen.size === STATES) break;
      const size = seen.size;
      if (seen.add(String(next)).size > size) queue.push(next);
    }
  }
}

/**
 * Audits what can be done in one state, and gives the states behind it.
 *
 * @throws ModelError RIGHTLINK_MODEL_VECTOR
 */
export function auditState(system: TransitionSystem, state: State, thorough: boolean): State[] {
  auditPredicates(system, state, thorough);
  return system.actors.flatMap((actor) =>
    actor.actions.flatMap((action) => {
      const name = `${system.name}: ${actor.name}: ${action.name}`;
      return quietly(() => {
        const states = thorough ? null : tailedSuccessors(state, action, name);
        return states ?? watchedSuccessors(state, action, name);
      });
    }),
  );
}

/** What looks at states must leave them as they are, and keep to their words. */
function auditPredicates(
  { name, invariants, goals, finished }: TransitionSystem,
  state: State,
  thorough: boolean,
): void {
  const tests = { ...invariants, ...goals, ...(finished === undefined ? {} : { finished }) };
  for (const [test, holds] of Object.entries(tests)) {
    const seen = state.slice();
    quietly(() => {
      holds(thorough ? watched(seen, `${name}: ${test}`) : seen);
      return [];
    });
    if (String(seen) !== String(state)) throw vectorError(`${name}: ${test}`, 'it changes the state that it looks at');
  }
}

/** What else the model throws, the search has met, or will, and tells. */
function quietly(successors: () => State[]): State[] {
  try {
    return successors();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return [];
  }
}

/** The states behind an action; null when the words behind the vector's end seem to matter. */
function tailedSuccessors(state: State, action: Action, name: string): State[] | null {
  const { guard, choices = 1, effect } = action;
  const real = state.slice();
  const tailed = new Int32Array(state.length + TAIL).fill(CANARY);
  tailed.set(state);
  if (guard !== undefined) {
    const enabled = guard(real);
    if (enabled !== guard(tailed) || !isTailed(tailed, state)) return null;
    if (!enabled) return [];
  }
  const ways = typeof choices === 'number' ? choices : choices(real);
  if (typeof choices === 'function' && (ways !== choices(tailed) || !isTailed(tailed, state))) return null;
  const nexts: State[] = [];
  for (let choice = 0; choice < ways; choice++) {
    const next = state.slice();
    requireInPlace(effect(next, choice), next, name);
    tailed.set(state);
    effect(tailed, choice);
    if (!isTailed(tailed, next)) return null;
    nexts.push(next);
  }
  return nexts;
}

/** Whether a vector that is too long holds the words of a state and an untouched tail. */
function isTailed(tailed: State, state: State): boolean {
  for (let i = 0; i < state.length; i++) if (tailed[i] !== state[i]) return false;
  for (let i = state.length; i < tailed.length; i++) if (tailed[i] !== CANARY) return false;
  return true;
}

function watchedSuccessors(state: State, action: Action, name: string): State[] {
  const { guard, choices = 1, effect } = action;
  const before = state.slice();
  const seen = watched(before, name);
  if (guard !== undefined && !guard(seen)) return [];
  const ways = typeof choices === 'number' ? choices : choices(seen);
  if (String(before) !== String(state)) throw vectorError(name, 'its guard or choices change the state');
  return Array.from({ length: ways }, (_, choice) => {
    const next = state.slice();
    const seen = watched(next, name);
    const given: unknown = effect(seen, choice);
    if (given !== seen) requireInPlace(given, next, name);
    return next;
  });
}

/** An effect that gives a new state, or a promise of one, has not changed the one that it was given. */
function requireInPlace(given: unknown, state: State, name: string): void {
  if (typeof given !== 'object' || given === null || given === state) return;
  throw vectorError(
    name,
    `its effect gives ${given instanceof Promise ? 'a promise' : 'another state'}: it has to change the state in place`,
  );
}

/** A state that tells about every access outside of it, and every value that is none of a 32-bit word. */
export function watched(state: State, name: string): State {
  const check = (property: string | symbol): void => {
    if (typeof property === 'symbol' || !/^-?[0-9.]+$|^NaN$|^undefined$/.test(property)) return;
    if (!(property in state)) throw vectorError(name, `it uses word ${property} of ${state.length}`);
  };
  return new Proxy(state, {
    get: (_, property) => {
      check(property);
      const value: unknown = Reflect.get(state, property, state);
      return typeof value === 'function' ? value.bind(state) : value;
    },
    set: (_, property, value: unknown) => {
      check(property);
      if (!(property in state)) throw vectorError(name, `it writes '${String(property)}', which is no word`);
      const isWord = typeof value === 'boolean' || (typeof value === 'number' && (value | 0) === value);
      if (!isWord) throw vectorError(name, `it writes ${shown(value)}, no 32-bit integer`);
      return Reflect.set(state, property, value, state);
    },
  });
}

function vectorError(name: string, what: string): ModelError {
  return new ModelError('RIGHTLINK_MODEL_VECTOR', `${name}: ${what}`);
}
