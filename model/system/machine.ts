import { asked, ModelError, Violation } from '../errors.ts';
import { mixHigh, mixLow } from '../hash.ts';
import { type Coverage, type Machine, type Moves, type Problem, widened } from '../machine.ts';
import { shown } from '../shape.ts';
import type { Action, State, TransitionSystem } from '../system.ts';
import type { Told } from '../trace/trace.ts';
import { audit, auditState, watched } from './audit.ts';
import { CHOICES } from './move.ts';
import { StateSamples } from './samples.ts';
import { accessesOf } from './watch.ts';

interface FlatAction {
  actor: number;
  action: Action;
}

type Expander = (state: State, low: number, high: number, moves: Moves, machine: SystemMachine) => void;

/** A transition system as a search sees it. */
export class SystemMachine implements Machine {
  readonly name: string;
  readonly actors: readonly string[];
  readonly goals: readonly string[];
  low = 0;
  high = 0;

  private readonly system: TransitionSystem;
  private readonly auditsEvery: boolean;
  private readonly samples = new StateSamples();
  /** States to leave out before the next sample. */
  private untilSample = 0;
  private readonly actions: FlatAction[] = [];
  private readonly initials: Int32Array[];
  private readonly words: number;
  private readonly state: State;
  private readonly spare: State;
  private readonly expanders: readonly Expander[];
  private readonly invariants: readonly [string, (state: State) => boolean | string][];
  private readonly goalTests: readonly ((state: State) => boolean)[];
  private readonly representative: ((state: State) => void) | null;
  /** What each word adds to the fingerprint. */
  private readonly partLow: Int32Array;
  private readonly partHigh: Int32Array;
  private saved: Int32Array;
  private depth = 0;
  readonly taken: Uint8Array;

  /** @param auditsEvery check in every state that actions keep to the vector: slow */
  constructor(system: TransitionSystem, symmetry: boolean, auditsEvery = false) {
    this.auditsEvery = auditsEvery;
    this.system = system;
    this.name = system.name;
    this.actors = system.actors.map((actor) => actor.name);
    this.state = new Int32Array(system.words);
    this.spare = new Int32Array(system.words);
    this.words = system.words;
    this.partLow = new Int32Array(system.words);
    this.partHigh = new Int32Array(system.words);
    this.saved = new Int32Array((system.words + 2) * 64);
    this.representative = symmetry ? (system.representative ?? null) : null;
    for (const [actor, { actions }] of system.actors.entries()) {
      for (const action of actions) this.actions.push({ actor, action });
    }
    this.taken = new Uint8Array(this.actions.length);
    this.invariants = Object.entries(system.invariants ?? {});
    this.goals = Object.keys(system.goals ?? {});
    this.goalTests = Object.values(system.goals ?? {});
    this.initials = initialStates(system);
    this.expanders = compile(this.actions, system.words, this.representative !== null, this.partLow, this.partHigh);
  }

  get initialStates(): number {
    return this.initials.length;
  }

  enter(initial: number): void {
    this.state.set(this.initials[initial]);
    this.depth = 0;
    this.rehash(this.state);
  }

  expand(moves: Moves): void {
    moves.clear();
    try {
      for (const expander of this.expanders) expander(this.state, this.low, this.high, moves, this);
    } catch (error) {
      if (error instanceof ModelError) throw error;
      moves.problems.push({ move: -1, problem: exception('a guard, or what gives the choices,', error) });
    }
  }

  apply(move: number): void {
    const { state, words } = this;
    const at = this.depth * (words + 2);
    if (at + words + 2 > this.saved.length) this.saved = widened(this.saved);
    const { saved } = this;
    for (let i = 0; i < words; i++) saved[at + i] = state[i];
    saved[at + words] = this.low;
    saved[at + words + 1] = this.high;
    this.depth += 1;
    try {
      this.actions[Math.floor(move / CHOICES)].action.effect(state, move % CHOICES);
    } catch (error) {
      // Told when the move was listed: here it goes as far as it gets.
      if (error instanceof ModelError) throw error;
    }
    if (this.representative !== null) {
      this.rehash(state);
      return;
    }
    const { partLow, partHigh } = this;
    let { low, high } = this;
    for (let i = 0; i < words; i++) {
      const after = state[i];
      if (saved[at + i] === after) continue;
      const newLow = mixLow(i, after);
      const newHigh = mixHigh(i, after);
      low = (low + newLow - partLow[i]) | 0;
      high = (high + newHigh - partHigh[i]) | 0;
      partLow[i] = newLow;
      partHigh[i] = newHigh;
    }
    this.low = low;
    this.high = high;
  }

