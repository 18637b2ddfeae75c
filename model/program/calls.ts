import { Violation } from '../errors.ts';
import { Interner, textOf } from '../judge/intern.ts';
import { Linearizer, type PendingCall } from '../judge/linearizability.ts';
import type { Operation, Program, Thread } from '../program.ts';
import { ALTERNATIVE, CONTROL_WORDS, type Control, OPERATION, RESULTS } from './control.ts';

/** Follows the calls of a program: results for invariants, and linearizations of them for the specification. */
export class Calls {
  readonly keepsResults: boolean;
  readonly linearizer: Linearizer | null;
  private readonly lists = new Interner();
  private readonly values: (readonly unknown[])[] = [];
  private readonly calls: readonly (readonly (readonly PendingCall[])[])[];
  private readonly pending: (PendingCall | null)[];

  constructor(program: Program, threads: readonly Thread<object>[]) {
    const endless = threads.some(({ repeats }) => repeats === true);
    this.keepsResults = program.recordResults ?? (program.specification === undefined && !endless);
    this.linearizer = program.specification === undefined ? null : new Linearizer(program.specification);
    this.calls = threads.map(callsOf);
    this.pending = threads.map(() => null);
    this.values[this.lists.id('')] = [];
  }

  /** A control word as the same number in every run. */
  identity(control: Control, index: number, value: number): number {
    if (index === control.linearAt) return this.linearizer === null ? 0 : this.linearizer.hash(value);
    if (index < control.deathsAt && index % CONTROL_WORDS === RESULTS) return this.lists.hashes[value];
    return value;
  }

  /** The same as text. */
  text(control: Control, index: number, value: number): string {
    if (index === control.linearAt && this.linearizer !== null) return this.linearizer.text(value);
    if (index < control.deathsAt && index % CONTROL_WORDS === RESULTS) return this.lists.texts[value];
    return String(value);
  }

  resultsOf(control: Control, thread: number): readonly unknown[] {
    return this.values[control.get(thread, RESULTS)];
  }

  keep(control: Control, thread: number, result: unknown): void {
    const before = control.get(thread, RESULTS);
    const id = this.lists.id(`${this.lists.texts[before]}\n${textOf(result)}`);
    this.values[id] ??= [...this.values[before], result];
    control.put(thread, RESULTS, id);
  }

  /**
   * Takes a result into the linearizations.
   *
   * @param busy by thread: whether a call is in progress
   * @throws Violation when none is left
   */
  linearize(
    control: Control,
    thread: number,
    operation: Operation<object>,
    result: unknown,
    busy: (i: number) => boolean,
  ): void {
    if (this.linearizer === null) return;
    for (let i = 0; i < this.pending.length; i++) {
      const inProgress = i === thread || busy(i);
      this.pending[i] = inProgress
        ? (this.calls[i][control.get(i, OPERATION)]?.[control.get(i, ALTERNATIVE)] ?? null)
        : null;
    }
    const before = control.words[control.linearAt];
    const next = this.linearizer.returned(before, thread, result, this.pending);
    if (next < 0) {
      throw new Violation(
        'linearizability',
        `${operation.name}${argumentsText(operation)} returned ${textOf(result)}, which no order of the operations explains; before it, the specification could be in: ${this.linearizer.describe(before)}`,
      );
    }
    control.set(control.linearAt, next);
  }
}

function callsOf(thread: Thread<object>, index: number): PendingCall[][] {
  return thread.operations.map((slot, position) => {
    const alternatives = (Array.isArray(slot) ? slot : [slot]) as readonly Operation<object>[];
    const calls: PendingCall[] = [];
    for (const [alternative, operation] of alternatives.entries()) {
      if (operation.internal === true) continue;
      const id = (index * 4096 + position) * 4096 + alternative;
      calls[alternative] = { id, name: operation.name, arguments: operation.arguments, thread: thread.name };
    }
    return calls;
  });
}

/** The operation at a place of a thread. */
export function operationAt(thread: Thread<object>, index: number, alternative: number): Operation<object> {
  const slot = thread.operations[index];
  return Array.isArray(slot) ? slot[alternative] : (slot as Operation<object>);
}

/** The end of an operation, for a trace. */
export function returned(operation: Operation<object>, result: unknown): { operation: string; result?: string } {
  const call = `${operation.name}${argumentsText(operation)}`;
  return operation.end === undefined ? { operation: call } : { operation: call, result: textOf(result) };
}

/** An operation's arguments as text. */
export function argumentsText(operation: { arguments?: unknown }): string {
  return operation.arguments === undefined ? '' : `(${textOf(operation.arguments).replace(/^\[|\]$/g, '')})`;
}
