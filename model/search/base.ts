import { type Machine, Moves, type Problem } from '../machine.ts';
import type { Visited } from '../visited/fingerprints.ts';
import type { Finding, Search, SearchLimits, Way } from './search.ts';

/** What the stateful searches share: counting, judging, findings. */
export abstract class StatefulSearch implements Search {
  states = 0;
  transitions = 0;
  depth = 0;
  finished = false;
  bound: string | null = null;
  readonly violations: Finding[] = [];
  readonly goals = new Map<number, Way>();

  readonly ends = new Set<string>();

  protected readonly machine: Machine;
  protected readonly visited: Visited;
  protected readonly limits: SearchLimits;
  protected readonly moves = new Moves();

  constructor(machine: Machine, visited: Visited, limits: SearchLimits) {
    this.machine = machine;
    this.visited = visited;
    this.limits = limits;
  }

  abstract get queued(): number;
  abstract run(states: number): void;
  /** The way to the current state. */
  protected abstract way(): Way;

  get visitedBytes(): number {
    return this.visited.bytes;
  }

  /** Judges the current state, which is new. */
  protected judge(): void {
    const problem = this.machine.judge();
    if (problem !== null) this.report(problem, null);
    const { goals } = this.machine;
    for (let i = 0; i < goals.length; i++) {
      if (!this.goals.has(i) && this.machine.reached(i)) this.goals.set(i, this.way());
    }
    if (this.states >= this.limits.maxStates && !this.finished) this.stop(`${this.limits.maxStates} states`);
  }

  /** Reports what is wrong with the moves just listed, or with having none. */
  protected judgeMoves(): void {
    const { count, problems } = this.moves;
    for (const { move, problem } of problems) this.report(problem, move);
    if (count === 0 && problems.length === 0) {
      this.ends.add(`${this.machine.low} ${this.machine.high}`);
      const problem = this.machine.judgeEnd();
      if (problem !== null) this.report(problem, null);
    }
  }

  protected stop(bound: string): void {
    this.bound = bound;
    this.finished = true;
  }

  private report(problem: Problem, move: number | null): void {
    if (this.violations.some((known) => known.problem.kind === problem.kind && known.problem.name === problem.name))
      return;
    const way = this.way();
    if (move !== null && move >= 0) way.moves.push(move);
    this.violations.push({ problem, way });
    if (!this.limits.goOn) {
      this.bound = 'the first violation';
      this.finished = true;
    }
  }
}
