import { stuckAlone } from '../judge/alone.ts';
import { Moves, type Problem } from '../machine.ts';
import type { ProgramMachine } from '../program/machine.ts';
import { Numbering } from '../visited/numbering.ts';
import { type Finding, NumberList, type Search, type SearchLimits, type Way } from './search.ts';

/** What must be true of progress. */
export type ProgressProperty = 'lock-free' | 'livelock-free' | 'obstruction-free';

/**
 * Depth-first search that looks for endless executions.
 *
 * Lock-freedom: no cycle of states through a step of a thread that is not a background thread. A completed operation is
 * part of the state for ever, so no operation completes on a cycle. Cycles are found as strongly connected components
 * (R. Tarjan, Depth-first search and linear graph algorithms, 1972), because a cycle that matters can share states with cycles of
 * background threads that do not.
 *
 * Livelock-freedom, for code that may wait for others: no such cycle on which every thread that could go on takes a step.
 *
 * Obstruction-freedom: from every state, every thread that is in an operation ends it when it runs alone.
 */
export class ProgressSearch implements Search {
  states = 0;
  transitions = 0;
  depth = 0;
  finished = false;
  bound: string | null = null;
  readonly violations: Finding[] = [];
  readonly goals = new Map<number, Way>();
  readonly ends = new Set<string>();
  readonly visitedBytes = 0;

  private readonly machine: ProgramMachine;
  private readonly limits: SearchLimits;
  private readonly property: ProgressProperty;
  private readonly numbering = new Numbering();
  /** By node: Tarjan's low link; −1 once its component is complete. */
  private readonly links = new NumberList();
  private readonly open = new NumberList();
  /** Steps of threads that matter, from node to node, that may turn out to lie within one component. */
  private readonly arcs: { from: number; to: number; actor: number }[] = [];
  /** The current way: nodes, moves to them, and their successors still to be tried. */
  private readonly path = new NumberList();
  private readonly moves: number[] = [];
  private readonly pending: { move: number; low: number; high: number }[][] = [];
  private started = false;

  constructor(machine: ProgramMachine, limits: SearchLimits, property: ProgressProperty) {
    this.machine = machine;
    this.limits = limits;
    this.property = property;
  }

  get queued(): number {
    return this.pending.length;
  }

  run(states: number): void {
    const goal = this.states + states;
    if (!this.started) {
      this.started = true;
      this.machine.enter();
      this.arrive(this.numbering.of(this.machine.low, this.machine.high));
    }
    while (!this.finished && this.states < goal) {
      const successors = this.pending.at(-1);
      if (successors === undefined) this.finished = true;
      else if (!this.follow(successors)) this.leave();
    }
  }

  private follow(successors: { move: number; low: number; high: number }[]): boolean {
    const successor = successors.pop();
    if (successor === undefined) return false;
    const { move, low, high } = successor;
    const from = this.path.words[this.path.length - 1];
    const known = this.numbering.size;
    const to = this.numbering.of(low, high);
    if (this.machine.matters(move)) this.arcs.push({ from, to, actor: this.machine.actorOf(move) });
    if (to === known) {
      this.machine.apply(move);
      this.moves.push(move);
      this.arrive(to);
    } else if (this.links.words[to] >= 0) {
      this.links.words[from] = Math.min(this.links.words[from], to);
      this.closeCycle(move, to);
    }
    return true;
  }

  /** A move leads back onto the current way: an endless execution, if a thread that matters takes part. */
  private closeCycle(move: number, to: number): void {
    if (this.property !== 'lock-free') return;
    const start = this.path.words.subarray(0, this.path.length).indexOf(to);
    if (start < 0) return;
    const cycle = [...this.moves.slice(start), move];
    if (!cycle.some((each) => this.machine.matters(each))) return;
    this.reportCycle(
      { initial: 0, moves: [...this.moves, move], loop: start },
      `for ever from step ${start + 1} to step ${this.moves.length + 1}`,
    );
  }

