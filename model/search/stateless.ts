import type { Problem } from '../machine.ts';
import type { Effect } from '../program/effect.ts';
import type { ProgramMachine } from '../program/machine.ts';
import { NONE, TracedProgram } from '../program/traced.ts';
import { Execution } from './execution.ts';
import { RaceClocks } from './race-clocks.ts';
import type { Finding, Search, SearchLimits, Way } from './search.ts';
import { lowest, NOBODY, type Sleeper, setOf, stillAsleep } from './sleepers.ts';

/** A state on the current execution, and what is still to be tried there. Threads are sets of bits. */
interface Point {
  low: number;
  high: number;
  /** Threads that have a move. */
  enabled: number;
  /** Threads that must go first here, in some order. */
  backtrack: number;
  /** Those of them that were tried. */
  tried: number;
  sleeping: readonly Sleeper[];
  asleep: number;
  /** The thread whose moves are being tried; −1: none. */
  thread: number;
  /** Its next move, or {@link NONE}. */
  move: number;
  /** What those made so far touched. */
  touched: Effect[];
  /** Whether an execution from here came back to this state, or one before it. */
  cyclic: boolean;
}

/**
 * Dynamic partial-order reduction without stored states: source sets with sleep sets (P. Abdulla, S. Aronis, B. Jonsson,
 * K. Sagonas, Optimal dynamic partial order reduction, POPL 2014, algorithm 1).
 *
 * It runs one execution of every Mazurkiewicz class: of all orders of moves that touch nothing in common, one. It shares no
 * code with the stateful searches but the machine, and so checks them. All ends of executions, deadlocks, data races and
 * violations of single steps are found; invariants are looked at only in the states that it meets.
 *
 * What is not in the paper:
 *
 * - **Several moves of a thread** (choices, a timeout, a death) are tried one after the other wherever the thread goes first.
 * - **Deaths.** To other threads, a death is one more thing that its thread may do; it touches nothing but the queue it
 *   sleeps in, and the thread that starts when it is dead comes after it. That it uses up one of the deaths allowed makes
 *   it no more dependent: an execution in which another thread dies instead is one in which this one steps on, and that is
 *   tried at the same point. The exception is a thread that can do nothing but die (it sleeps): it goes first only where
 *   all others are like it, and there all of them are tried.
 * - **A move that is a violation** ends the execution for all threads: all others are tried before it as well.
 * - **Endless executions.** Where an execution comes back to a state that it was in, it is given up: all that can follow
 *   can follow from there the first time. At the states of the circle the search may not rely on what follows later in
 *   this execution, so all threads are tried there, and what was tried in such a state lets nobody sleep afterwards (sleep
 *   sets rely on a search that is complete, and this one is so only when the first of the states on the circle is done).
 */
export class StatelessSearch implements Search {
  states = 0;
  transitions = 0;
  depth = 0;
  finished = false;
  bound: string | null = null;
  /** Executions run to their end, one of each class. */
  executions = 0;
  /** Executions given up, as they turned out to belong to classes already tried. */
  blocked = 0;
  /** Executions given up as they came back to a state that they were in. */
  circles = 0;
  readonly violations: Finding[] = [];
  readonly goals = new Map<number, Way>();
  readonly queued = 0;
  readonly visitedBytes = 0;
  /** Fingerprints of the states in which executions ended. */
  readonly ends = new Set<string>();

  private readonly machine: ProgramMachine;
  private readonly program: TracedProgram;
  private readonly limits: SearchLimits;
  private readonly execution: Execution;
  private readonly clocks: RaceClocks;
  private readonly points: Point[] = [];
  private started = false;

  constructor(machine: ProgramMachine, limits: SearchLimits) {
    this.machine = machine;
    this.limits = limits;
    this.program = new TracedProgram(machine);
    this.execution = new Execution(this.program.threads);
    this.clocks = new RaceClocks(this.program.threads);
  }

  run(states: number): void {
    const goal = this.states + states;
    if (!this.started) {
      this.started = true;
      this.machine.enter();
      this.arrive(NOBODY);
    }
    while (!this.finished && this.states < goal) {
      const point = this.points.at(-1);
      if (point === undefined) {
        this.finished = true;
      } else if (point.move === NONE && !this.chooseThread(point)) {
        this.points.pop();
        this.takeBack();
      } else {
        this.step(point);
      }
    }
  }

  private takeBack(): void {
    const event = this.execution.events.at(-1);
    if (event === undefined) return;
    this.execution.pop();
    this.clocks.pop();
    this.program.undo(event.thread);
  }

