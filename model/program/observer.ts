import { ModelError } from '../errors.ts';
import type { Problem } from '../machine.ts';
import type { Memory } from '../memory.ts';
import type { ProgramInvariant, ProgramState } from '../program.ts';
import type { CheckedMemory } from './checked-memory.ts';

/** Lets code of the specification look at a program's state without leaving a mark in it. */
export class Observer {
  readonly view: ProgramState;
  private readonly memory: CheckedMemory;

  constructor(memory: CheckedMemory, view: ProgramState) {
    this.memory = memory;
    this.view = view;
  }

  /** The first of the invariants that does not hold. */
  judge(
    invariants: Readonly<Record<string, ProgramInvariant>> | undefined,
    kind: 'invariant' | 'final',
  ): Problem | null {
    if (invariants === undefined) return null;
    for (const name in invariants) {
      const verdict = this.verdictOf(invariants[name]);
      if (verdict !== true) return { kind, name, message: typeof verdict === 'string' ? `${name}: ${verdict}` : name };
    }
    return null;
  }

  /** Whether a predicate holds. */
  holds(test: (memory: Memory, state: ProgramState) => boolean): boolean {
    return this.look(() => test(this.memory, this.view));
  }

  /** What a program calls its words here. */
  names(namesOf: ((memory: Memory) => ReadonlyMap<number, string>) | undefined): ReadonlyMap<number, string> {
    return namesOf === undefined ? new Map() : this.look(() => namesOf(this.memory));
  }

  /** Runs code that reads memory. */
  look<T>(code: () => T): T {
    const { memory } = this;
    const { footprint, recorded } = memory;
    memory.writable = false;
    memory.footprint = null;
    memory.recorded = null;
    try {
      return code();
    } finally {
      memory.atomics = 0;
      memory.writable = true;
      memory.footprint = footprint;
      memory.recorded = recorded;
    }
  }

  /** An invariant that throws does not hold: walking a broken structure ends like this. */
  private verdictOf(invariant: ProgramInvariant): boolean | string {
    try {
      return this.look(() => invariant(this.memory, this.view));
    } catch (error) {
      if (error instanceof ModelError) throw error;
      return `the invariant threw ${error}`;
    }
  }
}
