import { type Operation, type Program, type ProgramDefinition, program } from './program.ts';

/** What {@link generatePrograms} makes programs from. */
export interface Generation<O, S> {
  /** Everything but name and threads. */
  base: Omit<ProgramDefinition<O, S>, 'name' | 'threads'>;
  name: string;
  /** Number of threads, all of the same kind. */
  threads: number;
  /** Each thread runs 1 to so many operations. */
  operationsPerThread: number;
  /** The operations, with their arguments, that a thread can run. */
  operations: readonly Operation<O>[];
  registers(thread: number): O;
}

/**
 * All programs of some threads that run up to so many of the given operations each. Threads are interchangeable: of programs
 * that differ in their order only, one is made.
 */
export function* generatePrograms<O, S>(generation: Generation<O, S>): Generator<Program> {
  const sequences = sequencesOf(generation.operations, generation.operationsPerThread);
  for (const chosen of multisets(sequences.length, generation.threads)) {
    const lists = chosen.map((index) => sequences[index]);
    const threads = lists.map((operations, thread) => ({
      name: `thread ${thread}`,
      registers: () => generation.registers(thread),
      operations,
    }));
    const name = lists.map((list) => list.map(callText).join(', ')).join(' ∥ ');
    yield program<O, S>({ ...generation.base, name: `${generation.name}: ${name}`, threads });
  }
}

function sequencesOf<O>(operations: readonly Operation<O>[], longest: number): Operation<O>[][] {
  const all: Operation<O>[][] = [];
  let last: Operation<O>[][] = [[]];
  for (let length = 1; length <= longest; length++) {
    last = last.flatMap((start) => operations.map((operation) => [...start, operation]));
    all.push(...last);
  }
  return all;
}

function* multisets(kinds: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let first = from; first < kinds; first++) {
    for (const rest of multisets(kinds, size - 1, first)) yield [first, ...rest];
  }
}

function callText<O>(operation: Operation<O>): string {
  const text = operation.arguments === undefined ? '' : JSON.stringify(operation.arguments).replace(/^\[|\]$/g, '');
  return `${operation.name}(${text})`;
}
