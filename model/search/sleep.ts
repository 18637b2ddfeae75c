import type { Problem } from '../machine.ts';
import type { Effect } from '../program/effect.ts';
import type { ProgramMachine } from '../program/machine.ts';
import { NONE, TracedProgram } from '../program/traced.ts';
import { SleepTable } from '../visited/sleep-table.ts';
import type { Finding, Search, SearchLimits, Way } from './search.ts';
import { lowest, NOBODY, type Sleeper, setOf, stillAsleep } from './sleepers.ts';

/** A state on the current way. Threads are sets of bits. */
interface Level {
  sleeping: readonly Sleeper[];
  /** Threads whose moves are still to be made here. */
  left: number;
  /** The thread whose moves are being made; −1: none. */
  thread: number;
  /** Its next move, or {@link NONE}. */
  move: number;
  /** What those made so far touched. */
  touched: Effect[];
  /** Whether the state was met for the first time. */
  isNew: boolean;
}

/**
 * Depth-first search with a set of visited states and sleep sets (P. Godefroid, Partial-Order Methods for the Verification of
 * Concurrent Systems, LNCS 1032, 1996, section 5): after a move was explored, it need not be made again after other moves
 * with which it commutes. All states are visited, so that all can be judged; what is spared are transitions.
 *
 * The caveat with stored states: a state may be met again with a smaller sleep set than before. So the sleep set is stored
 * with the state; whoever comes with one that does not hold all of it makes the moves that were left out, and stores
 * what both have in common.
 */
export class SleepSearch implements Search {
  states = 0;
  transitions = 0;
  depth = 0;
  finished = false;
  bound: string | null = null;
  readonly violations: Finding[] = [];
  readonly goals = new Map<number, Way>();
  readonly ends = new Set<string>();

  private readonly machine: ProgramMachine;
  private readonly program: TracedProgram;
  private readonly limits: SearchLimits;
  private readonly visited = new SleepTable();
  private readonly levels: Level[] = [];
  private readonly path: number[] = [];
  private started = false;

  constructor(machine: ProgramMachine, limits: SearchLimits) {
    this.machine = machine;
    this.limits = limits;
    this.program = new TracedProgram(machine);
  }

  get queued(): number {
    return this.levels.length;
  }

  get visitedBytes(): number {
    return this.visited.bytes;
  }

  run(states: number): void {
    const goal = this.transitions + states;
    if (!this.started) {
      this.started = true;
      this.machine.enter();
      this.arrive(NOBODY);
    }
    while (!this.finished && this.transitions < goal) {
      const level = this.levels.at(-1);
      if (level === undefined) {
        this.finished = true;
      } else if (level.move === NONE && !this.chooseThread(level)) {
        if (level.isNew) this.checkRaces(level);
        this.levels.pop();
        this.takeBack();
      } else {
        this.step(level);
      }
    }
  }

  private takeBack(): void {
    const move = this.path.pop();
    if (move !== undefined) this.program.undo(this.machine.actorOf(move));
  }

  /** Picks the next thread to move; the one before it sleeps from now on. */
  private chooseThread(level: Level): boolean {
    if (level.thread >= 0) level.sleeping = [...level.sleeping, { thread: level.thread, would: level.touched }];
    level.thread = -1;
    if (level.left === 0) return false;
    level.thread = lowest(level.left);
    level.left &= level.left - 1;
    level.move = this.program.firstMove(level.thread);
    level.touched = [];
    return true;
  }

  private step(level: Level): void {
    const { move, sleeping } = level;
    const effect = this.program.apply(move);
    level.move = this.program.following;
    level.touched.push(effect);
    this.path.push(move);
    this.transitions += 1;
    if (this.program.problem === null) {
      this.arrive(stillAsleep(sleeping, effect));
    } else {
      this.report(this.program.problem);
      this.takeBack();
    }
  }

  /** The machine is in a state: notes which moves are to be made, if any. */
  private arrive(sleeping: readonly Sleeper[]): void {
    const { low, high } = this.machine;
    const asleep = setOf(sleeping);
    const before = this.visited.get(low, high);
    if (before < 0) {
      this.visited.set(low, high, asleep);
      this.judge();
      const enabled = this.enabled();
      if (enabled === 0) this.end();
      this.push(sleeping, enabled & ~asleep, true);
    } else if ((before & ~asleep) !== 0) {
      this.visited.set(low, high, before & asleep);
      const both = sleeping.filter(({ thread }) => (before & (1 << thread)) !== 0);
      this.push(both, before & ~asleep & this.enabled(), false);
    } else {
      this.takeBack();
    }
  }

  private push(sleeping: readonly Sleeper[], left: number, isNew: boolean): void {
    this.levels.push({ sleeping, left, thread: -1, move: NONE, touched: [], isNew });
    if (this.levels.length > this.depth) this.depth = this.levels.length;
  }

  private enabled(): number {
    let enabled = 0;
    for (let thread = 0; thread < this.program.threads; thread++) {
      if (this.program.firstMove(thread) !== NONE) enabled |= 1 << thread;
    }
    return enabled;
  }

  private judge(): void {
    const { machine } = this;
    this.states += 1;
    const problem = machine.judge();
    if (problem !== null) this.report(problem);
    for (let i = 0; i < machine.goals.length; i++) {
      if (!this.goals.has(i) && machine.reached(i)) this.goals.set(i, this.way());
    }
    if (this.states >= this.limits.maxStates && !this.finished) this.stop(`${this.limits.maxStates} states`);
  }

  private end(): void {
    this.ends.add(`${this.machine.low} ${this.machine.high}`);
    const problem = this.machine.judgeEnd();
    if (problem !== null) this.report(problem);
  }

  /** By now it is known of all threads what they would do here. */
  private checkRaces({ sleeping }: Level): void {
    const problem = this.program.race(sleeping.flatMap(({ would }) => would));
    if (problem !== null) this.report(problem);
  }

  private stop(bound: string): void {
    this.bound = bound;
    this.finished = true;
  }

  private report(problem: Problem): void {
    const known = this.violations.some(({ problem: { kind, name } }) => kind === problem.kind && name === problem.name);
    if (known) return;
    this.violations.push({ problem, way: this.way() });
    if (!this.limits.goOn) this.stop('the first violation');
  }

  private way(): Way {
    return { initial: 0, moves: this.path.slice() };
  }
}
