import { problemOf } from '../errors.ts';
import type { Problem } from '../machine.ts';
import type { CheckedMemory } from '../program/checked-memory.ts';
import {
  type CrashMutant,
  type CrashOperation,
  type CrashProgram,
  type CrashThread,
  DEFAULT_UNIT_BYTES,
} from './crash-program.ts';
import { DiskState } from './disk-state.ts';
import { Execution, type Surroundings } from './execution.ts';
import { Histories, Texts } from './history.ts';

/** Where a thread stands, on which disk. The numbers are interned. */
export interface Place {
  thread: number;
  /** Index of its operation. */
  operation: number;
  history: number;
  disk: number;
}

/** What a run of a thread's code, up to its next visible action, came to. */
export interface Run {
  ended: { result: unknown } | null;
  problem: Problem | null;
  disk: number;
  history: number;
  /** In how many ways its one choice could have gone. */
  ways: number;
  failures: number;
  shortWrites: number;
}

/** Runs the code of a crash program's threads, and keeps the numbers of disks and histories. */
export class Runner {
  readonly histories = new Histories();
  readonly disks = new Texts();
  readonly execution: Execution;
  private readonly program: CrashProgram;
  private readonly threads: readonly CrashThread<unknown>[];
  private readonly mutant: CrashMutant;
  private readonly states: DiskState[] = [];
  private readonly runs = new Map<string, Run>();

  constructor(program: CrashProgram, mutant: CrashMutant) {
    this.program = program;
    this.mutant = mutant;
    this.threads = program.threads as unknown as readonly CrashThread<unknown>[];
    const unitBytes = program.disk?.unitBytes ?? DEFAULT_UNIT_BYTES;
    this.execution = new Execution({ unitBytes, inOrder: program.disk?.names === 'in order' });
  }

  /** The disk as it is at the start. */
  format(): number {
    const { execution, program } = this;
    const around: Surroundings = { life: 0, others: false, crashes: false, failures: 0, shortWrites: 0 };
    execution.prepare([], 0, around, null, 'format');
    execution.calls.state = DiskState.empty;
    execution.run(() => program.format?.(execution.disk));
    return this.numberOf(execution.calls.state.settled());
  }

  diskAt(number: number): DiskState {
    return this.states[number];
  }

  numberOf(state: DiskState): number {
    const number = this.disks.id(state.text);
    this.states[number] ??= state;
    return number;
  }

  /** The operation of a thread, or what a mutant has in its place. */
  operationAt(thread: number, index: number): CrashOperation<unknown> {
    const operation = this.threads[thread].operations[index];
    return (this.mutant.replace?.get(operation) as CrashOperation<unknown> | undefined) ?? operation;
  }

  /** As `run`, where there is no shared memory: what it comes to depends on little, and is known when the same was run before. */
  runOrRecall(place: Place, answer: number, around: Surroundings): Run {
    const key = `${Object.values(place).join()} ${answer} ${Object.values(around).join()}`;
    const known = this.runs.get(key);
    if (known !== undefined) return known;
    const run = this.run(place, answer, around, null);
    this.runs.set(key, run);
    return run;
  }

  /** Runs a thread's code from its history on, up to its next visible action. */
  run(place: Place, answer: number, around: Surroundings, memory: CheckedMemory | null): Run {
    const { execution, histories } = this;
    const { thread, operation, history } = place;
    const { name, local } = this.threads[thread];
    execution.calls.state = this.states[place.disk];
    const where = local === undefined ? `${name} ${operation}` : name;
    execution.prepare(histories.entries(history), answer, around, memory, where);
    let ended: { result: unknown } | null = null;
    let problem: Problem | null = null;
    try {
      ended = execution.run(() => this.runOperations(thread, operation));
      if (execution.asleep) ended = null; // whatever comes behind a wait, comes when it is over
    } catch (error) {
      problem = problemOf(error, name);
    }
    const { diskState, happened, ways, failures, shortWrites } = execution;
    const disk = diskState === this.states[place.disk] ? place.disk : this.numberOf(diskState);
    return { ended, problem, disk, history: histories.extended(history, happened), ways, failures, shortWrites };
  }

  /** Runs again what the thread has done in this life, where its operations share something, then its current operation. */
  private runOperations(thread: number, current: number): unknown {
    const { local } = this.threads[thread];
    const { mutant, execution } = this;
    const host = mutant.disk === undefined ? execution : execution.withDisk(mutant.disk(execution.disk));
    const shared = local?.();
    if (local !== undefined) {
      for (let i = 0; i < current; i++) this.operationAt(thread, i).run(host, shared);
    }
    return this.operationAt(thread, current).run(host, shared);
  }
}
