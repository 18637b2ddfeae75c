import { ModelError } from '../errors.ts';
import type { Action, State, TransitionSystem } from '../system.ts';

/** States that are audited. */
const STATES = 2_000;

const audited = new WeakSet<TransitionSystem>();

/**
 * Explores the first states of a system again with a vector that tells about every access, and rejects models that read
 * or write outside of it, or whose guards write: a typed array alone ignores all that silently. It comes after the search, since
 * V8 makes slower code for functions that have seen such a vector.
 *
 * @throws ModelError RIGHTLINK_MODEL_VECTOR
 */
export function audit(system: TransitionSystem, initials: readonly Int32Array[]): void {
  if (audited.has(system)) return;
  audited.add(system);
  const seen = new Set(initials.map(String));
  const queue = [...initials];
  for (let i = 0; i < queue.length; i++) {
    for (const actor of system.actors) {
      for (const action of actor.actions) {
        for (const next of successors(queue[i], action, `${system.name}: ${actor.name}: ${action.name}`)) {
          const key = String(next);
          if (seen.size < STATES && !seen.has(key)) {
            seen.add(key);
            queue.push(next);
          }
        }
      }
    }
  }
}

function successors(state: State, action: Action, name: string): State[] {
  const { guard, choices = 1, effect } = action;
  const before = state.slice();
  const watched = watch(before, name);
  if (guard !== undefined && !guard(watched)) return [];
  const ways = typeof choices === 'number' ? choices : choices(watched);
  if (String(before) !== String(state)) throw vectorError(name, 'its guard or choices change the state');
  return Array.from({ length: ways }, (_, choice) => {
    const next = state.slice();
    effect(watch(next, name), choice);
    return next;
  });
}

function watch(state: State, name: string): State {
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
      if (typeof value === 'number' && (value | 0) !== value)
        throw vectorError(name, `it writes ${value}, no 32-bit integer`);
      return Reflect.set(state, property, value, state);
    },
  });
}

function vectorError(name: string, what: string): ModelError {
  return new ModelError('RIGHTLINK_MODEL_VECTOR', `${name}: ${what}`);
}
