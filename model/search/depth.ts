import { StatefulSearch } from './base.ts';
import { DepthEstimate } from './estimate.ts';
import { type Frontier, NumberList, type Resumable, type Way } from './search.ts';

/** A way of so many moves is gone again for one pending move. */
const MOVES_FOR_ONE = 64;

/** Part of a depth-first search, for another to go on with: a way, and pending moves beside it, as the search keeps them. */
export interface Share {
  initial: number;
  path: Int32Array<ArrayBuffer>;
  levels: Int32Array<ArrayBuffer>;
  pending: Int32Array<ArrayBuffer>;
}

/**
 * Depth-first search with a set of visited states: one state, changed in place, and an undo log. Memory beyond the
 * visited set is proportional to the length of the current way.
 */
export class DepthSearch extends StatefulSearch implements Resumable {
  private initial = -1;
  /** Moves to new states that wait to be made, all levels after one another. */
  private readonly pending = new NumberList();
  /** Where each level's pending moves start. */
  private readonly levels = new NumberList();
  private readonly path = new NumberList();
  private readonly estimate = new DepthEstimate();

  get queued(): number {
    return this.pending.length;
  }

  run(states: number): void {
    const goal = this.states + states;
    const { machine, pending, levels, path } = this;
    while (!this.finished && this.states < goal) {
      if (levels.length === 0) {
        this.enterNext();
      } else if (pending.length > levels.words[levels.length - 1]) {
        const move = pending.pop();
        machine.apply(move);
        path.push(move);
        this.arrive();
      } else {
        levels.length -= 1;
        this.estimate.end(this.states);
        if (levels.length > 0) {
          machine.undo();
          path.length -= 1;
        }
      }
    }
  }

  get remaining(): number {
    const { pending, levels } = this;
    return this.estimate.remaining(this.states, (level) => {
      const end = level + 1 < levels.length ? levels.words[level + 1] : pending.length;
      return end - levels.words[level];
    });
  }

  get frontier(): Frontier {
    const { initial, pending, levels, path, estimate } = this;
    const lists = { pending: pending.used, levels: levels.used, path: path.used, ...estimate.lists };
    return { numbers: { initial }, lists };
  }

  resume({ numbers, lists }: Frontier): void {
    const { machine, moves, path } = this;
    this.initial = numbers.initial;
    this.pending.take(lists.pending);
    this.levels.take(lists.levels);
    path.take(lists.path);
    this.estimate.resume(lists.starts, lists.firsts);
    if (this.initial < 0) return;
    machine.enter(this.initial);
    // A machine that counts preemptions learns in `expand` whether the last mover can go on.
    machine.expand(moves);
    for (let i = 0; i < path.length; i++) {
      machine.apply(path.words[i]);
      machine.expand(moves);
    }
  }

  protected way(): Way {
    return { initial: this.initial, moves: [...this.path.words.subarray(0, this.path.length)] };
  }

  /**
   * Takes part of the pending moves out of this search, for another to make them: those nearest to the start, half of all, or fewer
   * if they take more room. Null when it is not worth the way there.
   *
   * @param room most words of all lists
   */
  protected splitOff(room: number): Share | null {
    const { pending, levels, path } = this;
    const before = path.length - levels.length + 1;
    for (let count = pending.length >> 1; count > 0; count >>= 1) {
      let last = 0;
      while (last + 1 < levels.length && levels.words[last + 1] < count) last += 1;
      const share = { path: before + last, levels: last + 1, pending: count };
      if (share.path > MOVES_FOR_ONE * count) return null;
      if (share.path + share.levels + share.pending <= room) return this.take(share);
    }
    return null;
  }

  private take(lengths: { path: number; levels: number; pending: number }): Share {
    const { initial, pending, levels, path } = this;
    const share = {
      initial,
      path: path.words.slice(0, lengths.path),
      levels: levels.words.slice(0, lengths.levels),
      pending: pending.words.slice(0, lengths.pending),
    };
    pending.words.copyWithin(0, lengths.pending, pending.length);
    pending.length -= lengths.pending;
    for (let i = 0; i < levels.length; i++) levels.words[i] = Math.max(0, levels.words[i] - lengths.pending);
    return share;
  }

  /** Makes the moves that another search has split off, after its own. */
  protected takeOver(share: Share): void {
    const { machine, pending, levels, path, estimate } = this;
    this.initial = share.initial;
    pending.take(share.pending);
    levels.take(share.levels);
    path.take(share.path);
    estimate.resume(new Int32Array(levels.length).fill(this.states), new Int32Array(levels.length));
    machine.enter(share.initial);
    for (let i = 0; i < path.length; i++) machine.apply(path.words[i]);
  }

  protected enterNext(): void {
    if (this.initial + 1 === this.machine.initialStates) this.finished = true;
    else this.enterInitial(this.initial + 1);
  }

  /** Starts at an initial state, if it is new. */
  protected enterInitial(initial: number): void {
    this.initial = initial;
    this.machine.enter(initial);
    if (this.insertCurrent()) this.arrive();
  }

  /** The machine is in a state that was never looked at: judge it and list where it leads. */
  private arrive(): void {
    const { moves, visited, pending } = this;
    this.states += 1;
    this.levels.push(pending.length);
    this.estimate.begin(this.states);
    if (this.levels.length > this.depth) this.depth = this.levels.length;
    this.judge();
    if (this.finished) return;
    if (this.path.length >= this.limits.maxDepth) {
      this.bound = `depth ${this.limits.maxDepth}`;
      return;
    }
    this.listMoves();
    this.transitions += moves.count + moves.problems.length;
    visited.prefetch(moves.high, moves.count);
    this.judgeMoves();
    for (let i = moves.count - 1; i >= 0; i--) {
      if (this.insertMove(i)) pending.push(moves.id[i]);
    }
  }
}