  /** Picks the thread to try next at a point; false: all that must be tried was. */
  private chooseThread(point: Point): boolean {
    if (point.thread >= 0 && !point.cyclic) {
      point.sleeping = [...point.sleeping, { thread: point.thread, would: point.touched }];
      point.asleep |= 1 << point.thread;
    }
    const left = point.backtrack & ~point.tried & ~point.asleep;
    if (left === 0) return false;
    point.thread = lowest(left);
    point.tried |= 1 << point.thread;
    point.move = this.program.firstMove(point.thread);
    point.touched = [];
    return true;
  }

  private step(point: Point): void {
    const { move } = point;
    const effect = this.program.apply(move);
    point.move = this.program.following;
    this.transitions += 1;
    point.touched.push(effect);
    const races = this.execution.push(effect, move, (index) => this.points[index].enabled);
    for (const index of races) this.addBacktrack(index);
    const racing = this.clocks.push(effect);
    const { problem } = this.program;
    if (problem !== null) this.report(problem);
    else if (racing >= 0) this.reportRace(racing, effect.thread);
    if (problem !== null || racing >= 0) {
      point.backtrack = point.enabled;
      this.takeBack();
      return;
    }
    this.arrive(stillAsleep(point.sleeping, effect));
  }

  /** For an earlier event that races with the last one: before it, a thread that can reverse the race must go first. */
  private addBacktrack(index: number): void {
    const point = this.points[index];
    const initials = this.execution.initialsWithout(index);
    if ((initials & (point.backtrack | point.asleep)) !== 0) return;
    const possible = initials & point.enabled;
    if (possible !== 0) point.backtrack |= 1 << lowest(possible);
  }

  /** The machine is in a state: judges it, and notes what can be done here, or gives the execution up. */
  private arrive(sleeping: readonly Sleeper[]): void {
    const length = this.execution.events.length;
    this.states += 1;
    if (length + 1 > this.depth) this.depth = length + 1;
    this.judge();
    if (this.states >= this.limits.maxStates && !this.finished) this.stop(`${this.limits.maxStates} states`);
    if (!this.cutsCircle() && this.addPoint(sleeping)) return;
    this.takeBack();
  }

  /** Notes what can be done here; false: there is nothing to be done. */
  private addPoint(sleeping: readonly Sleeper[]): boolean {
    const { machine, program } = this;
    let enabled = 0;
    let onlyDie = 0;
    for (let thread = 0; thread < program.threads; thread++) {
      const move = program.firstMove(thread);
      if (move === NONE) continue;
      enabled |= 1 << thread;
      if (program.isDeath(move)) onlyDie |= 1 << thread;
    }
    const asleep = setOf(sleeping);
    const awake = enabled & ~asleep;
    if (enabled === 0) this.end();
    else if (awake === 0) this.blocked += 1;
    else if (this.execution.events.length >= this.limits.maxDepth) this.bound = `depth ${this.limits.maxDepth}`;
    else {
      const first = (awake & ~onlyDie) === 0 ? enabled : 1 << lowest(awake & ~onlyDie);
      const { low, high } = machine;
      const state = { low, high, enabled, backtrack: first, tried: 0, sleeping, asleep };
      this.points.push({ ...state, thread: -1, move: NONE, touched: [], cyclic: false });
      return true;
    }
    return false;
  }

  private judge(): void {
    const { machine } = this;
    const problem = machine.judge();
    if (problem !== null) this.report(problem);
    for (let i = 0; i < machine.goals.length; i++) {
      if (!this.goals.has(i) && machine.reached(i)) this.goals.set(i, this.way());
    }
  }

  /** Gives the execution up if it was in this state before. */
  private cutsCircle(): boolean {
    const { points } = this;
    const { low, high } = this.machine;
    let first = points.length - 1;
    while (first >= 0 && (points[first].low !== low || points[first].high !== high)) first -= 1;
    if (first < 0) return false;
    for (let i = first; i < points.length; i++) {
      points[i].cyclic = true;
      points[i].backtrack = points[i].enabled;
    }
    this.circles += 1;
    return true;
  }

  private end(): void {
    this.executions += 1;
    this.ends.add(`${this.machine.low} ${this.machine.high}`);
    const problem = this.machine.judgeEnd();
    if (problem !== null) this.report(problem);
  }

  private stop(bound: string): void {
    this.bound = bound;
    this.finished = true;
  }

  private reportRace(first: number, second: number): void {
    const { actors } = this.machine;
    const message = `${actors[second]} accesses what ${actors[first]} accessed, one of them plainly, one of them writing, and nothing orders the two`;
    this.report({ kind: 'data race', name: 'data race', message });
  }

  private report(problem: Problem): void {
    if (this.violations.some(({ problem: known }) => known.kind === problem.kind && known.name === problem.name))
      return;
    this.violations.push({ problem, way: this.way() });
    if (!this.limits.goOn) this.stop('the first violation');
  }

  private way(): Way {
    return { initial: 0, moves: this.execution.moves() };
  }
}
