import { threadOf } from '../program/move.ts';
import type { Arc, StateGraph } from '../search/graph.ts';

// What is known of a move besides where it leads.
/** A step of its thread, as opposed to a wait that times out, or a death. */
export const OWN_STEP = 1;
/** It counts for progress: its thread is no background thread, and does not die by it. */
export const MATTERS = 2;
/** Its thread's operation is completed by it. */
export const COMPLETES = 4;
/** It is progress of the whole: such a completion by a thread that matters, or the program says so. */
export const PROGRESS = 8;
/** It goes on with an operation that ought to be wait-free. */
export const WAIT_FREE = 16;

/** An endless execution: what leads to it, and what is repeated for ever. */
export interface Lasso {
  stem: number[];
  loop: number[];
}

/** An endless execution, and the thread that it is about: −1: all of them. */
export interface Endless extends Lasso {
  thread: number;
}

/**
 * An endless execution in which threads that matter take steps, and nothing is completed; null: none.
 *
 * @param waits whether a thread could go on in a node: given, only executions count in which every one that could does
 */
export function findStarved(graph: StateGraph, waits?: (node: number, thread: number) => boolean): Endless | null {
  const component = graph.components((_, flags) => (flags & PROGRESS) === 0);
  const inside = (arc: Arc): boolean => (arc.flags & PROGRESS) === 0 && component[arc.from] === component[arc.to];
  const moving = new Map<number, Map<number, Arc>>();
  for (const node of graph.byDistance()) {
    for (const arc of graph.from(node)) {
      if ((arc.flags & MATTERS) === 0 || !inside(arc)) continue;
      if (waits === undefined) return { thread: -1, ...lassoOf(graph, [arc], inside) };
      const arcs = moving.get(component[node]) ?? new Map<number, Arc>();
      moving.set(component[node], arcs);
      if (!arcs.has(threadOf(arc.move))) arcs.set(threadOf(arc.move), arc);
    }
  }
  for (const arcs of moving.values()) {
    const [first] = arcs.values();
    const all = Array.from({ length: THREADS }, (_, thread) => thread);
    const someoneWaits = all.some((thread) => !arcs.has(thread) && waits?.(first.from, thread) === true);
    if (!someoneWaits) return { thread: -1, ...lassoOf(graph, [...arcs.values()], inside) };
  }
  return null;
}

/** Threads that are asked about: as many as a program can have. */
const THREADS = 16;

/** An endless execution in which a thread goes on within one wait-free operation for ever; null: none. */
export function findEndlessOperation(graph: StateGraph, threads: number): Endless | null {
  for (let thread = 0; thread < threads; thread++) {
    const allowed = (move: number, flags: number): boolean => threadOf(move) !== thread || (flags & COMPLETES) === 0;
    const component = graph.components(allowed);
    const inside = (arc: Arc): boolean => allowed(arc.move, arc.flags) && component[arc.from] === component[arc.to];
    for (const node of graph.byDistance()) {
      for (const arc of graph.from(node)) {
        if (threadOf(arc.move) !== thread || (arc.flags & WAIT_FREE) === 0) continue;
        if (inside(arc)) return { thread, ...lassoOf(graph, [arc], inside) };
      }
    }
  }
  return null;
}

/** An arc that begins a call. */
export interface Beginning {
  operation: string;
  arc: Arc;
}

/**
 * The most steps of its own that a call takes, by the operation's name, over all executions; Infinity: no bound.
 */
export function mostSteps(graph: StateGraph, beginnings: readonly Beginning[]): Record<string, number> {
  const most: Record<string, number> = {};
  for (const thread of new Set(beginnings.map(({ arc }) => threadOf(arc.move)))) {
    const left = stepsLeft(graph, thread);
    for (const { operation, arc } of beginnings) {
      if (threadOf(arc.move) !== thread) continue;
      const steps = 1 + ((arc.flags & COMPLETES) !== 0 ? 0 : left(arc.to));
      most[operation] = Math.max(most[operation] ?? 0, steps);
    }
  }
  return most;
}

/** By node: the most steps that the thread may still take until its operation is completed. */
function stepsLeft(graph: StateGraph, thread: number): (node: number) => number {
  const own = (move: number): boolean => threadOf(move) === thread;
  const component = graph.components((move, flags) => !own(move) || (flags & COMPLETES) === 0);
  const order = Int32Array.from(component.keys()).sort((a, b) => component[a] - component[b]);
  const left = new Float64Array(component.length);
  for (const node of order) {
    for (const arc of graph.from(node)) {
      const step = own(arc.move) && (arc.flags & OWN_STEP) !== 0 ? 1 : 0;
      const completes = own(arc.move) && (arc.flags & COMPLETES) !== 0;
      const within = !completes && component[arc.to] === component[node];
      const after = completes ? 0 : left[component[arc.to]];
      if (!within) left[component[node]] = Math.max(left[component[node]], step + after);
      else if (step > 0) left[component[node]] = Number.POSITIVE_INFINITY;
    }
  }
  return (node) => left[component[node]];
}

/** Through all these arcs for ever, and how to get there on a shortest way. */
function lassoOf(graph: StateGraph, arcs: readonly Arc[], inside: (arc: Arc) => boolean): Lasso {
  const stem = graph.shortest(0, arcs[0].from, () => true) ?? [];
  const loop = arcs.flatMap((arc, i) => {
    const next = arcs[(i + 1) % arcs.length];
    return [arc.move, ...(graph.shortest(arc.to, next.from, inside) ?? [])];
  });
  return { stem, loop };
}