  undo(): void {
    const { state, words, saved, partLow, partHigh } = this;
    this.depth -= 1;
    const at = this.depth * (words + 2);
    for (let i = 0; i < words; i++) {
      const before = saved[at + i];
      if (state[i] === before) continue;
      state[i] = before;
      partLow[i] = mixLow(i, before);
      partHigh[i] = mixHigh(i, before);
    }
    this.low = saved[at + words];
    this.high = saved[at + words + 1];
  }

  judge(): Problem | null {
    if (this.auditsEvery) auditState(this.system, this.state, true);
    else if (this.untilSample === 0) this.untilSample = this.samples.take(this.state);
    else this.untilSample -= 1;
    for (const [name, holds] of this.invariants) {
      const verdict = verdictOf(holds, this.state);
      if (verdict !== true) return { kind: 'invariant', name, message: typeof verdict === 'string' ? verdict : name };
    }
    return null;
  }

  judgeEnd(): Problem | null {
    if (this.system.deadlock !== true) return null;
    if (asked('finished', () => this.system.finished?.(this.state)) === true) return null;
    return { kind: 'deadlock', name: 'deadlock', message: 'no actor can do anything' };
  }

  reached(goal: number): boolean {
    return asked(`goal '${this.goals[goal]}'`, () => this.goalTests[goal](this.state));
  }

  tell(move: number): Told {
    const { actor, action } = this.actions[Math.floor(move / CHOICES)];
    const choice = move % CHOICES;
    const accesses = accessesOf(action, choice, this.state, this.system.names);
    this.apply(move);
    const label = action.choices === undefined ? action.name : `${action.name} (choice ${choice})`;
    return {
      actor,
      label,
      accesses,
      notes: [],
      status: this.canGoOn(actor) ? 'ready' : 'blocked',
      state: this.picture(),
    };
  }

  picture(): string {
    return asked('show', () => this.system.show?.(this.state.slice())) ?? `[${this.state.join(', ')}]`;
  }

  actorOf(move: number): number {
    return this.actions[Math.floor(move / CHOICES)]?.actor ?? -1;
  }

  coverage(): Coverage {
    const name = ({ actor, action }: FlatAction): string => `${this.actors[actor]}: ${action.name}`;
    return {
      ran: this.actions.filter((_, index) => this.taken[index] !== 0).map(name),
      neverRun: this.actions.filter((_, index) => this.taken[index] === 0).map(name),
    };
  }

  marks(): number[] {
    return [...this.taken];
  }

  restoreMarks(marks: readonly number[]): void {
    this.taken.set(marks);
  }

  exact(): string {
    if (this.representative === null) return this.state.join();
    this.spare.set(this.state);
    this.representative(this.spare);
    return this.spare.join();
  }

  private canGoOn(actor: number): boolean {
    return this.system.actors[actor].actions.some(({ guard, choices = 1 }) => {
      if (guard?.(this.state) === false) return false;
      return (typeof choices === 'number' ? choices : choices(this.state)) > 0;
    });
  }

  /** Rejects a system that reads or writes outside of its vector. */
  audit(thorough: boolean): void {
    if (!this.auditsEvery) audit(this.system, this.initials, this.samples.states, thorough);
  }

  /** For compiled expanders: the fingerprint of the representative of the state. */
  rehash(state: State): void {
    let subject = state;
    if (this.representative !== null) {
      subject = this.spare;
      subject.set(state);
      this.representative(subject);
    }
    const { partLow, partHigh } = this;
    let low = 0;
    let high = 0;
    for (let i = 0; i < subject.length; i++) {
      partLow[i] = mixLow(i, subject[i]);
      partHigh[i] = mixHigh(i, subject[i]);
      low = (low + partLow[i]) | 0;
      high = (high + partHigh[i]) | 0;
    }
    this.low = low;
    this.high = high;
  }
}

function initialStates({ name, words, initial }: TransitionSystem): Int32Array[] {
  const reject = (what: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_SYSTEM', `transition system '${name}': initial ${what}`);
  };
  const state = new Int32Array(words);
  const given: unknown = asked(`initial of '${name}'`, () => initial?.(watched(state, `${name}: initial`)));
  if (given === undefined) return [state];
  if (typeof (given as Iterable<unknown> | null)?.[Symbol.iterator] !== 'function')
    reject(`gives ${shown(given)}: it changes the state in place, or gives a list of states`);
  const states: Int32Array[] = [];
  for (const each of given as Iterable<ArrayLike<number>>) {
    const numbers = Array.from(each ?? []);
    if (numbers.length !== words) reject(`must give at least one state of ${words} words`);
    const wrong = numbers.findIndex((value) => (value | 0) !== value);
    if (wrong >= 0) reject(`gives ${shown(numbers[wrong])}, no 32-bit integer, as word ${wrong}`);
    states.push(Int32Array.from(numbers));
  }
  if (states.length === 0) reject(`must give at least one state of ${words} words`);
  return states;
}

