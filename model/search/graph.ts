import { NumberList } from './search.ts';

/** An arc: a move from one node to another, with flags that its users define. */
export interface Arc {
  from: number;
  to: number;
  move: number;
  flags: number;
}

/** Says whether an arc is to be used, by its move and flags. */
export type Allowed = (move: number, flags: number) => boolean;

/** Words of an arc: where it leads, its move, its flags. */
const ARC = 3;

/** A graph of states: nodes by number, from 0, and the arcs out of those that were looked at, each node's side by side. */
export class StateGraph {
  /** By node: its first arc, −1 when it was not looked at, and how many it has. */
  private readonly starts = new NumberList();
  private readonly degrees = new NumberList();
  private readonly arcs = new NumberList();

  get nodes(): number {
    return this.starts.length;
  }

  /** Whether the node was looked at. */
  has(node: number): boolean {
    return node < this.starts.length && this.starts.words[node] >= 0;
  }

  /** The arcs added from now on leave this node. */
  begin(node: number): void {
    this.include(node);
    this.starts.words[node] = this.arcs.length / ARC;
  }

  /** Adds an arc out of a node that was begun, before another is. */
  add(from: number, to: number, move: number, flags: number): void {
    this.include(to);
    this.degrees.words[from] += 1;
    this.arcs.push(to);
    this.arcs.push(move);
    this.arcs.push(flags);
  }

  /** The arcs out of a node. */
  *from(node: number): Generator<Arc> {
    const start = this.starts.words[node];
    for (let i = start; i < start + this.degrees.words[node]; i++) {
      const at = i * ARC;
      const { words } = this.arcs;
      yield { from: node, to: words[at], move: words[at + 1], flags: words[at + 2] };
    }
  }

  /**
   * Strongly connected components of the allowed arcs, as a number by node; what a component leads to has smaller numbers
   * (R. Tarjan, Depth-first search and linear graph algorithms, 1972).
   */
  components(allowed: Allowed): Int32Array {
    const { nodes } = this;
    const { words: starts } = this.starts;
    const { words: degrees } = this.degrees;
    const { words: arcs } = this.arcs;
    const component = new Int32Array(nodes).fill(-1);
    const order = new Int32Array(nodes);
    const link = new Int32Array(nodes);
    const next = new Int32Array(nodes);
    const open: number[] = [];
    const way: number[] = [];
    let visited = 0;
    let components = 0;
    const enter = (node: number): void => {
      visited += 1;
      order[node] = visited;
      link[node] = visited;
      open.push(node);
      way.push(node);
    };
    for (let root = 0; root < nodes; root++) {
      if (order[root] === 0) enter(root);
      while (way.length > 0) {
        const node = way[way.length - 1];
        if (next[node] < degrees[node]) {
          const at = (starts[node] + next[node]) * ARC;
          next[node] += 1;
          if (!allowed(arcs[at + 1], arcs[at + 2])) continue;
          const to = arcs[at];
          if (order[to] === 0) enter(to);
          else if (component[to] < 0) link[node] = Math.min(link[node], order[to]);
          continue;
        }
        way.pop();
        if (way.length > 0) link[way[way.length - 1]] = Math.min(link[way[way.length - 1]], link[node]);
        if (link[node] < order[node]) continue;
        let member: number;
        do {
          member = open.pop() ?? node;
          component[member] = components;
        } while (member !== node);
        components += 1;
      }
    }
    return component;
  }

  /** The nodes that can be reached from the first one, those nearest to it first. */
  byDistance(): Int32Array {
    const seen = new Uint8Array(this.nodes);
    const nodes = new NumberList();
    nodes.push(0);
    seen[0] = 1;
    for (let i = 0; i < nodes.length; i++) {
      for (const { to } of this.from(nodes.words[i])) {
        if (seen[to] === 0) nodes.push(to);
        seen[to] = 1;
      }
    }
    return nodes.used;
  }

  /** A shortest way of allowed arcs, as moves; null: there is none. */
  shortest(from: number, to: number, allowed: (arc: Arc) => boolean): number[] | null {
    if (from === to) return [];
    const reached = new Map<number, Arc | null>([[from, null]]);
    for (const node of reached.keys()) {
      if (!this.has(node)) continue;
      for (const arc of this.from(node)) {
        if (reached.has(arc.to) || !allowed(arc)) continue;
        reached.set(arc.to, arc);
        if (arc.to === to) return movesTo(to, reached);
      }
    }
    return null;
  }

  private include(node: number): void {
    while (this.starts.length <= node) {
      this.starts.push(-1);
      this.degrees.push(0);
    }
  }
}

function movesTo(node: number, reached: ReadonlyMap<number, Arc | null>): number[] {
  const moves: number[] = [];
  for (let arc = reached.get(node); arc !== null && arc !== undefined; arc = reached.get(arc.from))
    moves.push(arc.move);
  return moves.reverse();
}
