import { mixHigh, mixLow } from '../hash.ts';
import type { Coverage, Machine, Moves, Problem } from '../machine.ts';
import type { Told } from '../trace/trace.ts';

/** Position in the hash of what is added to a state, beyond everything else. */
const POSITION = 1 << 30;

/**
 * A machine in which an actor that could go on is interrupted at most so many times (M. Musuvathi and S. Qadeer, Iterative
 * context bounding for systematic testing of multithreaded programs, PLDI 2007). Most bugs need very few. The last
 * mover and the preemptions so far become part of the state: without them, a state met after many would hide what is
 * still possible after few.
 */
export class PreemptionBound implements Machine {
  /** Whether the bound ever kept a move from being made: if not, nothing was cut off. */
  cut = false;
  private readonly machine: Machine;
  private readonly bound: number;
  /** By depth: the actor that moved last, and preemptions so far. */
  private readonly last: number[] = [-1];
  private readonly used: number[] = [0];
  private depth = 0;

  constructor(machine: Machine, bound: number) {
    this.machine = machine;
    this.bound = bound;
  }

  get name(): string {
    return this.machine.name;
  }

  get actors(): readonly string[] {
    return this.machine.actors;
  }

  get goals(): readonly string[] {
    return this.machine.goals;
  }

  get initialStates(): number {
    return this.machine.initialStates;
  }

  get low(): number {
    return (this.machine.low + mixLow(POSITION, this.extra(this.last[this.depth], this.used[this.depth]))) | 0;
  }

  get high(): number {
    return (this.machine.high + mixHigh(POSITION, this.extra(this.last[this.depth], this.used[this.depth]))) | 0;
  }

  enter(initial: number): void {
    this.machine.enter(initial);
    this.depth = 0;
  }

  expand(moves: Moves): void {
    this.machine.expand(moves);
    const last = this.last[this.depth];
    let canGoOn = false;
    for (let i = 0; i < moves.count; i++) if (this.actorOf(moves.id[i]) === last) canGoOn = true;
    let kept = 0;
    for (let i = 0; i < moves.count; i++) {
      const actor = this.actorOf(moves.id[i]);
      const used = this.used[this.depth] + (canGoOn && actor !== last ? 1 : 0);
      if (used > this.bound) {
        this.cut = true;
        continue;
      }
      moves.id[kept] = moves.id[i];
      moves.low[kept] = (moves.low[i] + mixLow(POSITION, this.extra(actor, used))) | 0;
      moves.high[kept] = (moves.high[i] + mixHigh(POSITION, this.extra(actor, used))) | 0;
      kept += 1;
    }
    moves.count = kept;
    this.canGoOn[this.depth] = canGoOn;
  }

  apply(move: number): void {
    this.noteMove(move);
    this.machine.apply(move);
  }

  undo(): void {
    this.depth -= 1;
    this.machine.undo();
  }

  judge(): Problem | null {
    return this.machine.judge();
  }

  judgeEnd(): Problem | null {
    return this.machine.judgeEnd();
  }

  exact(): string {
    return `${this.machine.exact()};${this.last[this.depth]};${this.used[this.depth]}`;
  }

  reached(goal: number): boolean {
    return this.machine.reached(goal);
  }

  tell(move: number): Told {
    this.noteMove(move);
    return this.machine.tell(move);
  }

  picture(): string {
    return this.machine.picture();
  }

  actorOf(move: number): number {
    return this.machine.actorOf(move);
  }

  coverage(): Coverage {
    return this.machine.coverage();
  }

  marks(): number[] {
    return [...this.machine.marks(), this.cut ? 1 : 0];
  }

  restoreMarks(marks: readonly number[], ran: readonly string[]): void {
    this.machine.restoreMarks(marks.slice(0, -1), ran);
    this.cut = marks.at(-1) === 1;
  }

  /** By depth: whether the last mover could have gone on, as `expand` found it. */
  private readonly canGoOn: boolean[] = [false];

  private noteMove(move: number): void {
    const actor = this.actorOf(move);
    const { depth } = this;
    const preempts = this.canGoOn[depth] === true && actor !== this.last[depth];
    this.depth += 1;
    this.last[this.depth] = actor;
    this.used[this.depth] = this.used[depth] + (preempts ? 1 : 0);
  }

  private extra(last: number, used: number): number {
    return (last + 1) * 65536 + used;
  }
}