/** Actions compiled into one function; more of them would be too large for V8 to optimise. */
const ACTIONS_PER_FUNCTION = 12;
/** Longer vectors are compared in a loop instead of in a local variable per word. */
const UNROLLED_WORDS = 24;

/**
 * Compiles the actions into functions that try one after the other: every guard and effect gets a call site of its own,
 * which V8 can inline, and only words that changed are hashed anew, and put back.
 */
function compile(
  actions: readonly FlatAction[],
  words: number,
  symmetric: boolean,
  partLow: Int32Array,
  partHigh: Int32Array,
): Expander[] {
  const expanders: Expander[] = [];
  for (let from = 0; from < actions.length; from += ACTIONS_PER_FUNCTION) {
    const some = actions.slice(from, from + ACTIONS_PER_FUNCTION);
    const parts = some.map(({ action }, i) => actionSource(action, i, from + i, words, symmetric));
    const source = `return (s, low, high, moves, machine) => { let l = 0, h = 0, n = 0; ${stateSource(words)} ${parts.join('\n')} };`;
    const names = some.flatMap((_, i) => [`guard${i}`, `effect${i}`, `choices${i}`]);
    const values = some.flatMap(({ action }) => [action.guard, action.effect, action.choices]);
    const build = new Function(
      'mixLow',
      'mixHigh',
      'fail',
      'countOf',
      'saved',
      'partLow',
      'partHigh',
      ...names,
      source,
    );
    expanders.push(
      build(mixLow, mixHigh, describeFailure, countOf, new Int32Array(words), partLow, partHigh, ...values) as Expander,
    );
  }
  return expanders;
}

function stateSource(words: number): string {
  if (words > UNROLLED_WORDS) return 'saved.set(s);';
  return Array.from({ length: words }, (_, i) => `const v${i} = s[${i}];`).join(' ');
}

function actionSource(action: Action, local: number, index: number, words: number, symmetric: boolean): string {
  const one = (i: string, value: string): string =>
    `if (s[${i}] !== ${value}) { l = (l + mixLow(${i}, s[${i}]) - partLow[${i}]) | 0; h = (h + mixHigh(${i}, s[${i}]) - partHigh[${i}]) | 0; s[${i}] = ${value}; }`;
  const incremental =
    words > UNROLLED_WORDS
      ? `for (let i = 0; i < ${words}; i++) ${one('i', 'saved[i]')}`
      : Array.from({ length: words }, (_, i) => one(String(i), `v${i}`)).join(' ');
  const restore =
    words > UNROLLED_WORDS ? 's.set(saved);' : Array.from({ length: words }, (_, i) => `s[${i}] = v${i};`).join(' ');
  const hashAndRestore = symmetric
    ? `machine.rehash(s); l = machine.low; h = machine.high; machine.low = low; machine.high = high; ${restore}`
    : `l = low; h = high; ${incremental}`;
  const take = (choice: string): string =>
    `machine.taken[${index}] = 1; try { effect${local}(s, ${choice}); } catch (e) { fail(e, moves, ${index * CHOICES} + ${choice}); } ${hashAndRestore} moves.push(${index * CHOICES} + ${choice}, l, h);`;
  const count = typeof action.choices === 'function' ? `countOf(choices${local}(s))` : String(action.choices ?? 1);
  const body = action.choices === undefined ? take('0') : `n = ${count}; for (let c = 0; c < n; c++) { ${take('c')} }`;
  return action.guard === undefined ? `{ ${body} }` : `if (guard${local}(s)) { ${body} }`;
}

function describeFailure(error: unknown, moves: Moves, move: number): void {
  if (error instanceof ModelError) throw error;
  moves.problems.push({ move, problem: exception('an effect', error) });
}

function exception(what: string, error: unknown): Problem {
  const kind = error instanceof Violation ? error.kind : 'exception';
  return { kind, name: kind, message: `${what} threw ${error}` };
}

/** An invariant that throws does not hold. */
function verdictOf(holds: (state: State) => boolean | string, state: State): boolean | string {
  try {
    return holds(state);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    return `the invariant threw ${error}`;
  }
}

function countOf(choices: number): number {
  if (choices >>> 0 === choices && choices <= CHOICES) return choices;
  throw new ModelError('RIGHTLINK_MODEL_SYSTEM', `choices gave ${shown(choices)}, no integer from 0 to ${CHOICES}`);
}
