import type { Problem } from '../machine.ts';
import * as C from './control.ts';
import { accessesOf, type Effect, fillFootprint } from './effect.ts';
import type { ProgramMachine } from './machine.ts';
import {
  DEATH,
  DEATH_WITHIN,
  deathWithin,
  kindOf,
  moveOf,
  OUTCOMES,
  outcomeOf,
  STEP,
  TIMEOUT,
  writesOf,
} from './move.ts';
import { raceAmong } from './race.ts';

/** No move. */
export const NONE = -1;

/**
 * A program's machine for a search that schedules by thread: it does not list moves by trying them, but goes from one move
 * of a thread to the next, and says of each move made what it touched.
 */
export class TracedProgram {
  readonly machine: ProgramMachine;
  readonly threads: number;
  /** After `apply`: the thread's other move to try in the same state, or {@link NONE}. */
  following = NONE;
  /** By thread: the word it sleeps on or slept on last; −1: not since its last step. */
  private readonly slept: Int32Array;
  private readonly sleptBefore: number[] = [];
  private readonly statuses: Int32Array;
  /** By thread and operation: whether the specification knows it, so that its place in real time matters. */
  private readonly ordered: readonly (readonly boolean[])[];

  constructor(machine: ProgramMachine) {
    this.machine = machine;
    this.threads = machine.actors.length;
    this.slept = new Int32Array(this.threads).fill(-1);
    this.statuses = new Int32Array(this.threads);
    this.ordered = machine.threads.map(({ operations }) =>
      operations.map(
        (slot) => machine.calls.linearizer !== null && [slot].flat().some((each) => each.internal !== true),
      ),
    );
  }

  /** What was wrong with the last move. */
  get problem(): Problem | null {
    return this.machine.problem;
  }

  /** The first move of a thread here, or {@link NONE}: the thread is blocked, finished, dead or not there yet. */
  firstMove(thread: number): number {
    const { control, program } = this.machine;
    const status = control.get(thread, C.STATUS);
    if (status === C.READY) return moveOf(thread, STEP);
    if (status === C.ASLEEP_TIMED && program.timeouts !== 'never') return moveOf(thread, TIMEOUT);
    return this.machine.mayDie(thread, status) ? moveOf(thread, DEATH) : NONE;
  }

  /** Whether all that a move does is to let its thread die. */
  isDeath(move: number): boolean {
    return kindOf(move) === DEATH;
  }

  /** Makes a move, and tells what it touched. */
  apply(move: number): Effect {
    const { machine } = this;
    const { control, current, memory, floating } = machine;
    const thread = machine.actorOf(move);
    const kind = kindOf(move);
    const dies = kind === DEATH || kind === DEATH_WITHIN;
    const mayDie = !dies && machine.mayDie(thread, control.get(thread, C.STATUS));
    const operation = control.get(thread, C.OPERATION);
    const isIdle = current[thread] === null;
    for (let i = 0; i < this.threads; i++) this.statuses[i] = control.get(i, C.STATUS);
    if (kind === DEATH_WITHIN) this.following = this.afterDeathWithin(move);
    const footprint = floating.scratch();
    memory.footprint = footprint;
    machine.apply(move);
    const step = kind === STEP || kind === DEATH_WITHIN;
    if (kind === STEP) this.following = this.afterStep(move, mayDie);
    else if (kind !== DEATH_WITHIN) this.following = mayDie ? moveOf(thread, DEATH) : NONE;

    const before = this.slept[thread];
    this.sleptBefore.push(before);
    const queues = [footprint.queue, before].filter((address) => address >= 0);
    this.slept[thread] = footprint.queue >= 0 && control.isAsleep(thread) ? footprint.queue : -1;
    const matters = this.ordered[thread][operation] === true;
    return {
      thread,
      ...accessesOf(footprint, queues),
      begins: matters && step && isIdle,
      ends: matters && (control.get(thread, C.OPERATION) !== operation || machine.problem !== null),
      wakes: this.wokenThreads(thread),
      dies,
    };
  }

  /** After a step that was made: deaths within it, from the last to the first, then its other outcomes, then a death before it. */
  private afterStep(move: number, mayDie: boolean): number {
    const { machine } = this;
    const thread = machine.actorOf(move);
    const writes = mayDie && machine.diesWithinSteps ? machine.countedWrites() : 0;
    if (writes > 0) return deathWithin(thread, outcomeOf(move), writes - 1);
    return this.nextOutcome(thread, mayDie);
  }

  private nextOutcome(thread: number, mayDie: boolean): number {
    const outcome = this.machine.outcomes.next(OUTCOMES);
    if (outcome > 0) return moveOf(thread, STEP, outcome);
    return mayDie ? moveOf(thread, DEATH) : NONE;
  }

  /** The same after a death within a step that is about to be made: the step is made for this, and taken back. */
  private afterDeathWithin(move: number): number {
    const { machine } = this;
    const thread = machine.actorOf(move);
    const writes = writesOf(move);
    if (writes > 0) return deathWithin(thread, outcomeOf(move), writes - 1);
    machine.apply(moveOf(thread, STEP, outcomeOf(move)));
    const next = this.nextOutcome(thread, true);
    machine.undo();
    return next;
  }

  /** Takes back the last move, which was this thread's. */
  undo(thread: number): void {
    this.machine.undo();
    this.slept[thread] = this.sleptBefore.pop() ?? -1;
  }

  /** A data race in the current state, by what all threads that can move would do here. */
  race(would: readonly Effect[]): Problem | null {
    const { control, floating } = this.machine;
    floating.clear();
    for (const effect of would) fillFootprint(floating.next(effect.thread), effect);
    for (let thread = 0; thread < this.threads; thread++) {
      const blocked = control.get(thread, C.STATUS) !== C.READY;
      if (blocked && control.get(thread, C.FLOAT_TO) > 0) floating.next(thread);
    }
    return raceAmong(this.machine);
  }

  private wokenThreads(mover: number): number {
    const { control } = this.machine;
    let woken = 0;
    for (let i = 0; i < this.threads; i++) {
      const before = this.statuses[i];
      const waited = before === C.ASLEEP || before === C.ASLEEP_TIMED || before === C.UNBORN;
      if (i !== mover && waited && control.get(i, C.STATUS) === C.READY) woken |= 1 << i;
    }
    return woken;
  }
}
