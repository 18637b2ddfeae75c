import { describe, expect, test } from 'vitest';
import { explore, type Program, program, replay, type Step } from '../index.ts';
import { type Machine, Moves } from '../machine.ts';
import { unreducedMachine } from '../machines.ts';
import { straighten } from './straighten.ts';

class Registers {
  seen = 0;
  other = 0;
}

/** Two words, one raised after the other by reading and writing. */
function rounds(first: number, second: number): Step<Registers> {
  const readOne: Step<Registers> = (memory, op) => {
    op.seen = memory.load(first);
    return writeOne;
  };
  const writeOne: Step<Registers> = (memory, op) => {
    memory.store(first, op.seen + 1);
    return readOther;
  };
  const readOther: Step<Registers> = (memory, op) => {
    op.other = memory.load(second);
    return writeOther;
  };
  const writeOther: Step<Registers> = (memory, op) => {
    memory.store(second, op.other + 1);
    return null;
  };
  return readOne;
}

const upwards = rounds(0, 1);

const programs: Record<string, Program> = {
  'both updates are lost': program<Registers, unknown>({
    name: 'rounds',
    words: 2,
    threads: [
      { name: 'a', registers: () => new Registers(), operations: [{ name: 'raise', begin: () => upwards }] },
      { name: 'b', registers: () => new Registers(), operations: [{ name: 'raise', begin: () => upwards }] },
    ],
    finally: { 'something is kept': (memory) => memory.load(0) + memory.load(1) > 2 },
  }),
  'the third sees both halves done, in the wrong order': program<Registers, unknown>({
    name: 'three rounds',
    words: 2,
    threads: ['a', 'b', 'c'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: [{ name: 'raise', begin: () => upwards }],
    })),
    invariants: { 'second is behind first': (memory) => memory.load(1) <= memory.load(0) },
  }),
};

/** Fewest switches of any execution of at most so many moves that violates `name`, by trying all of them. */
function fewest(machine: Machine, name: string, most: number): number {
  let best = Number.POSITIVE_INFINITY;
  const visit = (last: number, switches: number, length: number): void => {
    const moves = new Moves();
    machine.expand(moves);
    const problem = machine.judge() ?? (moves.count === 0 ? machine.judgeEnd() : null);
    if (problem?.name === name) best = Math.min(best, switches);
    if (length === most) return;
    for (const move of moves.id.subarray(0, moves.count)) {
      const actor = machine.actorOf(move);
      machine.apply(move);
      visit(actor, switches + (last >= 0 && actor !== last ? 1 : 0), length + 1);
      machine.undo();
    }
  };
  machine.enter(0);
  visit(-1, 0, 0);
  return best;
}

describe.each(Object.entries(programs))('%s', (_, target) => {
  test('the trace is shortest, and has as few switches as any of its length', async () => {
    const { trace } = await explore(target);
    const { trace: broad } = await explore(target, { search: 'breadth' });
    expect(trace?.violation?.name).toBe(Object.keys({ ...target.invariants, ...target.finally })[0]);
    expect(trace?.steps.length).toBe(broad?.steps.length);
    const machine = unreducedMachine(target, {});
    const length = trace?.steps.length ?? 0;
    expect(trace?.switches).toBe(fewest(machine, trace?.violation?.name ?? '', length));
  });
});

test('what the reduction makes others do first, though it has nothing to do with it, is left out', async () => {
  const breathe: Step<Registers> = () => null;
  const [a, b] = programs['both updates are lost'].threads;
  const bystander = {
    name: 'bystander',
    registers: () => new Registers(),
    operations: [{ name: 'breathe', begin: () => breathe }],
  };
  const target = program<Registers, unknown>({
    name: 'with a bystander',
    words: 2,
    threads: [a, b, bystander],
    invariants: { 'first is never two': (memory) => memory.load(0) !== 2 },
  });
  const { trace } = await explore(target);
  expect(trace?.steps.map(({ actor }) => actor)).toEqual([0, 0, 1, 1]);
});

test('a way found at random is made shorter and straighter, and ends in the same violation', () => {
  const target = programs['the third sees both halves done, in the wrong order'];
  const machine = unreducedMachine(target, {});
  const found = findAtRandom(machine);
  const straight = straighten(machine, found);
  expect(straight.problem).toMatchObject({ kind: 'invariant', name: 'second is behind first' });
  const switches = (moves: readonly number[]): number =>
    moves.filter((move, i) => i > 0 && machine.actorOf(move) !== machine.actorOf(moves[i - 1])).length;
  expect(switches(straight.way.moves)).toBeLessThan(switches(found.way.moves));
  expect(straight.way.moves.length).toBeLessThanOrEqual(found.way.moves.length);
});

/** A violation met by going from thread to thread in turn, with another stride each time. */
function findAtRandom(machine: Machine): Parameters<typeof straighten>[1] {
  for (let stride = 1; ; stride++) {
    const moves: number[] = [];
    machine.enter(0);
    const enabled = new Moves();
    for (machine.expand(enabled); enabled.count > 0; machine.expand(enabled)) {
      const move = enabled.id[(moves.length * stride + (moves.length >> 1)) % enabled.count];
      machine.apply(move);
      moves.push(move);
      const problem = machine.judge();
      if (problem === null) continue;
      for (const _ of moves) machine.undo();
      return { problem, way: { initial: 0, moves } };
    }
    for (const _ of moves) machine.undo();
  }
}

test('an endless execution is reached on a straight way, too', async () => {
  const enter: Step<Registers> = (memory) => (memory.compareExchange(0, 0, 1) === 0 ? work : enter);
  const work: Step<Registers> = (memory, op) => {
    op.seen = memory.load(1);
    return leave;
  };
  const leave: Step<Registers> = (memory) => {
    memory.store(0, 0);
    return null;
  };
  const target = program<Registers, unknown>({
    name: 'one at a time',
    words: 2,
    threads: ['a', 'b', 'c'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: ['first', 'second'].map((operation) => ({ name: operation, begin: () => enter })),
    })),
  });
  const { trace } = await explore(target, { progress: 'lock-free' });
  // One enters; another tries, and tries again.
  expect(trace?.steps.map(({ label }) => label)).toEqual(['enter', 'enter', 'enter']);
  expect([trace?.loopsTo, trace?.switches]).toEqual([3, 1]);
  // Alone, it is the same; which such state is found first depends on the search, the way there does not.
  const { trace: alone } = await explore(target, { progress: 'obstruction-free' });
  expect(alone?.switches).toBeLessThanOrEqual(2);
  for (const each of [trace, alone]) {
    expect(each?.violation?.kind).toBe('progress');
    expect(replay(target, each?.replay ?? '').trace.steps).toEqual(each?.steps);
  }
});
