/** The operations that the hammering threads record, and what a sorted map says to them. */
import type { Tree } from '../../../engine/index.ts';
import type { Recorded, Specification } from './linearizability.ts';

/** An operation on a tree of short ASCII keys and values. */
export type MapInput =
  | { readonly kind: 'get' | 'getView' | 'has' | 'delete'; readonly key: string }
  | { readonly kind: 'put' | 'append'; readonly key: string; readonly value: string }
  | { readonly kind: 'swap'; readonly key: string; readonly expected: string | null; readonly value: string | null }
  | NeighbourInput;

/** An operation on the entry that stands somewhere in the order of the keys. */
export type NeighbourInput =
  | { readonly kind: 'above' | 'below' | 'floor' | 'ceiling'; readonly key: string }
  | { readonly kind: 'first' | 'last' | 'popFirst' | 'popLast' };

/** What came back: text, a boolean, `key=value`, or null for nothing. */
export type MapOutput = string | boolean | null;

/** A recorded operation on a map. */
export type MapEvent = Recorded<MapInput, MapOutput>;

/** Longest value that `append` makes before it starts anew. */
const APPENDED_MAX = 12;

/** Does the operation on a tree. */
export function perform(tree: Tree, input: MapInput): MapOutput {
  switch (input.kind) {
    case 'get':
      return text(tree.get(input.key));
    case 'getView':
      return tree.getView(input.key, (value) => text(value)) ?? null;
    case 'has':
      return tree.has(input.key);
    case 'delete':
      return tree.delete(input.key);
    case 'put':
      tree.put(input.key, input.value);
      return null;
    case 'append':
      return text(tree.update(input.key, (old) => appended(text(old), input.value)));
    case 'swap':
      return tree.compareAndSwap(input.key, input.expected ?? undefined, input.value ?? undefined);
    case 'first':
    case 'last':
    case 'popFirst':
    case 'popLast':
      return pair(tree[input.kind]());
    default:
      return pair(tree[input.kind](input.key));
  }
}

/** A sorted map as a specification. States are maps that are never changed. */
export function mapSpecification(
  initial: ReadonlyMap<string, string>,
): Specification<ReadonlyMap<string, string>, MapInput, MapOutput> {
  return {
    initial,
    apply(state, input, output) {
      const [expected, after] = specified(state, input);
      return expected === output ? after : undefined;
    },
    keyOf: (state) => [...state].sort().join(';'),
  };
}

function specified(
  state: ReadonlyMap<string, string>,
  input: MapInput,
): [output: MapOutput, after: ReadonlyMap<string, string>] {
  switch (input.kind) {
    case 'get':
    case 'getView':
      return [state.get(input.key) ?? null, state];
    case 'has':
      return [state.has(input.key), state];
    case 'delete':
      return [state.has(input.key), withKey(state, input.key, null)];
    case 'put':
      return [null, withKey(state, input.key, input.value)];
    case 'append': {
      const value = appended(state.get(input.key) ?? null, input.value);
      return [value, withKey(state, input.key, value)];
    }
    case 'swap': {
      const applies = (state.get(input.key) ?? null) === input.expected;
      return [applies, applies ? withKey(state, input.key, input.value) : state];
    }
    default:
      return neighbour(state, input);
  }
}

function neighbour(
  state: ReadonlyMap<string, string>,
  input: Extract<
    MapInput,
    { kind: 'first' | 'last' | 'popFirst' | 'popLast' | 'above' | 'below' | 'floor' | 'ceiling' }
  >,
): [output: MapOutput, after: ReadonlyMap<string, string>] {
  const keys = [...state.keys()].sort();
  const found = choose(keys, input);
  if (found === undefined) return [null, state];
  const pops = input.kind === 'popFirst' || input.kind === 'popLast';
  return [`${found}=${state.get(found)}`, pops ? withKey(state, found, null) : state];
}

function choose(keys: readonly string[], input: NeighbourInput): string | undefined {
  switch (input.kind) {
    case 'first':
    case 'popFirst':
      return keys[0];
    case 'last':
    case 'popLast':
      return keys.at(-1);
    case 'above':
      return keys.find((key) => key > input.key);
    case 'ceiling':
      return keys.find((key) => key >= input.key);
    case 'below':
      return keys.findLast((key) => key < input.key);
    case 'floor':
      return keys.findLast((key) => key <= input.key);
  }
}

function withKey(state: ReadonlyMap<string, string>, key: string, value: string | null): ReadonlyMap<string, string> {
  const after = new Map(state);
  if (value === null) after.delete(key);
  else after.set(key, value);
  return after;
}

function appended(old: string | null, more: string): string {
  return old === null || old.length > APPENDED_MAX ? more : `${old}+${more}`;
}

function text(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString();
}

function pair(entry: [Uint8Array, Uint8Array] | undefined): string | null {
  return entry === undefined ? null : `${text(entry[0])}=${text(entry[1])}`;
}
