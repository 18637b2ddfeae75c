import type { Call, Outcome } from '../program.ts';
import { type Linearization, Linearizer, type PendingCall } from './linearizability.ts';

/** What a call may do to the specification's state, and what it says of earlier ones. */
export interface DurableOutcome<S> extends Outcome<S> {
  /**
   * Buffered only. True: everything that took effect before this call survives crashes from now on. A function: of the states
   * before it that a crash may still lead back to, which ones remain; what they lack may still be lost.
   */
  durable?: boolean | ((earlier: S) => boolean);
}

/**
 * A sequential specification of what survives crashes (Izraelevitz, Mendes, Scott: Linearizability of persistent memory objects
 * under a full-system-crash failure model, DISC 2016).
 */
export interface DurableSpecification<S> {
  /**
   * `strict`: what returned before a crash is there after it. `buffered`: after a crash there is the effect of a prefix
   * of the operations in the order in which they took effect, and of all that was made durable. In both, an operation that
   * the crash interrupted has taken effect or never will.
   */
  durability: 'strict' | 'buffered';
  initial: S;
  /** The effect of the call, or all that it may have. What was recovered is seen by operations that return it. */
  apply(state: S, call: Call): DurableOutcome<S> | readonly DurableOutcome<S>[];
}

/**
 * Durable linearizability on the fly: the linearizations of `Linearizer`, each with the states to which a crash may lead back. A crash
 * is the moment by which interrupted calls have taken effect or never will; then it picks one of those states.
 */
export class DurableLinearizer extends Linearizer {
  private readonly buffered: boolean;

  constructor(specification: DurableSpecification<unknown>) {
    super({ initial: specification.initial, apply: specification.apply });
    this.buffered = specification.durability === 'buffered';
  }

  /** The set after a crash that interrupted these calls. */
  crashed(set: number, pending: readonly (PendingCall | null)[]): number {
    const after = new Map<number, Linearization>();
    for (const member of this.members[set]) {
      for (const last of this.completions(member, pending)) {
        for (const state of [last.state, ...(last.past ?? [])]) {
          after.set(state, { state, early: last.early.map(() => -1) });
        }
      }
    }
    return this.setOf([...after.values()]);
  }

  protected override after(
    member: Linearization,
    outcome: DurableOutcome<unknown>,
    early: readonly number[],
  ): Linearization {
    const state = this.stateOf(outcome.state);
    if (!this.buffered) return { state, early };
    const { durable } = outcome;
    if (durable === true) return { state, early };
    let past = [...new Set([...(member.past ?? []), member.state])];
    if (typeof durable === 'function') past = past.filter((each) => durable(this.valueOf(each)));
    return { state, early, past: past.filter((each) => each !== state).sort(this.byText) };
  }

  /** The member, and what it becomes when calls in progress take effect, in every number and order. */
  private completions(member: Linearization, pending: readonly (PendingCall | null)[]): Linearization[] {
    const all = [member];
    for (const [thread, call] of pending.entries()) {
      if (call === null || member.early[thread] !== -1) continue;
      for (const outcome of this.apply(member.state, call)) {
        const early = member.early.map((result, i) => (i === thread ? TAKEN : result));
        all.push(...this.completions(this.after(member, outcome, early), pending));
      }
    }
    return all;
  }
}

/** The result of a call that nobody will ever see. */
const TAKEN = -2;
