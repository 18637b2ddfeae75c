import { type Machine, Moves, type Problem } from '../machine.ts';
import type { Finding, Search, SearchLimits, Way } from './search.ts';

/** A state on the current execution. */
interface Level {
  low: number;
  high: number;
  moves: readonly number[];
  /** How many of them were tried. */
  tried: number;
}

/**
 * Runs every execution of a machine, one after the other: no stored states, and no reduction either. For machines that
 * have few executions, as those have whose preemptions are bounded; it checks the stateful search of these.
 *
 * Where an execution comes back to a state that it was in, it is given up: whatever follows can follow from there.
 */
export class TreeSearch implements Search {
  states = 0;
  transitions = 0;
  depth = 0;
  finished = false;
  bound: string | null = null;
  /** Executions run to their end. */
  executions = 0;
  readonly violations: Finding[] = [];
  readonly goals = new Map<number, Way>();
  readonly queued = 0;
  readonly visitedBytes = 0;
  readonly ends = new Set<string>();

  private readonly machine: Machine;
  private readonly limits: SearchLimits;
  private readonly found = new Moves();
  private readonly levels: Level[] = [];
  private readonly path: number[] = [];
  private initial = -1;

  constructor(machine: Machine, limits: SearchLimits) {
    this.machine = machine;
    this.limits = limits;
  }

  run(states: number): void {
    const goal = this.states + states;
    while (!this.finished && this.states < goal) {
      const level = this.levels.at(-1);
      if (level === undefined) this.enterNext();
      else if (level.tried < level.moves.length) {
        const move = level.moves[level.tried++];
        this.machine.apply(move);
        this.path.push(move);
        this.transitions += 1;
        this.arrive();
      } else {
        this.levels.pop();
        this.takeBack();
      }
    }
  }

  private enterNext(): void {
    this.initial += 1;
    if (this.initial === this.machine.initialStates) {
      this.finished = true;
      return;
    }
    this.machine.enter(this.initial);
    this.arrive();
  }

  private takeBack(): void {
    if (this.path.pop() !== undefined) this.machine.undo();
  }

  private arrive(): void {
    const { machine, found, levels, limits } = this;
    const { low, high } = machine;
    if (levels.some((level) => level.low === low && level.high === high)) {
      this.takeBack();
      return;
    }
    this.states += 1;
    if (this.path.length + 1 > this.depth) this.depth = this.path.length + 1;
    this.judge(machine.judge());
    for (let i = 0; i < machine.goals.length; i++) {
      if (!this.goals.has(i) && machine.reached(i)) this.goals.set(i, this.way());
    }
    if (this.states >= limits.maxStates && !this.finished) this.stop(`${limits.maxStates} states`);
    machine.expand(found);
    for (const { move, problem } of found.problems) this.judge(problem, move);
    const moves = [...found.id.subarray(0, found.count)];
    if (moves.length > 0 && this.path.length >= limits.maxDepth) {
      this.bound = `depth ${limits.maxDepth}`;
      moves.length = 0;
    } else if (moves.length === 0 && found.problems.length === 0) {
      this.executions += 1;
      this.ends.add(`${low} ${high}`);
      this.judge(machine.judgeEnd());
    }
    levels.push({ low, high, moves, tried: 0 });
  }

  private judge(problem: Problem | null, move = -1): void {
    if (problem === null) return;
    const known = this.violations.some(
      (each) => each.problem.kind === problem.kind && each.problem.name === problem.name,
    );
    if (known) return;
    const way = this.way();
    if (move >= 0) way.moves.push(move);
    this.violations.push({ problem, way });
    if (!this.limits.goOn) this.stop('the first violation');
  }

  private stop(bound: string): void {
    this.bound = bound;
    this.finished = true;
  }

  private way(): Way {
    return { initial: this.initial, moves: this.path.slice() };
  }
}
