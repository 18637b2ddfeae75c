import { ModelError } from '../errors.ts';
import type { DurableSpecification } from '../judge/durability.ts';
import type { Memory } from '../memory.ts';
import type { Disk, DiskOptions } from './disk.ts';

/** The machine that a thread's code runs on. All that it does there is explored; between two calls it must be deterministic. */
export interface Host {
  /** Shared by the threads of one life; gone after a crash. Needs `words`. */
  readonly memory: Memory;
  readonly disk: Disk;
  /** 1 from the start, one more after each crash. */
  readonly life: number;
  /** Tries every number from 0 to `ways` − 1. */
  choose(ways: number): number;
  /** Fills with bits that are the same in every run, and others at every call, thread and life. */
  random(target: Uint32Array): void;
  /** Shared memory as bytes, for code that hands views of it to a disk. Look only: what is read here is not followed. */
  readonly bytes: Uint8Array;
}

/** One operation of a thread: plain synchronous code. */
export interface CrashOperation<L = undefined> {
  name: string;
  /** What the specification gets to see of the call. */
  arguments?: unknown;
  /** Returns the result: anything that JSON can hold. An exception is a violation. */
  run(host: Host, local: L): unknown;
  /** True: the specification does not know this operation. */
  internal?: boolean;
}

/** A thread: operations one after another. */
export interface CrashThread<L = undefined> {
  name: string;
  /** When it runs: in the `first` life (default), in `later` ones, or in `every` one. */
  lives?: 'first' | 'later' | 'every';
  /** Makes what the thread's operations share in one life. Without it, each operation starts from nothing. */
  local?(): L;
  operations: readonly CrashOperation<L>[];
}

/** Makes threads over different locals fit into one program. */
export function crashThread<L>(definition: CrashThread<L>): CrashThread<never> {
  return definition as unknown as CrashThread<never>;
}

/** A mutant made from outside the code: a disk that does less than it says, or operations replaced by others. */
export interface CrashMutant {
  about?: string;
  /** The disk that the code gets, over the real one. */
  disk?(disk: Disk): Disk;
  /** Whenever the first would run, the second runs. */
  replace?: ReadonlyMap<unknown, unknown>;
}

/** What {@link crashProgram} takes. */
export interface CrashProgramDefinition<S> {
  name: string;
  disk?: DiskOptions;
  /** Puts on the disk what is there, durably, at the start. */
  format?(disk: Disk): void;
  /** Size of shared memory in 32-bit words. Default none. */
  words?: number;
  /** Builds shared memory at the start of a life, alone. */
  setup?(memory: Memory, life: number): void;
  threads: readonly CrashThread<never>[];
  /** How often power may be lost, at any moment. Default 1. */
  powerLosses?: number;
  /** How often all threads may die together while the system goes on: nothing written is lost then. Default 0. */
  kills?: number;
  /** How many writes, and syncs of files, may fail. Default 0. */
  failures?: number;
  /** How many writes may be short: any number of units. Default 0. */
  shortWrites?: number;
  /** What the operations' results must be, crashes included. */
  specification?: DurableSpecification<S>;
  /** Must hold in every reachable state, about memory. */
  invariants?: Readonly<Record<string, (memory: Memory, life: number) => boolean | string>>;
  /** Name of a word for traces. */
  names?: (address: number) => string;
  mutants?: Readonly<Record<string, CrashMutant>>;
}

/** A program of plain code that crashes: see {@link crashProgram}. */
export interface CrashProgram extends CrashProgramDefinition<unknown> {
  readonly type: 'crash program';
}

/**
 * Describes a program of plain synchronous code over a disk and, if it has threads, over shared memory, which loses power or is
 * killed at any moment, and then begins again with what is left: recovery is code like any other, crashes inside it included.
 *
 * The code runs as it is. It is run again from the start of its operation, with the answers it got before, whenever the checker
 * comes back to it, so it must do the same when it gets the same answers: no clock, no chance but `host.random`.
 * Step functions take part through `run(host.memory, registers, step)`.
 *
 * @throws ModelError RIGHTLINK_MODEL_PROGRAM when the description makes no sense
 */
export function crashProgram<S>(definition: CrashProgramDefinition<S>): CrashProgram {
  const { name, threads, disk, words = 0 } = definition;
  const reject = (message: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_PROGRAM', `crash program '${name}': ${message}`);
  };
  if (typeof name !== 'string' || name === '') {
    throw new ModelError('RIGHTLINK_MODEL_PROGRAM', 'a crash program needs a name');
  }
  if (threads.length === 0 || threads.length > MAX_CRASH_THREADS) {
    reject(`1 to ${MAX_CRASH_THREADS} threads, not ${threads.length}`);
  }
  if (new Set(threads.map((each) => each.name)).size !== threads.length) reject('threads need different names');
  for (const thread of threads) {
    if (thread.operations.length === 0) reject(`thread '${thread.name}' has no operation`);
  }
  if (!threads.some(({ lives }) => lives !== 'later')) reject('no thread runs in the first life');
  if (!Number.isInteger(words) || words < 0 || words > 1 << 24) reject(`words must be 0 to 2^24, not ${words}`);
  const unitBytes = disk?.unitBytes ?? DEFAULT_UNIT_BYTES;
  if (!Number.isInteger(unitBytes) || unitBytes < 1) reject(`unitBytes must be at least 1, not ${unitBytes}`);
  const { powerLosses, kills, failures, shortWrites } = definition;
  for (const [what, count] of Object.entries({ powerLosses, kills, failures, shortWrites })) {
    if (count !== undefined && !(Number.isInteger(count) && count >= 0))
      reject(`${what} must be 0 or more, not ${count}`);
  }
  return { ...definition, type: 'crash program' } as unknown as CrashProgram;
}

/** Most threads of a crash program. */
export const MAX_CRASH_THREADS = 8;
/** A sector. */
export const DEFAULT_UNIT_BYTES = 512;
