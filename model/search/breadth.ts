import { StatefulSearch } from './base.ts';
import { statesAhead } from './estimate.ts';
import { type Frontier, NumberList, type Resumable, type Way } from './search.ts';

/**
 * Breadth-first search: counterexamples are shortest. States are not stored but found again along the tree of first
 * ways, whose nodes are visited in order, so that most of the way from one to the next is shared.
 */
export class BreadthSearch extends StatefulSearch implements Resumable {
  /** The tree: each node's parent and the move from it; for a root −1 and the initial state. */
  private readonly parents = new NumberList();
  private readonly arcs = new NumberList();
  private next = 0;
  private levelEnd = 0;
  private level = 0;
  /** States of each level so far. */
  private readonly sizes: number[] = [];
  /** Nodes from the root to where the machine is. */
  private readonly path = new NumberList();
  private readonly climb = new NumberList();
  private started = false;

  get queued(): number {
    return this.parents.length - this.next;
  }

  run(states: number): void {
    const goal = this.next + states;
    if (!this.started) this.start();
    while (!this.finished && this.next < goal) {
      if (this.next === this.parents.length) {
        this.finished = true;
      } else {
        if (this.next === this.levelEnd) {
          this.sizes.push(this.parents.length - this.next);
          this.levelEnd = this.parents.length;
          this.level += 1;
        }
        this.walkTo(this.next);
        this.next += 1;
        this.look();
      }
    }
  }

  get remaining(): number | null {
    const { next, levelEnd, parents, sizes } = this;
    if (this.finished) return 0;
    const here = levelEnd - next;
    const done = sizes[sizes.length - 1] - here;
    if (done === 0) return null;
    const below = ((parents.length - levelEnd) * (here + done)) / done;
    const ahead = statesAhead([...sizes, below]);
    return ahead === null ? null : here + below + ahead;
  }

  get frontier(): Frontier {
    const { next, levelEnd, level, parents, arcs } = this;
    const lists = { parents: parents.used, arcs: arcs.used, sizes: Int32Array.from(this.sizes) };
    return { numbers: { next, levelEnd, level }, lists };
  }

  resume({ numbers, lists }: Frontier): void {
    this.next = numbers.next;
    this.levelEnd = numbers.levelEnd;
    this.level = numbers.level;
    this.parents.take(lists.parents);
    this.arcs.take(lists.arcs);
    this.sizes.push(...lists.sizes);
    this.started = this.parents.length > 0;
    if (this.next > 0) this.walkTo(this.next - 1);
  }

  protected way(): Way {
    const moves: number[] = [];
    let node = this.path.words[this.path.length - 1];
    while (this.parents.words[node] >= 0) {
      moves.push(this.arcs.words[node]);
      node = this.parents.words[node];
    }
    return { initial: this.arcs.words[node], moves: moves.reverse() };
  }

  private start(): void {
    this.started = true;
    const { machine } = this;
    for (let i = 0; i < machine.initialStates; i++) {
      machine.enter(i);
      if (this.insertCurrent()) {
        this.parents.push(-1);
        this.arcs.push(i);
      }
    }
    this.path.length = 0;
  }

  private look(): void {
    const { moves, visited } = this;
    this.states += 1;
    this.depth = this.level;
    this.judge();
    if (this.finished) return;
    if (this.level > this.limits.maxDepth) {
      this.bound = `depth ${this.limits.maxDepth}`;
      return;
    }
    this.listMoves();
    this.transitions += moves.count + moves.problems.length;
    visited.prefetch(moves.high, moves.count);
    this.judgeMoves();
    const node = this.path.words[this.path.length - 1];
    for (let i = 0; i < moves.count; i++) {
      if (this.insertMove(i)) {
        this.parents.push(node);
        this.arcs.push(moves.id[i]);
      }
    }
  }

  /** Takes the machine from where it is to another node: back to the last common one, then forward. */
  private walkTo(node: number): void {
    const { machine, path, climb, parents, arcs } = this;
    climb.length = 0;
    let at = node;
    let depth = this.level - 1;
    while (at >= 0 && !(depth < path.length && path.words[depth] === at)) {
      climb.push(at);
      at = parents.words[at];
      depth -= 1;
    }
    const shared = depth + 1;
    if (shared === 0) path.length = 0;
    while (path.length > shared) {
      machine.undo();
      path.length -= 1;
    }
    while (climb.length > 0) {
      const step = climb.pop();
      if (parents.words[step] < 0) machine.enter(arcs.words[step]);
      else machine.apply(arcs.words[step]);
      path.push(step);
    }
  }
}
