import { ModelError } from '../errors.ts';
import { type Machine, Moves, type Problem } from '../machine.ts';
import type { Visited } from '../visited/fingerprints.ts';
import type { Finding, Search, SearchLimits, Way } from './search.ts';

/** So many first states are listed twice, to find nondeterminism; after them, one of `SOMETIMES_TWICE` + 1. */
const ALWAYS_TWICE = 256;
const SOMETIMES_TWICE = 255;

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
    this.texts = limits.exact === true ? new Set() : null;
  }

  /** States as text, in exact mode. */
  private readonly texts: Set<string> | null;
  private readonly again = new Moves();

  abstract get queued(): number;
  abstract run(states: number): void;
  /** The way to the current state. */
  protected abstract way(): Way;

  get visitedBytes(): number {
    return this.visited.bytes;
  }

  /** Whether the current state is new; it is not any more. */
  protected insertCurrent(): boolean {
    if (this.texts === null) return this.visited.insert(this.machine.low, this.machine.high);
    return this.insertText(this.texts);
  }

  /** The same for the state behind one of the moves just listed. */
  protected insertMove(index: number): boolean {
    const { moves } = this;
    if (this.texts === null) return this.visited.insert(moves.low[index], moves.high[index]);
    this.machine.apply(moves.id[index]);
    const isNew = this.insertText(this.texts);
    this.machine.undo();
    return isNew;
  }

  /** Lists the moves from the current state; now and then twice, to see whether they lead to the same states again. */
  protected listMoves(): void {
    const { machine, moves, again } = this;
    machine.expand(moves);
    if (this.states > ALWAYS_TWICE && (this.states & SOMETIMES_TWICE) !== 0) return;
    machine.expand(again);
    let same = moves.count === again.count;
    for (let i = 0; i < moves.count; i++) {
      same &&= moves.id[i] === again.id[i] && moves.low[i] === again.low[i] && moves.high[i] === again.high[i];
    }
    if (same) return;
    throw new ModelError(
      'RIGHTLINK_MODEL_NONDETERMINISM',
      `'${machine.name}' does not do the same from the same state twice: it keeps state where the checker cannot see it, or depends on time or chance; step ${this.way().moves.length + 1} of: ${this.way()
        .moves.map((move) => machine.actors[machine.actorOf(move)])
        .join(', ')}`,
    );
  }

  private insertText(texts: Set<string>): boolean {
    const size = texts.size;
    texts.add(this.machine.exact());
    return texts.size > size;
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
