import { asked, ModelError } from '../errors.ts';
import type { Call, Outcome, Specification } from '../program.ts';
import { shown } from '../shape.ts';
import { Numbering } from '../visited/numbering.ts';
import { Interner, textOf } from './intern.ts';

/** One way in which the calls so far may have taken effect: a state, and results of calls that have not returned yet. */
export interface Linearization {
  state: number;
  /** By thread: the interned result of a call that took effect but has not returned; −1: none. */
  early: readonly number[];
  /** Earlier states that a crash may lead back to: see `durability.ts`. */
  past?: readonly number[];
}

/**
 * Linearizability on the fly (Wing and Gong's search with Lowe's just-in-time linearization): a program's state
 * carries the set of all linearizations that explain the results so far, as one number. A call that returns keeps those in which it has
 * taken effect with the result it returned, after letting pending calls take effect before it in every order. An empty
 * set is a violation. Calls of dead threads stay pending for ever: they may still take effect, or never.
 */
export class Linearizer {
  private readonly specification: Specification<unknown>;
  private readonly states = new Interner();
  private readonly values: unknown[] = [];
  private readonly results = new Interner();
  /** The numbers of those that need not be written out to be compared. */
  private readonly plainResults = new Map<unknown, number>();
  private readonly sets = new Interner();
  protected readonly members: Linearization[][] = [];
  /** What `returned` came to before, by its arguments. */
  private readonly memo: number[] = [];
  /** Numbers for lists of arguments: one for each list and its next element. */
  private readonly lists: Numbering[] = [];

  constructor(specification: Specification<unknown>) {
    this.specification = specification;
  }

  /** The set before any call: the initial state, nothing early. */
  start(initial: unknown, threads: number): number {
    return this.setOf([{ state: this.stateOf(initial), early: new Array<number>(threads).fill(-1) }]);
  }

  /** A number for the set that is the same in every run. */
  hash(set: number): number {
    return this.sets.hashes[set];
  }

  /** The set as text: equal for equal sets only. */
  text(set: number): string {
    return this.sets.texts[set];
  }

  /** What the set holds, for people. */
  describe(set: number): string {
    return this.members[set].map(({ state }) => this.states.texts[state]).join(' or ');
  }

  /**
   * The set after `thread`'s call returned `result`; −1 when no linearization explains it.
   *
   * @param pending by thread: the call in progress, with a number that identifies it, or null
   */
  returned(set: number, thread: number, result: unknown, pending: readonly (PendingCall | null)[]): number {
    const wanted = this.resultOf(result);
    let key = this.listed(1, this.listed(0, set, thread), wanted);
    for (let i = 0; i < pending.length; i++) key = this.listed(i + 2, key, pending[i]?.id ?? -1);
    const known = this.memo[key];
    if (known !== undefined) return known;
    const kept: Linearization[] = [];
    for (const member of this.members[set]) this.explain(member, thread, wanted, pending, kept);
    const next = kept.length === 0 ? -1 : this.setOf(kept);
    this.memo[key] = next;
    return next;
  }

  private listed(length: number, list: number, next: number): number {
    this.lists[length] ??= new Numbering();
    return this.lists[length].of((Math.imul(next, 0x9e3779b1) + list) | 0, next);
  }

  private resultOf(result: unknown): number {
    const known = this.plainResults.get(result);
    if (known !== undefined) return known;
    const id = this.results.id(textOf(result));
    if (typeof result !== 'object' || result === null) this.plainResults.set(result, id);
    return id;
  }

  private explain(
    member: Linearization,
    thread: number,
    wanted: number,
    pending: readonly (PendingCall | null)[],
    kept: Linearization[],
  ): void {
    const early = member.early[thread];
    if (early !== -1) {
      if (early === wanted) kept.push({ ...member, early: replaced(member.early, thread, -1) });
      return;
    }
    for (let other = 0; other < pending.length; other++) {
      const call = pending[other];
      if (call === null || member.early[other] !== -1) continue;
      for (const outcome of this.apply(member.state, call)) {
        const result = this.results.id(textOf(outcome.result));
        if (other !== thread) {
          const after = this.after(member, outcome, replaced(member.early, other, result));
          this.explain(after, thread, wanted, pending, kept);
        } else if (result === wanted) {
          kept.push(this.after(member, outcome, member.early));
        }
      }
    }
  }

  /** What a linearization becomes when a call takes effect. */
  protected after(_member: Linearization, outcome: Outcome<unknown>, early: readonly number[]): Linearization {
    return { state: this.stateOf(outcome.state), early };
  }

  protected readonly byText = (a: number, b: number): number => (this.states.texts[a] < this.states.texts[b] ? -1 : 1);

  protected valueOf(state: number): unknown {
    return this.values[state];
  }

  protected apply(state: number, call: Call): readonly Outcome<unknown>[] {
    const outcome = asked(`the specification's apply, for '${call.name}',`, () =>
      this.specification.apply(this.values[state], call),
    );
    const outcomes = (Array.isArray(outcome) ? outcome : [outcome]) as readonly Outcome<unknown>[];
    for (const each of outcomes) {
      if (typeof each !== 'object' || each === null || !('state' in each)) throw noOutcome(call, each);
    }
    return outcomes;
  }

  protected stateOf(value: unknown): number {
    const id = this.states.id(textOf(value));
    if (id === this.values.length) this.values[id] = frozen(value);
    return id;
  }

  protected setOf(list: readonly Linearization[]): number {
    const texts = new Map<string, Linearization>();
    for (const member of list) {
      const early = member.early.map((result) => (result < 0 ? '' : this.results.texts[result]));
      const past = (member.past ?? []).map((state) => ` < ${this.states.texts[state]}`).join('');
      texts.set(`${this.states.texts[member.state]} ${JSON.stringify(early)}${past}`, member);
    }
    const keys = [...texts.keys()].sort();
    const id = this.sets.id(keys.join('\n'));
    this.members[id] ??= [...texts.values()];
    return id;
  }
}

/** A call in progress. */
export interface PendingCall extends Call {
  /** Same number, same call. */
  id: number;
}

function noOutcome({ name }: Call, given: unknown): ModelError {
  return new ModelError(
    'RIGHTLINK_MODEL_SPECIFICATION',
    `the specification's apply gave ${shown(given)} for '${name}'; it gives { state, result }, or a list of such`,
  );
}

/** Keeps a state as it is: a specification that changes one in place gets an exception. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

function replaced(list: readonly number[], index: number, value: number): number[] {
  const copy = list.slice();
  copy[index] = value;
  return copy;
}
