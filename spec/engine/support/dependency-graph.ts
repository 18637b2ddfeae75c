/** Directed graphs with kinds of edges, as flat arrays: millions of edges. */

/** An edge of a graph. */
export interface Edge {
  readonly from: number;
  readonly kind: number;
}

/** Edges, by where they begin. */
export interface Edges {
  readonly nodes: number;
  /** Where each node's edges begin in `targets` and `kinds`; one more at the end. */
  readonly first: Int32Array;
  readonly targets: Int32Array;
  readonly kinds: Uint8Array;
}

/** Collects edges. */
export class EdgeList {
  private from = new Int32Array(1 << 12);
  private to = new Int32Array(1 << 12);
  private kind = new Uint8Array(1 << 12);
  private length = 0;
  private nodes: number;

  constructor(nodes: number) {
    this.nodes = nodes;
  }

  /** Adds an edge, unless it leads from somewhere to the same place, or an end is not known. */
  add(from: number | undefined, to: number | undefined, kind: number): void {
    if (from === undefined || to === undefined || from === to) return;
    if (this.length === this.from.length) this.grow();
    this.from[this.length] = from;
    this.to[this.length] = to;
    this.kind[this.length] = kind;
    this.length += 1;
    this.nodes = Math.max(this.nodes, from + 1, to + 1);
  }

  sorted(): Edges {
    const { nodes, length } = this;
    const first = new Int32Array(nodes + 1);
    for (let i = 0; i < length; i++) first[this.from[i] + 1] += 1;
    for (let node = 0; node < nodes; node++) first[node + 1] += first[node];
    const next = first.slice();
    const targets = new Int32Array(length);
    const kinds = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      const at = next[this.from[i]]++;
      targets[at] = this.to[i];
      kinds[at] = this.kind[i];
    }
    return { nodes, first, targets, kinds };
  }

  private grow(): void {
    const size = this.length * 2;
    const from = new Int32Array(size);
    const to = new Int32Array(size);
    const kind = new Uint8Array(size);
    from.set(this.from);
    to.set(this.to);
    kind.set(this.kind);
    this.from = from;
    this.to = to;
    this.kind = kind;
  }
}

/** So many edges of the kind that is wanted once are tried. */
const TRIES = 1_000;

/**
 * A cycle over edges of the given kinds (bits), or null. With `once`, a cycle with exactly one edge of that kind is looked
 * for first, and any other cycle has at least one.
 */
export function cycleOf(edges: Edges, kinds: number, once: number): Edge[] | null {
  const component = componentsOf(edges, kinds);
  let tries = 0;
  let fallback: Edge[] | null = null;
  for (let from = 0; from < edges.nodes; from++) {
    for (let at = edges.first[from]; at < edges.first[from + 1]; at++) {
      const kind = edges.kinds[at];
      const to = edges.targets[at];
      if ((kind & kinds) === 0 || component[from] !== component[to]) continue;
      if (once !== 0 && kind !== once) continue;
      const back = once === 0 ? null : pathWithin(edges, kinds & ~once, component, to, from);
      if (back !== null) return [{ from, kind }, ...back];
      if (fallback === null) {
        const path = pathWithin(edges, kinds, component, to, from);
        if (path !== null) fallback = [{ from, kind }, ...path];
        if (once === 0 && fallback !== null) return fallback;
      }
      tries += 1;
      if (tries > TRIES && fallback !== null) return fallback;
    }
  }
  return fallback;
}

/** A shortest path inside one component, or null. */
function pathWithin(edges: Edges, kinds: number, component: Int32Array, start: number, goal: number): Edge[] | null {
  const cameFrom = new Map<number, Edge>();
  let layer = [start];
  const seen = new Set(layer);
  while (layer.length > 0 && !seen.has(goal)) {
    const next: number[] = [];
    for (const from of layer) {
      for (let at = edges.first[from]; at < edges.first[from + 1]; at++) {
        const to = edges.targets[at];
        if ((edges.kinds[at] & kinds) === 0 || component[to] !== component[from] || seen.has(to)) continue;
        seen.add(to);
        cameFrom.set(to, { from, kind: edges.kinds[at] });
        next.push(to);
      }
    }
    layer = next;
  }
  if (!seen.has(goal)) return null;
  const path: Edge[] = [];
  for (let node = goal; node !== start; ) {
    const edge = cameFrom.get(node);
    if (edge === undefined) return null;
    path.unshift(edge);
    node = edge.from;
  }
  return path;
}

/**
 * Strongly connected components: the same number for nodes that reach one another. Tarjan, "Depth-First Search and Linear
 * Graph Algorithms" (1972), with a stack of its own.
 */
function componentsOf({ nodes, first, targets, kinds }: Edges, wanted: number): Int32Array {
  const component = new Int32Array(nodes).fill(-1);
  const index = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const next = first.slice(0, nodes);
  const open = new Int32Array(nodes); // nodes of components that are not complete
  const way = new Int32Array(nodes);
  let opened = 0;
  let visited = 0;
  for (let root = 0; root < nodes; root++) {
    if (index[root] >= 0) continue;
    let depth = 0;
    way[0] = root;
    index[root] = low[root] = visited++;
    open[opened++] = root;
    while (depth >= 0) {
      const node = way[depth];
      if (next[node] < first[node + 1]) {
        const at = next[node]++;
        const target = targets[at];
        if ((kinds[at] & wanted) === 0) continue;
        if (index[target] < 0) {
          index[target] = low[target] = visited++;
          open[opened++] = target;
          way[++depth] = target;
        } else if (component[target] < 0) {
          low[node] = Math.min(low[node], index[target]);
        }
        continue;
      }
      if (low[node] === index[node]) {
        let member: number;
        do {
          member = open[--opened];
          component[member] = node;
        } while (member !== node);
      }
      depth -= 1;
      if (depth >= 0) low[way[depth]] = Math.min(low[way[depth]], low[node]);
    }
  }
  return component;
}