  private arrive(node: number): void {
    const { machine } = this;
    this.states += 1;
    this.links.push(node);
    this.open.push(node);
    this.path.push(node);
    this.depth = Math.max(this.depth, this.path.length);
    const problem = machine.judge();
    if (problem !== null) this.report(problem, this.way());
    if (this.property === 'obstruction-free') this.runAlone();
    for (let i = 0; i < machine.goals.length; i++) {
      if (!this.goals.has(i) && machine.reached(i)) this.goals.set(i, this.way());
    }
    const moves = new Moves();
    machine.expand(moves);
    this.transitions += moves.count + moves.problems.length;
    for (const { move, problem: found } of moves.problems) {
      const way = this.way();
      if (move >= 0) way.moves.push(move);
      this.report(found, way);
    }
    if (moves.count + moves.problems.length === 0) {
      this.ends.add(`${machine.low} ${machine.high}`);
      const stuck = machine.judgeEnd();
      if (stuck !== null) this.report(stuck, this.way());
    }
    this.pending.push(
      Array.from({ length: moves.count }, (_, i) => ({
        move: moves.id[i],
        low: moves.low[i],
        high: moves.high[i],
      })).reverse(),
    );
    if (this.states >= this.limits.maxStates) this.stop(`${this.limits.maxStates} states`);
  }

  private leave(): void {
    const node = this.path.pop();
    this.pending.pop();
    const link = this.links.words[node];
    if (link === node) this.completeComponent(node);
    if (this.path.length === 0) return;
    this.machine.undo();
    this.moves.pop();
    const parent = this.path.words[this.path.length - 1];
    if (link !== node) this.links.words[parent] = Math.min(this.links.words[parent], link);
  }

  /** All nodes opened since the root reach it and are reached from it. */
  private completeComponent(root: number): void {
    const members = new Set<number>();
    const moving = new Set<number>();
    let node: number;
    do {
      node = this.open.pop();
      members.add(node);
      this.links.words[node] = -1;
    } while (node !== root);
    while (this.arcs.length > 0) {
      const { from, to, actor } = this.arcs[this.arcs.length - 1];
      if (!members.has(from)) break;
      this.arcs.pop();
      if (members.has(to)) moving.add(actor);
    }
    if (moving.size === 0 || this.property === 'obstruction-free') return;
    if (this.property === 'livelock-free' && this.someoneWaits(moving)) return;
    this.reportCycle(this.way(), `for ever among the ${members.size} states that follow`);
  }

  /** Whether a thread could go on that takes no step: it may be the one that the others wait for. The same all over a component. */
  private someoneWaits(moving: ReadonlySet<number>): boolean {
    const { machine } = this;
    const counts = (thread: number) => machine.matters(machine.stepOf(thread)) && machine.control.couldGoOn(thread);
    return machine.actors.some((_, thread) => counts(thread) && !moving.has(thread));
  }

  private runAlone(): void {
    const stuck = stuckAlone(this.machine);
    if (stuck === null) return;
    const { thread, moves, why, loop } = stuck;
    const way = this.way();
    if (loop !== null) way.loop = way.moves.length + loop;
    way.moves.push(...moves);
    const name = this.machine.actors[thread];
    this.report({ kind: 'progress', name: 'obstruction-free', message: `${name}, running alone, ${why}` }, way);
  }

  private reportCycle(way: Way, how: string): void {
    const { property } = this;
    const message = `not ${property}: threads can go on ${how} without any operation being completed`;
    this.report({ kind: 'progress', name: property, message }, way);
  }

  private report(problem: Problem, way: Way): void {
    if (this.violations.some(({ problem: known }) => known.kind === problem.kind && known.name === problem.name))
      return;
    this.violations.push({ problem, way });
    if (!this.limits.goOn) this.stop('the first violation');
  }

  private stop(bound: string): void {
    this.bound = bound;
    this.finished = true;
  }

  private way(): Way {
    return { initial: 0, moves: this.moves.slice() };
  }
}
