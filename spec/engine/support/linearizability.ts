/**
 * An independent check of recorded histories against a sequential specification, after Wing and Gong, "Testing and
 * Verifying Concurrent Objects" (1993), with the memoisation of Lowe, "Testing for Linearizability" (2017): a pair of
 * "which operations have happened" and "the state then" is tried once.
 */

/** A completed operation, with the instants of its call and its return on a clock that all threads share. */
export interface Recorded<I, O> {
  readonly call: bigint;
  readonly return: bigint;
  readonly input: I;
  readonly output: O;
}

/** What an object does, one operation after another. States are values: `apply` returns a new one. */
export interface Specification<S, I, O> {
  readonly initial: S;
  /** The state after the operation; undefined when it cannot give this output in this state. */
  apply(state: S, input: I, output: O): S | undefined;
  /** Equal states have equal texts, and others have not. */
  keyOf(state: S): string;
}

/**
 * Whether some order of all operations, in which none comes before one that had returned before its call, explains every
 * output. Returns such an order (indexes of the history), or null: the history is not linearizable.
 */
export function linearize<S, I, O>(
  specification: Specification<S, I, O>,
  history: readonly Recorded<I, O>[],
): number[] | null {
  const byCall = history.map((_, index) => index).sort((a, b) => compare(history[a].call, history[b].call));
  const tried = new Set<string>();
  const order: number[] = [];
  /** States before each operation of `order`, and where in `byCall` its choice stood. */
  const trail: { state: S; choice: number }[] = [];
  const happened = new Uint8Array(history.length);
  let state = specification.initial;
  let first = 0; // everything before it in byCall has happened
  let choice = 0;
  for (;;) {
    if (order.length === history.length) return order;
    while (first < byCall.length && happened[byCall[first]] === 1) first++;
    const next = nextCandidate(history, byCall, happened, first, choice);
    if (next < 0) {
      const back = trail.pop();
      const undone = order.pop();
      if (back === undefined || undone === undefined) return null;
      happened[undone] = 0;
      state = back.state;
      choice = back.choice + 1;
      first = 0;
      continue;
    }
    const index = byCall[next];
    const after = specification.apply(state, history[index].input, history[index].output);
    if (after !== undefined) {
      happened[index] = 1;
      const text = `${fingerprint(byCall, happened, first, order.length + 1)}|${specification.keyOf(after)}`;
      if (!tried.has(text)) {
        tried.add(text);
        trail.push({ state, choice: next });
        order.push(index);
        state = after;
        choice = 0;
        continue;
      }
      happened[index] = 0;
    }
    choice = next + 1;
  }
}

/** The next operation at or after `choice` that may come now: no other that has not happened returned before its call. */
function nextCandidate(
  history: readonly Recorded<unknown, unknown>[],
  byCall: readonly number[],
  happened: Uint8Array,
  first: number,
  choice: number,
): number {
  let bound: bigint | null = null;
  for (let at = first; at < byCall.length; at++) {
    const index = byCall[at];
    if (bound !== null && history[index].call > bound) return -1;
    if (happened[index] === 1) continue;
    if (at >= choice) return at;
    if (bound === null || history[index].return < bound) bound = history[index].return;
  }
  return -1;
}

/** Which operations have happened: all up to some place, and which beyond it. */
function fingerprint(byCall: readonly number[], happened: Uint8Array, from: number, count: number): string {
  let first = from;
  while (first < byCall.length && happened[byCall[first]] === 1) first++;
  let text = `${first}`;
  for (let at = first, left = count - first; left > 0; at++) {
    if (happened[byCall[at]] === 0) continue;
    text += `,${at}`;
    left--;
  }
  return text;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
