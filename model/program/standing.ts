import type { Operation } from '../program.ts';
import { ASLEEP, ASLEEP_TIMED, DEAD, STATUS } from './control.ts';
import type { ProgramMachine } from './machine.ts';
import { DEATH, kindOf, threadOf } from './move.ts';

/** How the threads of a program stand, for properties of progress. */
export class Standing {
  private readonly machine: ProgramMachine;
  private readonly choosesWaitFree: boolean;

  constructor(machine: ProgramMachine) {
    this.machine = machine;
    const operations = machine.threads.flatMap((thread) => thread.operations.flat());
    this.choosesWaitFree = operations.some(({ waitFree }) => waitFree === true);
  }

  /** Whether a move counts for progress: a background thread's do not, nor does dying. */
  matters(move: number): boolean {
    return kindOf(move) < DEATH && this.counts(threadOf(move));
  }

  /** Whether the thread is alive and in the middle of an operation that counts for progress. */
  isInOperation(thread: number): boolean {
    const { control, current } = this.machine;
    return control.get(thread, STATUS) !== DEAD && current[thread] !== null && this.counts(thread);
  }

  /** Whether an operation of the thread ought to be wait-free: those that say so, or all, when none does. */
  isWaitFree(thread: number, operation: Operation<object>): boolean {
    if (this.choosesWaitFree) return operation.waitFree === true;
    return this.counts(thread) && operation.internal !== true;
  }

  /** Whether the thread sleeps, and will not wake by a timeout of its own. */
  sleepsForOthers(thread: number): boolean {
    const { control, program } = this.machine;
    const status = control.get(thread, STATUS);
    return status === ASLEEP || (status === ASLEEP_TIMED && program.timeouts === 'never');
  }

  /** What the program counts as progress besides operations that complete. */
  measure(): number {
    const { program, observer, memory } = this.machine;
    const { progress } = program;
    return progress === undefined ? 0 : observer.look(() => progress(memory));
  }

  /** Threads that count and could go on, as bits. */
  ready(): number {
    const { machine } = this;
    let bits = 0;
    for (let thread = 0; thread < machine.actors.length; thread++) {
      if (this.counts(thread) && machine.control.couldGoOn(thread)) bits |= 1 << thread;
    }
    return bits;
  }

  private counts(thread: number): boolean {
    return this.machine.threads[thread].background !== true;
  }
}
