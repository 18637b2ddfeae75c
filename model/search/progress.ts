import { stuckAlone } from '../judge/alone.ts';
import {
  type Beginning,
  COMPLETES,
  type Endless,
  findEndlessOperation,
  findStarved,
  MATTERS,
  mostSteps,
  OWN_STEP,
  PROGRESS,
  WAIT_FREE,
} from '../judge/endless.ts';
import { Moves, type Problem } from '../machine.ts';
import type { ProgramMachine } from '../program/machine.ts';
import { DEATH, kindOf, STEP } from '../program/move.ts';
import { Standing } from '../program/standing.ts';
import { Numbering } from '../visited/numbering.ts';
import { StateGraph } from './graph.ts';
import { type Finding, NumberList, type Search, type SearchLimits, type Way } from './search.ts';

/** What must be true of progress. */
export type ProgressProperty = (typeof PROGRESS_PROPERTIES)[number];
/** All that can be asked for. */
export const PROGRESS_PROPERTIES = ['lock-free', 'livelock-free', 'obstruction-free', 'wait-free'] as const;

/** States before the graph is looked through for the first time; then whenever it is twice as large. */
const FIRST_LOOK = 1024;

/**
 * Depth-first search that keeps the graph of states, and looks in it for endless executions (`judge/endless.ts`).
 *
 * - `lock-free`: no cycle through a step of a thread that is not a background thread, on which no operation is completed
 *   and the program sees no `progress`. Cycles are found as strongly connected components, because one that matters can share
 *   states with those of background threads that do not.
 * - `livelock-free`, for code that may wait for others: no such cycle on which every thread that could go on takes a step.
 * - `wait-free`: no cycle with steps of one and the same call of an operation that ought to be wait-free, whatever others
 *   complete meanwhile; and no such operation sleeps until another thread wakes it.
 * - `obstruction-free`: from every state, every thread that is in an operation ends it when it runs alone.
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
  private readonly standing: Standing;
  private readonly limits: SearchLimits;
  private readonly property: ProgressProperty;
  private readonly numbering = new Numbering();
  private readonly graph = new StateGraph();
  private readonly beginnings: Beginning[] = [];
  /** By node: threads that could go on, as bits. */
  private readonly ready = new NumberList();
  /** The current way: moves, and what is still to be tried on each level. */
  private readonly moves: number[] = [];
  private readonly pending: { move: number; to: number }[][] = [];
  private nextLook = FIRST_LOOK;
  private started = false;

  constructor(machine: ProgramMachine, limits: SearchLimits, property: ProgressProperty) {
    this.machine = machine;
    this.standing = new Standing(machine);
    this.limits = limits;
    this.property = property;
  }

  get queued(): number {
    return this.pending.length;
  }

  /** The most steps that a call takes, by operation; Infinity: no bound. Final when the search is exhaustive. */
  get mostSteps(): Record<string, number> {
    return mostSteps(this.graph, this.beginnings);
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
      if (successors === undefined) {
        this.finished = true;
        this.lookForCycles();
      } else if (!this.follow(successors)) {
        this.leave();
      }
      if (this.states >= this.nextLook) {
        this.nextLook = 2 * this.states;
        this.lookForCycles();
      }
    }
  }

  private follow(successors: { move: number; to: number }[]): boolean {
    const successor = successors.pop();
    if (successor === undefined) return false;
    const { move, to } = successor;
    if (!this.graph.has(to)) {
      this.machine.apply(move);
      this.moves.push(move);
      this.arrive(to);
    }
    return true;
  }

  private leave(): void {
    this.pending.pop();
    if (this.pending.length === 0) return;
    this.machine.undo();
    this.moves.pop();
  }

  private arrive(node: number): void {
    const { machine } = this;
    this.states += 1;
    this.depth = Math.max(this.depth, this.moves.length + 1);
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
    this.pending.push(this.addArcs(node, moves));
    if (this.states >= this.limits.maxStates) this.stop(`${this.limits.maxStates} states`);
  }

  /** Adds a node and its arcs to the graph; gives the moves in the order in which they are to be popped. */
  private addArcs(node: number, moves: Moves): { move: number; to: number }[] {
    const { graph, machine, numbering } = this;
    while (this.ready.length <= node) this.ready.push(0);
    this.ready.words[node] = this.standing.ready();
    graph.begin(node);
    const successors: { move: number; to: number }[] = [];
    for (let i = 0; i < moves.count; i++) {
      const move = moves.id[i];
      const to = numbering.of(moves.low[i], moves.high[i]);
      const flags = this.flagsOf(move);
      graph.add(node, to, move, flags);
      const { began } = machine;
      if (began !== null) this.beginnings.push({ operation: began.name, arc: { from: node, to, move, flags } });
      successors.push({ move, to });
    }
    return successors.reverse();
  }

  /** What a move out of the current state is, found out by making it. */
  private flagsOf(move: number): number {
    const { machine, standing } = this;
    const thread = machine.actorOf(move);
    const before = standing.measure();
    const inProgress = machine.callOf(thread);
    machine.apply(move);
    const operation = machine.began ?? inProgress;
    const matters = standing.matters(move);
    let flags = kindOf(move) === STEP ? OWN_STEP : 0;
    if (matters) flags |= MATTERS;
    if (machine.completed) flags |= COMPLETES;
    if ((machine.completed && matters) || standing.measure() !== before) flags |= PROGRESS;
    if (operation !== null && kindOf(move) < DEATH && standing.isWaitFree(thread, operation)) {
      flags |= WAIT_FREE;
      if (this.property === 'wait-free' && standing.sleepsForOthers(thread))
        this.reportSleep(thread, operation.name, move);
    }
    machine.undo();
    return flags;
  }

  private lookForCycles(): void {
    const { graph, property, ready } = this;
    if (property === 'obstruction-free') return;
    if (property === 'wait-free') this.reportEndless(findEndlessOperation(graph, this.machine.actors.length));
    else if (property === 'lock-free') this.reportEndless(findStarved(graph));
    // Where not all was looked at yet, a thread may seem not to move that does.
    else if (this.finished && this.bound === null) {
      this.reportEndless(findStarved(graph, (node, thread) => (ready.words[node] & (1 << thread)) !== 0));
    }
  }

  private runAlone(): void {
    const stuck = stuckAlone(this.machine, this.standing);
    if (stuck === null) return;
    const { thread, moves, why, loop } = stuck;
    const way = this.way();
    if (loop !== null) way.loop = way.moves.length + loop;
    way.moves.push(...moves);
    const name = this.machine.actors[thread];
    this.report({ kind: 'progress', name: 'obstruction-free', message: `${name}, running alone, ${why}` }, way);
  }

  private reportEndless(endless: Endless | null): void {
    if (endless === null) return;
    const { property } = this;
    const { stem, loop, thread } = endless;
    const steps = `for ever from step ${stem.length + 1} to step ${stem.length + loop.length}`;
    const message =
      thread < 0
        ? `not ${property}: threads can go on ${steps} without any operation being completed`
        : `not wait-free: ${this.machine.actors[thread]} can go on ${steps} without completing its operation`;
    const way = { initial: 0, moves: [...stem, ...loop], loop: stem.length };
    this.report({ kind: 'progress', name: property, message }, way);
  }

  private reportSleep(thread: number, operation: string, move: number): void {
    const message = `not wait-free: ${this.machine.actors[thread]} sleeps in ${operation} until another thread wakes it`;
    const way = { initial: 0, moves: [...this.moves, move] };
    this.report({ kind: 'progress', name: 'wait-free', message }, way);
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
