import type { Machine, Moves } from '../machine.ts';
import type { Visited } from '../visited/fingerprints.ts';
import { StatefulSearch } from './base.ts';
import type { SearchLimits, Way } from './search.ts';

/**
 * How executions are drawn.
 *
 * - `uniform`: every enabled move is as likely.
 * - `pct`: probabilistic concurrency testing (S. Burckhardt et al., A randomized scheduler with probabilistic guarantees
 *   of finding bugs, ASPLOS 2010): the actor of highest priority moves; at `depth - 1` random points the mover falls behind all others.
 * - `swarm`: each execution gives every actor a weight of its own, some next to none.
 */
export type Schedule = 'uniform' | 'pct' | 'swarm';

/** How many executions to draw, and how. */
export interface Sampling {
  schedule: Schedule;
  executions: number;
  /** Same seed, same executions. */
  seed: number;
  /** For `pct`: how many orderings a bug may depend on. */
  pctDepth: number;
  /** Moves after which an execution is given up. */
  maxMoves: number;
}

/** Runs random executions. Finds much and proves nothing: reported as sampled. */
export class SampledSearch extends StatefulSearch {
  readonly queued = 0;
  private readonly sampling: Sampling;
  private random: number;
  private done = 0;
  private initial = 0;
  private readonly path: number[] = [];
  private weights: number[] = [];
  private changePoints = new Set<number>();
  /** Length of the longest execution so far: where PCT puts its change points. */
  private longest = 16;

  constructor(machine: Machine, visited: Visited, limits: SearchLimits, sampling: Sampling) {
    super(machine, visited, limits);
    this.sampling = sampling;
    this.random = (sampling.seed ^ 0x9e3779b9) | 0;
    this.bound = 'sampling';
  }

  /** What was done, for the verdict. */
  get label(): string {
    return `sampled: ${this.done} executions, ${this.sampling.schedule}, seed ${this.sampling.seed}`;
  }

  run(states: number): void {
    const goal = this.transitions + states;
    while (!this.finished && this.transitions < goal) {
      if (this.done === this.sampling.executions) this.finished = true;
      else this.execute();
    }
  }

  protected way(): Way {
    return { initial: this.initial, moves: this.path.slice() };
  }

  private execute(): void {
    const { machine, path, moves, sampling } = this;
    this.done += 1;
    this.initial = this.below(machine.initialStates);
    path.length = 0;
    machine.enter(this.initial);
    this.drawWeights();
    while (!this.finished) {
      if (this.insertCurrent()) {
        this.states += 1;
        this.judge();
      }
      machine.expand(moves);
      this.judgeMoves();
      if (moves.count === 0 || path.length >= sampling.maxMoves) break;
      const move = moves.id[this.choose(moves)];
      machine.apply(move);
      path.push(move);
      this.transitions += 1;
    }
    this.longest = Math.max(this.longest, path.length);
    this.depth = Math.max(this.depth, path.length + 1);
  }

  private drawWeights(): void {
    const { schedule, pctDepth } = this.sampling;
    this.weights = this.machine.actors.map(() => {
      const draw = this.below(1 << 20) / (1 << 20);
      return schedule === 'swarm' ? draw ** 4 : draw;
    });
    this.changePoints = new Set(Array.from({ length: pctDepth - 1 }, () => this.below(this.longest)));
  }

  private choose(moves: Moves): number {
    const { schedule } = this.sampling;
    if (schedule === 'uniform') return this.below(moves.count);
    if (schedule === 'swarm') return this.chooseByWeight(moves);
    const first = this.chooseFirst(moves);
    if (this.changePoints.has(this.path.length)) {
      const actor = this.machine.actorOf(moves.id[first]);
      this.weights[actor] = Math.min(...this.weights) - 1;
      return this.chooseFirst(moves);
    }
    return first;
  }

  private chooseByWeight(moves: Moves): number {
    let total = 0;
    for (let i = 0; i < moves.count; i++) total += this.weights[this.machine.actorOf(moves.id[i])];
    let rest = (this.below(1 << 20) / (1 << 20)) * total;
    for (let i = 0; i < moves.count; i++) {
      rest -= this.weights[this.machine.actorOf(moves.id[i])];
      if (rest <= 0) return i;
    }
    return moves.count - 1;
  }

  /** One of the moves of the actor that comes first. */
  private chooseFirst(moves: Moves): number {
    let best: number[] = [];
    for (let i = 0; i < moves.count; i++) {
      const weight = this.weights[this.machine.actorOf(moves.id[i])];
      const bestWeight =
        best.length === 0 ? Number.NEGATIVE_INFINITY : this.weights[this.machine.actorOf(moves.id[best[0]])];
      if (weight > bestWeight) best = [i];
      else if (weight === bestWeight) best.push(i);
    }
    return best[this.below(best.length)];
  }

  /** A number from 0 to `limit` − 1 (G. Marsaglia, Xorshift RNGs, 2003). */
  private below(limit: number): number {
    this.random ^= this.random << 13;
    this.random ^= this.random >>> 17;
    this.random ^= this.random << 5;
    return Math.floor(((this.random >>> 0) / 2 ** 32) * limit);
  }
}
