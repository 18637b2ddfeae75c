import type { ProgramMachine } from '../program/machine.ts';
import { moveOf, STEP } from '../program/move.ts';
import type { Standing } from '../program/standing.ts';

/** A thread that does not end its operation when it runs alone. */
export interface Stuck {
  thread: number;
  moves: number[];
  why: string;
  /** Index of the move that comes again after the last; null: it does not go round in a circle. */
  loop: number | null;
}

/** Lets every thread that is in an operation run alone from the current state, and takes that back. */
export function stuckAlone(machine: ProgramMachine, standing: Standing): Stuck | null {
  for (let thread = 0; thread < machine.actors.length; thread++) {
    if (!standing.isInOperation(thread)) continue;
    const moves: number[] = [];
    const found = runAlone(machine, thread, moves);
    for (const _ of moves) machine.undo();
    if (found !== null) return { thread, moves, ...found };
  }
  return null;
}

/** Why the thread's operation does not end, or null when it does. */
function runAlone(
  machine: ProgramMachine,
  thread: number,
  moves: number[],
): { why: string; loop: number | null } | null {
  const seen = new Map<string, number>();
  for (;;) {
    if (machine.control.isAsleep(thread)) return { why: 'sleeps, and nobody else moves to wake it', loop: null };
    const state = `${machine.low} ${machine.high}`;
    const before = seen.get(state);
    if (before !== undefined) return { why: 'goes round in a circle', loop: before };
    seen.set(state, moves.length);
    const move = moveOf(thread, STEP);
    moves.push(move);
    machine.apply(move);
    if (machine.problem !== null || machine.completed) return null;
  }
}
