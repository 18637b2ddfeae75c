import { Moves, type Problem } from '../machine.ts';
import { ENTRY, WRITE } from '../program/footprint.ts';
import type { ProgramMachine } from '../program/machine.ts';
import type { Touched } from '../program/touched.ts';
import type { Finding, Search, SearchLimits, Way } from './search.ts';

/** An event of the current execution. */
interface Event extends Touched {
  move: number;
  /** By thread: how many of its events happen before this one, this one included. */
  clock: Int32Array;
}

/** A thread that need not go first here: what it would do was tried already, and nothing since then touches it. */
type Sleep = Map<number, Touched[]>;

/** A state on the current execution. */
interface Point {
  /** Moves by thread. */
  enabled: Map<number, number[]>;
  /** Threads that must go first here, in some order. */
  backtrack: Set<number>;
  sleep: Sleep;
  /** The thread whose moves are being tried, and how many of them were. */
  thread: number;
  tried: number;
  touched: Touched[];
}

/**
 * Dynamic partial-order reduction without stored states: source sets with sleep sets (P. Abdulla, S. Aronis, B. Jonsson,
 * K. Sagonas, Optimal dynamic partial order reduction, POPL 2014, algorithm 1).
 *
 * It runs one execution of every Mazurkiewicz class: of all orders of moves that touch nothing in common, one. It shares no
 * code with the stateful searches but the machine, and so checks them. All ends of executions, deadlocks and violations of
 * single steps are found; invariants are looked at only in the states that it meets.
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
  readonly violations: Finding[] = [];
  readonly goals = new Map<number, Way>();
  readonly queued = 0;
  readonly visitedBytes = 0;

  private readonly machine: ProgramMachine;
  private readonly limits: SearchLimits;
  private readonly threads: number;
  private readonly moves = new Moves();
  private readonly events: Event[] = [];
  private readonly points: Point[] = [];
  private readonly endings = new Set<string>();
  private started = false;

  constructor(machine: ProgramMachine, limits: SearchLimits) {
    this.machine = machine;
    this.limits = limits;
    this.threads = machine.actors.length;
  }

  /** Different states in which executions ended. */
  get ends(): ReadonlySet<string> {
    return this.endings;
  }

  run(states: number): void {
    const goal = this.states + states;
    if (!this.started) {
      this.started = true;
      this.machine.enter();
      this.arrive(new Map());
    }
    while (!this.finished && this.states < goal) {
      const point = this.points.at(-1);
      if (point === undefined) {
        this.finished = true;
      } else if (!this.chooseThread(point)) {
        this.points.pop();
        this.takeBack();
      } else {
        this.step(point);
      }
    }
  }

  private takeBack(): void {
    const event = this.events.pop();
    if (event !== undefined) this.machine.undoTraced(event);
  }

  /** Whether the point has a move left to try; picks the thread. */
  private chooseThread(point: Point): boolean {
    const moves = point.enabled.get(point.thread);
    if (moves !== undefined && point.tried < moves.length) return true;
    if (moves !== undefined) point.sleep.set(point.thread, point.touched);
    for (const thread of point.backtrack) {
      if (point.sleep.has(thread)) continue;
      point.thread = thread;
      point.tried = 0;
      point.touched = [];
      return true;
    }
    return false;
  }

  private step(point: Point): void {
    const move = point.enabled.get(point.thread)?.[point.tried] ?? 0;
    point.tried += 1;
    const touched = this.machine.applyTraced(move);
    this.transitions += 1;
    point.touched.push(touched);
    const event = this.link(touched, move);
    this.events.push(event);
    this.addBacktracks(event);
    if (touched.problem !== null) {
      this.report(touched.problem);
      this.takeBack();
      return;
    }
    const sleep: Sleep = new Map();
    for (const [thread, would] of point.sleep) {
      if (thread !== touched.thread && !would.some((each) => dependent(each, touched))) sleep.set(thread, would);
    }
    this.arrive(sleep);
  }

  /** The machine is in a state: judges it, and notes what can be done here. */
  private arrive(sleep: Sleep): void {
    const { machine, moves } = this;
    this.states += 1;
    if (this.events.length + 1 > this.depth) this.depth = this.events.length + 1;
    const problem = machine.judge();
    if (problem !== null) this.report(problem);
    for (let i = 0; i < machine.goals.length; i++) {
      if (!this.goals.has(i) && machine.reached(i)) this.goals.set(i, this.way());
    }
    if (this.states >= this.limits.maxStates) this.stop(`${this.limits.maxStates} states`);
    if (this.events.length >= this.limits.maxDepth) {
      this.bound = `depth ${this.limits.maxDepth}`;
      this.takeBack();
      return;
    }
    machine.expand(moves);
    for (const { move, problem: found } of moves.problems) if (move < 0) this.report(found);
    const enabled = this.movesByThread();
    if (enabled.size === 0) {
      this.end();
      return;
    }
    const first = [...enabled.keys()].find((thread) => !sleep.has(thread));
    if (first === undefined) {
      this.blocked += 1;
      this.takeBack();
      return;
    }
    const backtrack = new Set([first]);
    this.points.push({ enabled, backtrack, sleep, thread: -1, tried: 0, touched: [] });
  }

  private movesByThread(): Map<number, number[]> {
    const enabled = new Map<number, number[]>();
    const add = (move: number): void => {
      const thread = this.machine.actorOf(move);
      const list = enabled.get(thread);
      if (list === undefined) enabled.set(thread, [move]);
      else list.push(move);
    };
    for (let i = 0; i < this.moves.count; i++) add(this.moves.id[i]);
    for (const { move } of this.moves.problems) if (move >= 0) add(move);
    return enabled;
  }

  private end(): void {
    this.executions += 1;
    this.endings.add(`${this.machine.low} ${this.machine.high}`);
    const problem = this.machine.judgeEnd();
    if (problem !== null) this.report(problem);
    this.takeBack();
  }

  /** Puts a move into the order of events: after all earlier ones that it depends on. */
  private link(touched: Touched, move: number): Event {
    const clock = new Int32Array(this.threads);
    let own = 0;
    for (const earlier of this.events) {
      if (earlier.thread === touched.thread) own += 1;
      const after =
        earlier.thread === touched.thread || dependent(earlier, touched) || earlier.woken.includes(touched.thread);
      if (!after) continue;
      for (let i = 0; i < clock.length; i++) clock[i] = Math.max(clock[i], earlier.clock[i]);
    }
    clock[touched.thread] = own + 1;
    return { ...touched, move, clock };
  }

  /** For each earlier event that races with the last one: somewhere before it, a thread that can reverse the race must go first. */
  private addBacktracks(last: Event): void {
    for (let i = this.events.length - 2; i >= 0; i--) {
      const earlier = this.events[i];
      if (earlier.thread === last.thread || !dependent(earlier, last) || this.isIndirect(i, last)) continue;
      const initials = this.initialsAfter(i, last);
      const point = this.points[i];
      if ([...initials].some((thread) => point.backtrack.has(thread))) continue;
      const first = [...initials].find((thread) => point.enabled.has(thread));
      if (first !== undefined) point.backtrack.add(first);
    }
  }

  /** Whether something lies between the event and the last one in the order: then they do not race directly. */
  private isIndirect(index: number, last: Event): boolean {
    for (let k = index + 1; k < this.events.length - 1; k++) {
      const between = this.events[k];
      if (happensBefore(this.events[index], between) && happensBefore(between, last)) return true;
    }
    return false;
  }

  /** Threads that can go first in what follows the event without depending on it. */
  private initialsAfter(index: number, last: Event): Set<number> {
    const rest: Event[] = [];
    for (let k = index + 1; k < this.events.length - 1; k++) {
      if (!happensBefore(this.events[index], this.events[k])) rest.push(this.events[k]);
    }
    rest.push(last);
    const initials = new Set<number>();
    for (const [k, event] of rest.entries()) {
      if (!rest.slice(0, k).some((before) => happensBefore(before, event))) initials.add(event.thread);
    }
    return initials;
  }

  private stop(bound: string): void {
    this.bound = bound;
    this.finished = true;
  }

  private report(problem: Problem): void {
    if (this.violations.some(({ problem: known }) => known.kind === problem.kind && known.name === problem.name))
      return;
    this.violations.push({ problem, way: this.way() });
    if (!this.limits.goOn) this.stop('the first violation');
  }

  private way(): Way {
    return { initial: 0, moves: this.events.map((event) => event.move) };
  }
}

/** Whether two moves of different threads may not commute. */
function dependent(a: Touched, b: Touched): boolean {
  if ((a.begins && b.ends) || (a.ends && b.begins)) return true;
  for (let i = 0; i < a.accesses.length; i += ENTRY) {
    for (let j = 0; j < b.accesses.length; j += ENTRY) {
      const overlap = a.accesses[i] < b.accesses[j + 1] && b.accesses[j] < a.accesses[i + 1];
      if (overlap && (a.accesses[i + 2] === WRITE || b.accesses[j + 2] === WRITE)) return true;
    }
  }
  return false;
}

function happensBefore(a: Event, b: Event): boolean {
  return a !== b && b.clock[a.thread] >= a.clock[a.thread];
}
