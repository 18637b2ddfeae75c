import { ModelError } from '../errors.ts';
import type { Problem } from '../machine.ts';
import type { Memory } from '../memory.ts';
import type { Program, ProgramInvariant, ProgramState, ThreadView } from '../program.ts';
import type { CheckedMemory } from './checked-memory.ts';
import { Verdicts } from './verdicts.ts';

/** Lets code of the specification look at a program's state without leaving a mark in it. */
export class Observer {
  readonly view: ProgramState;
  private readonly memory: CheckedMemory;
  private readonly invariants: readonly Invariant[];
  /** Whether the code that looks has asked for the threads. */
  private askedForThreads = false;

  constructor(memory: CheckedMemory, threads: readonly ThreadView[], program: Program) {
    const asked = (): void => {
      this.askedForThreads = true;
    };
    this.memory = memory;
    this.view = {
      get threads() {
        asked();
        return threads;
      },
    };
    const named = Object.entries(program.invariants ?? {});
    this.invariants = named.map(([name, test]) => ({ name, test, verdicts: new Verdicts() }));
  }

  /**
   * The first invariant that does not hold.
   *
   * Many states differ in registers only, so an invariant is not asked again about a memory for which it held without
   * looking at the threads, or at words that are not hashed. That is sound because it is a function of memory and threads: as long as
   * all that it has seen is the same, it does the same, so it does not come to ask for anything else. Memory is compared
   * by its hash of 64 bits, block states included.
   */
  judgeInvariants(): Problem | null {
    const { low, high } = this.memory;
    for (const { name, test, verdicts } of this.invariants) {
      if (verdicts.has(low, high)) continue;
      this.askedForThreads = false;
      this.memory.sawIgnored = false;
      const verdict = this.verdictOf(test);
      if (verdict !== true) return problemOf('invariant', name, verdict);
      if (!this.askedForThreads && !this.memory.sawIgnored) verdicts.add(low, high);
    }
    return null;
  }

  /** The first final condition that does not hold. */
  judgeFinally(conditions: Readonly<Record<string, ProgramInvariant>> = {}): Problem | null {
    for (const name in conditions) {
      const verdict = this.verdictOf(conditions[name]);
      if (verdict !== true) return problemOf('final', name, verdict);
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

interface Invariant {
  name: string;
  test: ProgramInvariant;
  verdicts: Verdicts;
}

function problemOf(kind: 'invariant' | 'final', name: string, verdict: boolean | string): Problem {
  return { kind, name, message: typeof verdict === 'string' ? `${name}: ${verdict}` : name };
}
