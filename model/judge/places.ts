import { Moves, type Problem } from '../machine.ts';
import { ACQUIRES, RELEASES } from '../program/footprint.ts';
import type { ProgramMachine } from '../program/machine.ts';
import type { Witnessed } from '../program/witness.ts';
import type { Way } from '../search/search.ts';

/** An access, and the move of the way that made it, from 1; 0: it is what its thread does next. */
interface Place extends Witnessed {
  move: number;
}

/**
 * A problem with memory, its message naming both places that it takes: for a race both accesses, for released memory who gave
 * it back, for two atomic actions the first of them. A race between accesses of different sizes is a mixed-size access.
 * Other problems stay as they are.
 *
 * The way is walked once more for this, so that a search need not remember who accessed what.
 *
 * @param machine one that allows the moves of the way
 */
export function withPlaces(machine: ProgramMachine, problem: Problem, way: Way): Problem {
  const { kind } = problem;
  if (kind !== 'data race' && kind !== 'released memory' && kind !== 'two atomic actions') return problem;
  machine.enter();
  const walk = new Walk(machine);
  for (const move of way.moves) walk.make(move);
  const named = kind === 'data race' ? walk.race(problem) : walk.offence(problem);
  for (const _ of way.moves) machine.undo();
  return named;
}

class Walk {
  private readonly machine: ProgramMachine;
  private readonly places: Place[] = [];
  /** By thread: what it accessed plainly since its last atomic action. */
  private readonly floating = new Map<number, Place[]>();
  private moves = 0;

  constructor(machine: ProgramMachine) {
    this.machine = machine;
  }

  make(move: number): void {
    this.moves += 1;
    const places = this.machine.witness(move).map((access) => ({ ...access, move: this.moves }));
    this.places.push(...places);
    const thread = this.machine.actorOf(move);
    const atomic = places.findLastIndex((place) => place.atomic);
    const before = atomic < 0 ? (this.floating.get(thread) ?? []) : [];
    this.floating.set(thread, [...before, ...places.slice(atomic + 1)]);
  }

  race(problem: Problem): Problem {
    const pair = this.pairHere() ?? this.pairOnTheWay();
    if (pair === null) return problem;
    const [first, second] = pair;
    const mixed = first.size !== second.size && first.size > 0 && second.size > 0;
    const kind = mixed ? 'mixed-size access' : 'data race';
    const byte = Math.max(first.firstByte, second.firstByte);
    const message = `${this.text(first, byte)}, and ${this.text(second, byte)}; nothing orders the two${mixed ? ', and they differ in size' : ''}`;
    return { kind, name: kind, message };
  }

  /** What is wrong with the last access of the last move. */
  offence(problem: Problem): Problem {
    const { machine, places, moves } = this;
    const { step, address } = machine.offence;
    const own = `${problem.message}, in '${step}' (step ${moves})`;
    if (problem.kind === 'two atomic actions') {
      const first = places.findLast((place) => place.atomic && place.move === moves);
      if (first === undefined) return { ...problem, message: own };
      return { ...problem, message: `${own}; the first one was on ${machine.memory.wordName(first.firstByte >>> 2)}` };
    }
    const release = places.findLast(
      (each) => each.size === RELEASES && each.firstByte <= address * 4 && address * 4 < each.endByte,
    );
    if (release === undefined) return { ...problem, message: own };
    const by = `${machine.actors[release.thread]} in '${release.step}' (step ${release.move})`;
    return { ...problem, message: `${own}; released by ${by}` };
  }

  /** Two accesses that stand side by side in this state: they float, or come next. */
  private pairHere(): [Place, Place] | null {
    const threads = this.machine.actors.map((_, thread) => [
      ...(this.floating.get(thread) ?? []),
      ...this.next(thread),
    ]);
    for (let i = 1; i < threads.length; i++) {
      for (let j = 0; j < i; j++) {
        const pair = conflicting(threads[j], threads[i]);
        if (pair !== null) return pair[0].move === 0 && pair[1].move > 0 ? [pair[1], pair[0]] : pair;
      }
    }
    return null;
  }

  /** What a thread may access up to and including its next atomic action. */
  private next(thread: number): Place[] {
    const { machine } = this;
    const enabled = new Moves();
    machine.expand(enabled);
    const moves = [...enabled.id.subarray(0, enabled.count), ...enabled.problems.map(({ move }) => move)];
    return moves
      .filter((move) => move >= 0 && machine.actorOf(move) === thread)
      .flatMap((move) => {
        const accesses = machine.witness(move);
        machine.undo();
        const atomic = accesses.findIndex((access) => access.atomic);
        return accesses.slice(0, atomic < 0 ? accesses.length : atomic + 1).map((access) => ({ ...access, move: 0 }));
      });
  }

  /** The last move's access, and the latest one of another thread that conflicts with it. */
  private pairOnTheWay(): [Place, Place] | null {
    const last = this.places.filter((place) => place.move === this.moves);
    const earlier = this.places.filter(({ move, thread }) => move < this.moves && thread !== last[0]?.thread);
    const pair = conflicting(earlier.reverse(), last);
    return pair;
  }

  private text({ thread, step, size, writes, atomic, move }: Place, byte: number): string {
    const { machine } = this;
    const when = move === 0 ? 'next' : `step ${move}`;
    const part = byte % 4 === 0 ? '' : ` + ${byte % 4}`;
    const what = `${machine.memory.wordName(byte >>> 2)}${part}`;
    const who = `${machine.actors[thread]} in '${step}' (${when})`;
    if (size === RELEASES || size === ACQUIRES) return `${who} ${size === RELEASES ? 'releases' : 'takes'} ${what}`;
    return `${who} ${writes ? 'writes' : 'reads'} ${what} ${atomic ? 'atomically' : `plainly (${size * 8} bits)`}`;
  }
}

/** Two accesses that overlap, of which one writes and one is plain. */
function conflicting(first: readonly Place[], second: readonly Place[]): [Place, Place] | null {
  for (const a of first) {
    for (const b of second) {
      const overlap = a.firstByte < b.endByte && b.firstByte < a.endByte;
      if (overlap && (a.writes || b.writes) && !(a.atomic && b.atomic)) return [a, b];
    }
  }
  return null;
}
