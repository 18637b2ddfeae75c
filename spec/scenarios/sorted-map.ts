import type { Call, Outcome, Specification } from '../../model/index.ts';

/** A sequential store: a sorted map, and the log position that was given out last. */
export interface MapState {
  readonly entries: Readonly<Record<string, number>>;
  readonly last: number;
  /** The id that was given out last. */
  readonly lastId: number;
  /** Ids below this one are reserved. */
  readonly idsEnd: number;
  /** What each thread's snapshot shows; a thread has one at a time. */
  readonly views: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * The sequential specification (I1, I15, I16). A write returns its log position, and the order of positions must itself be
 * a linearization: so a write that takes effect may get any position above the last one, and none below. That is I16 and
 * more, since reads must fit into the same order.
 *
 * @param initial what the store holds at the start
 * @param positions how many log positions there are at most
 */
export function sortedMap(initial: Readonly<Record<string, number>>, positions: number): Specification<MapState> {
  return {
    initial: { entries: sorted(initial), last: -1, lastId: -3, idsEnd: 0, views: {} },
    apply: (state, call) => applied(state, call, positions),
  };
}

function applied(state: MapState, call: Call, positions: number): Outcome<MapState> | readonly Outcome<MapState>[] {
  const { entries } = state;
  const [key, a, b] = call.arguments as [string, number, number];
  const value = entries[key];
  const read = (result: unknown): Outcome<MapState> => ({ state, result });
  const written = (next: Record<string, number>, result: (position: number) => unknown): Outcome<MapState>[] =>
    everyPosition(state, positions).map((last) => ({
      state: { ...state, entries: sorted(next), last },
      result: result(last),
    }));
  const position = (last: number): unknown => last;
  switch (call.name) {
    case 'get':
      return read(value ?? null);
    case 'put':
      return written({ ...entries, [key]: a }, position);
    case 'delete':
      return value === undefined ? read(null) : written(without(entries, key), position);
    case 'compareAndSwap':
      return value === a ? written({ ...entries, [key]: b }, position) : read(null);
    case 'insertIfAbsent':
      return value === undefined ? written({ ...entries, [key]: a }, position) : read(null);
    case 'popFirst':
    case 'popLast': {
      const end = Object.keys(entries).at(call.name === 'popFirst' ? 0 : -1);
      if (end === undefined) return read(null);
      // Its place in the log is free: writes of other keys may overtake the tombstone between its slot and its place, so
      // the order of positions need not show which key was the first. (Replayed, the log gives the same content.)
      return { state: { ...state, entries: sorted(without(entries, end)) }, result: [end, entries[end]] };
    }
    case 'snapshot':
      // It shows what stands below its position, and nothing will get a position below it any more (I18, I19).
      return everyPosition(state, positions).map((position) => ({
        state: { ...state, last: position - 1, views: { ...state.views, [call.thread]: entries } },
        result: position,
      }));
    case 'getAt':
      return read(state.views[call.thread]?.[key] ?? null);
    case 'reserveIds':
      return { state: { ...state, idsEnd: Math.max(state.idsEnd, Number(key)) }, result: null };
    case 'generateId': {
      // None may seem to be left while a block is being reserved; but an id is the next one, and reserved.
      const id = state.lastId + 1;
      return id < state.idsEnd ? [read(null), { state: { ...state, lastId: id }, result: id }] : read(null);
    }
    case 'getIfHeld':
      return [read(state.views[call.thread]?.[key] ?? null), read('given up')];
    case 'above':
      return read(
        entryOf(
          entries,
          Object.keys(entries).find((each) => each > key),
        ),
      );
    case 'ceiling':
      return read(
        entryOf(
          entries,
          Object.keys(entries).find((each) => each >= key),
        ),
      );
    case 'below':
      return read(
        entryOf(
          entries,
          Object.keys(entries).findLast((each) => each < key),
        ),
      );
    case 'floor':
      return read(
        entryOf(
          entries,
          Object.keys(entries).findLast((each) => each <= key),
        ),
      );
    default:
      throw new Error(`the sorted map has no operation '${call.name}'`);
  }
}

function everyPosition({ last }: Pick<MapState, 'last'>, positions: number): number[] {
  return Array.from({ length: Math.max(0, positions - 1 - last) }, (_, i) => last + 1 + i);
}

function entryOf(entries: Readonly<Record<string, number>>, key: string | undefined): unknown {
  return key === undefined ? null : [key, entries[key]];
}

function without(entries: Readonly<Record<string, number>>, key: string): Record<string, number> {
  const { [key]: _, ...rest } = entries;
  return rest;
}

/** Keys in order, so that equal maps are equal texts. (Single letters: no key looks like a number.) */
function sorted(entries: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)));
}
