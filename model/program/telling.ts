import type { Access, StepStatus, Told } from '../trace/trace.ts';
import { STATUS_NAMES } from './control.ts';

/** What the parts of a program tell of a move while it runs. */
export class Telling {
  readonly accesses: Access[] = [];
  readonly labels: string[] = [];
  readonly notes: string[] = [];
  begins: string | null = null;
  returns: { operation: string; result?: string } | null = null;

  /** Answers choices, and tells how. */
  hearing(answer: (ways: number) => number): (ways: number) => number {
    return (ways) => {
      const chosen = answer(ways);
      this.notes.push(`choose(${ways}) gives ${chosen}`);
      return chosen;
    };
  }

  /** All of it, after the move. */
  told(actor: number, status: number, state: string): Told {
    const { accesses, labels, notes, begins, returns } = this;
    return {
      actor,
      ...(begins === null ? {} : { begins }),
      label: labels.join(', '),
      accesses,
      ...(returns === null ? {} : { returns }),
      notes,
      status: STATUS_NAMES[status] as StepStatus,
      state,
    };
  }
}
