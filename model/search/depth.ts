import { StatefulSearch } from './base.ts';
import { DepthEstimate } from './estimate.ts';
import { type Frontier, NumberList, type Resumable, type Way } from './search.ts';

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
  private readonly returned: Way[] = [];

  get queued(): number {
    return this.pending.length;
  }

  run(states: number): void {
    const goal = this.states + states;
    const { machine, pending, levels, path } = this;
    while (!this.finished && this.states < goal) {
      if (levels.length === 0) {
        const way = this.returned.pop();
        if (way !== undefined) this.enterAt(way);
        else this.enterNext();
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

  /** Starts at the end of a way, whose states are known. */
  protected enterAt({ initial, moves }: Way): void {
    const { machine, path } = this;
    this.initial = initial;
    machine.enter(initial);
    path.length = 0;
    for (const move of moves) {
      machine.apply(move);
      path.push(move);
    }
    this.arrive();
  }

  /** Takes a pending state nearest to the start out of this search; null when there is none to spare. */
  protected splitOff(): Way | null {
    const { pending, levels, path } = this;
    if (pending.length < 2) return null;
    let level = 0;
    while (level + 1 < levels.length && levels.words[level + 1] === levels.words[level]) level += 1;
    const at = levels.words[level];
    const move = pending.words[at];
    pending.words.copyWithin(at, at + 1, pending.length);
    pending.length -= 1;
    for (let i = level + 1; i < levels.length; i++) levels.words[i] -= 1;
    const known = path.length - levels.length + 1 + level;
    return { initial: this.initial, moves: [...path.words.subarray(0, known), move] };
  }

  /** Looks at a split-off state here after all, later on: when its other states are done. */
  protected putBack(way: Way): void {
    this.returned.push(way);
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
