import { asked } from '../errors.ts';
import type { Action, State } from '../system.ts';
import type { Access } from '../trace/trace.ts';

/**
 * What taking an action reads and changes, for a trace; the state stays as it is. Reads by the guard count: the action
 * would not be possible otherwise.
 */
export function accessesOf(
  action: Action,
  choice: number,
  state: State,
  names: ((word: number) => string) | undefined,
): Access[] {
  const after = state.slice();
  const read = new Set<number>();
  const watched = watch(after, read);
  try {
    action.guard?.(watched);
    if (typeof action.choices === 'function') action.choices(watched);
    action.effect(watched, choice);
  } catch {
    // What it threw is the violation that the trace leads to; what it did until then is shown.
  }
  const accesses: Access[] = [];
  for (let address = 0; address < state.length; address++) {
    const word = asked('names', () => names?.(address)) ?? `[${address}]`;
    const [was, is] = [state[address], after[address]];
    if (read.has(address)) accesses.push({ kind: 'read', word, address, before: was, after: was });
    if (was !== is) accesses.push({ kind: 'set', word, address, before: was, after: is });
  }
  return accesses;
}

function watch(state: State, read: Set<number>): State {
  return new Proxy(state, {
    get: (_, property) => {
      if (typeof property === 'string' && /^\d+$/.test(property)) read.add(Number(property));
      const value: unknown = Reflect.get(state, property, state);
      return typeof value === 'function' ? value.bind(state) : value;
    },
    set: (_, property, value: unknown) => Reflect.set(state, property, value, state),
  });
}
