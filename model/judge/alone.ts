import type { ProgramMachine } from '../program/machine.ts';

/** A thread that does not end its operation when it runs alone. */
export interface Stuck {
  thread: number;
  moves: number[];
  why: string;
}

/** Lets every thread that is in an operation run alone from the current state, and takes that back. */
export function stuckAlone(machine: ProgramMachine): Stuck | null {
  for (let thread = 0; thread < machine.actors.length; thread++) {
    if (!machine.isInOperation(thread)) continue;
    const moves: number[] = [];
    const why = runAlone(machine, thread, moves);
    for (const _ of moves) machine.undo();
    if (why !== null) return { thread, moves, why };
  }
  return null;
}

/** Why the thread's operation does not end, or null when it does. */
function runAlone(machine: ProgramMachine, thread: number, moves: number[]): string | null {
  const seen = new Set<string>();
  const operation = machine.operationOf(thread);
  while (machine.operationOf(thread) === operation) {
    if (machine.isAsleep(thread)) return 'sleeps, and nobody else moves to wake it';
    const state = `${machine.low} ${machine.high}`;
    if (seen.has(state)) return 'goes round in a circle';
    seen.add(state);
    const move = machine.stepOf(thread);
    moves.push(move);
    machine.apply(move);
    if (machine.problem !== null) return null;
  }
  return null;
}
