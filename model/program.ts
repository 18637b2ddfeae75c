import { ModelError } from './errors.ts';
import type { Memory, Step } from './memory.ts';
import { a, misshapen, required, type Shape } from './shape.ts';

/** What an operation returns: anything that JSON can hold, compared by value. */
export type Result = unknown;

/** One operation of a thread. */
export interface Operation<O> {
  name: string;
  /** Private work: puts the arguments into the registers and returns the first step. */
  begin(registers: O): Step<O> | null;
  /** Private work after the last step: reads the result (plain reads only; see `peek` for what no thread can know). */
  end?(memory: Memory, registers: O): Result;
  /** What the sequential specification gets to see of the call. */
  arguments?: unknown;
  /** True: the specification does not know this operation (maintenance, a helper, a reader of nothing). */
  internal?: boolean;
  /**
   * For `progress: 'wait-free'`: completes within a bounded number of its own steps, whatever other threads do. When no
   * operation of a program says so, all are looked at.
   */
  waitFree?: boolean;
}

/** A thread: operations one after another, each one of several alternatives where an array is given. */
export interface Thread<O> {
  name: string;
  /** Makes the registers object; it is used for all of the thread's operations. */
  registers(): O;
  operations: readonly (Operation<O> | readonly Operation<O>[])[];
  /** The thread begins when the thread of this name has died; until then, and if it never dies, it is not there. */
  startsWhenDead?: string;
  /** After its last operation comes the first again, for ever: what wait-freedom has to be proved against. */
  repeats?: boolean;
  /** It may end up asleep for ever, as a background thread does that waits for work. */
  background?: boolean;
  /** False: this thread never dies. Default: all may, except those that start when another is dead. */
  mortal?: boolean;
  /**
   * Names the registers that are dead before a step of an operation (null, null: between operations); asked once for each
   * such pair. They get their first value back, so that states which differ in nothing else count once. A register that
   * was not dead after all shows: it really is overwritten.
   */
  dead?(next: { readonly name: string } | null, operation: string | null): readonly string[];
  /**
   * The same by hand, after each of the thread's transitions, for what depends on more than the step. Slower.
   */
  scrub?(registers: O, next: Step<O> | null): void;
}

/** Makes threads over different registers types fit into one program. */
export function thread<O>(definition: Thread<O>): Thread<never> {
  return definition as unknown as Thread<never>;
}

/** What the specification is told about a call. */
export interface Call {
  name: string;
  arguments: unknown;
  thread: string;
}

/** What a call may do to a specification's state. */
export interface Outcome<S> {
  state: S;
  /** Equal by value to what the operation's `end` gave. */
  result: Result;
}

/** A sequential specification: states are plain data, compared by value, never changed in place. */
export interface Specification<S> {
  initial: S | ((memory: Memory) => S);
  /** The effect of the call, or all that it may have. */
  apply(state: S, call: Call): Outcome<S> | readonly Outcome<S>[];
}

/** What invariants may look at besides memory. */
export interface ProgramState {
  readonly threads: readonly ThreadView[];
}

/** A thread as invariants see it. */
export interface ThreadView {
  readonly name: string;
  readonly status: 'ready' | 'asleep' | 'finished' | 'dead' | 'waiting to start';
  /** The operation in progress, and the step that comes next. */
  readonly operation: string | null;
  readonly step: string | null;
  /** Results of completed operations, oldest first. Needs `recordResults`, or a program without specification. */
  readonly results: readonly Result[];
  /** The registers; look, do not touch. */
  readonly registers: object;
}

/** A predicate over memory and threads: true, or what is wrong. Accesses are not part of the execution. */
export type ProgramInvariant = (memory: Memory, state: ProgramState) => boolean | string;

/** Functions of memory that a mutant does otherwise while a certain step runs. `memory` is the real one. */
export interface Weakening {
  load?(memory: Memory, address: number): number;
  store?(memory: Memory, address: number, value: number): void;
  compareExchange?(memory: Memory, address: number, expected: number, replacement: number): number;
  add?(memory: Memory, address: number, delta: number): number;
  wait?(memory: Memory, address: number, expected: number, timeoutMs: number): void;
  notify?(memory: Memory, address: number, count: number): void;
  write32?(memory: Memory, address: number, value: number): void;
}

/** A mutant made from outside the code: an action of one step weakened, two in the other order, or steps replaced. */
export type Mutant =
  | {
      /** The step's function name, or names. */
      step: string | readonly string[];
      /**
       * `skip`: no store, add or notify happens, and a compareExchange pretends to have succeeded.
       * `casToStore`: a compareExchange writes whatever it finds, and pretends to have found what was expected.
       * `casFails`: a compareExchange pretends to have found something else.
       */
      weaken: 'skip' | 'casToStore' | 'casFails' | Weakening;
      about?: string;
    }
  | {
      /**
       * Names of two steps, one behind the other: the second one's atomic action comes before that of the first, which must
       * be a store, an add or a notify.
       */
      reorder: readonly [first: string, second: string];
      /** Steps without any shared action that may stand between the two. */
      across?: readonly string[];
      about?: string;
    }
  | {
      /** Whenever the first would run, the second runs. */
      replace: ReadonlyMap<unknown, unknown>;
      about?: string;
    };

/** What {@link program} takes. */
export interface ProgramDefinition<O, S> {
  name: string;
  /** Size of shared memory in 32-bit words. */
  words: number;
  /** Builds the initial state, alone, before any thread starts. */
  setup?(memory: Memory): void;
  threads: readonly (Thread<O> | Thread<never>)[];
  /** Must hold in every reachable state. */
  invariants?: Readonly<Record<string, ProgramInvariant>>;
  /** Must hold when nothing can move any more. */
  finally?: Readonly<Record<string, ProgramInvariant>>;
  /** Some reachable state must satisfy each. */
  goals?: Readonly<Record<string, (memory: Memory, state: ProgramState) => boolean>>;
  /** Results must be linearizable with respect to this. */
  specification?: Specification<S>;
  /** How many threads may die, each at any of its steps. Default none. */
  deaths?: number;
  /**
   * With `deaths`: may a thread also die within a step, right behind its atomic action and between the plain writes that
   * follow it there? Default true. `every write`: also before each plain write that leads up to an action. That matters only
   * where somebody looks, after the death, at memory that the dead thread alone was writing to.
   */
  deathsWithinSteps?: boolean | 'every write';
  /** May a `wait` with a finite timeout end by it at any time ('always', default), or never? */
  timeouts?: 'always' | 'never';
  /**
   * For `progress: 'lock-free'`: a number that changes with what counts as progress besides completed operations, such as
   * the tail of a log. An endless execution in which it changes again and again is none that stands still.
   */
  progress?: (memory: Memory) => number;
  /** Keep results of operations in the state. Default: only when there is no specification, and no thread repeats. */
  recordResults?: boolean;
  /** Registers that never matter for the future: not part of the state's identity. */
  ignoreRegisters?: readonly string[];
  /** Words that never matter for the future: not part of the state's identity. */
  ignoreWords?: (address: number) => boolean;
  /**
   * Called to identify the state: pushes what matters of memory, in a form in which equivalent states are equal, and
   * replaces the words themselves.
   */
  canonical?(memory: Memory, state: ProgramState, out: number[]): void;
  /**
   * Groups of names of threads that do the same, so that it makes no difference which of them is where: with `symmetry:
   * true`, states count as one that differ only in that. Memory must not tell them apart (a thread's number in a word
   * does; or `canonical` must leave it out), nor may invariants. They must begin alike; not together with a specification.
   */
  interchangeable?: readonly (readonly string[])[];
  /** Name of a word for traces. */
  names?: (address: number) => string;
  /**
   * Better names, by address, for words whose meaning depends on what is in memory. Asked once for a trace, at its end; a
   * word of a block that is released on the way keeps its name from `names`.
   */
  namesAtEnd?: (memory: Memory) => ReadonlyMap<number, string>;
  /** The state as a person wants to read it. */
  show?(memory: Memory): string;
  mutants?: Readonly<Record<string, Mutant>>;
  /** All step functions that ought to run: those that never do are reported. */
  steps?: readonly { readonly name: string }[];
}

/** A program of step functions: see {@link program}. */
export interface Program extends ProgramDefinition<never, unknown> {
  readonly type: 'program';
}

/** Most threads of a program. */
export const MAX_THREADS = 16;

const PROGRAM: Shape<Program> = {
  type: a.thing,
  name: required(a.name),
  words: required((value) => (a.count(1, 1 << 24)(value) === null ? null : '1 to 2^24')),
  setup: a.function,
  threads: required(a.list),
  invariants: a.functions,
  finally: a.functions,
  goals: a.functions,
  specification: a.object,
  deaths: a.count(0),
  deathsWithinSteps: a.oneOf(true, false, 'every write'),
  timeouts: a.oneOf('always', 'never'),
  progress: a.function,
  recordResults: a.boolean,
  ignoreRegisters: a.texts,
  ignoreWords: a.function,
  canonical: a.function,
  interchangeable: a.list,
  names: a.function,
  namesAtEnd: a.function,
  show: a.function,
  mutants: a.object,
  steps: a.list,
};
const THREAD: Shape<Thread<never>> = {
  name: required(a.name),
  registers: required(a.function),
  operations: required(a.list),
  startsWhenDead: a.text,
  repeats: a.boolean,
  background: a.boolean,
  mortal: a.boolean,
  dead: a.function,
  scrub: a.function,
};
const OPERATION: Shape<Operation<never>> = {
  name: required(a.name),
  begin: required(a.function),
  end: a.function,
  arguments: a.thing,
  internal: a.boolean,
  waitFree: a.boolean,
};

/** What is wrong with the fields of a program and of its threads and operations; null: nothing. */
function misshapenProgram(definition: ProgramDefinition<never, unknown>): string | null {
  const wrong = misshapen(definition, '', PROGRAM);
  if (wrong !== null) return wrong;
  const { threads, specification, steps = [] } = definition;
  if (specification !== undefined && typeof specification.apply !== 'function')
    return 'apply of its specification must be a function';
  if (!steps.every((step) => typeof step?.name === 'string' && step.name !== ''))
    return 'steps must be a list of step functions';
  for (const [index, each] of threads.entries()) {
    const wrongThread = misshapen(each, `thread ${index + 1}`, THREAD);
    if (wrongThread !== null) return wrongThread;
    for (const slot of each.operations) {
      const alternatives = [slot].flat();
      if (alternatives.length === 0) return `thread '${each.name}' has an empty list of alternatives`;
      for (const operation of alternatives) {
        const wrongOperation = misshapen(operation, `an operation of thread '${each.name}'`, OPERATION);
        if (wrongOperation !== null) return wrongOperation;
      }
    }
  }
  return null;
}

/**
 * Describes a program: threads that run operations made of step functions over one shared memory.
 *
 * @throws ModelError RIGHTLINK_MODEL_PROGRAM when the description makes no sense
 */
export function program<O, S>(definition: ProgramDefinition<O, S>): Program {
  const reject = (message: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_PROGRAM', `program '${definition?.name}': ${message}`);
  };
  const wrong = misshapenProgram(definition as unknown as ProgramDefinition<never, unknown>);
  if (wrong !== null) reject(wrong);
  const { threads } = definition;
  if (threads.length === 0 || threads.length > MAX_THREADS)
    reject(`1 to ${MAX_THREADS} threads, not ${threads.length}`);
  const names = new Set(threads.map((each) => each.name));
  if (names.size !== threads.length) reject('threads need different names');
  if (definition.recordResults === true && threads.some((each) => each.repeats === true))
    reject('a thread that repeats has no end of results to record');
  for (const each of threads) {
    if (each.operations.length === 0) reject(`thread '${each.name}' has no operation`);
    const { startsWhenDead } = each;
    if (startsWhenDead !== undefined && (!names.has(startsWhenDead) || startsWhenDead === each.name)) {
      reject(`thread '${each.name}' starts when '${startsWhenDead}' is dead: there is no such other thread`);
    }
  }
  const apart = whyNotInterchangeable(definition as unknown as ProgramDefinition<never, unknown>);
  if (apart !== null) reject(apart);
  return { ...definition, type: 'program' } as unknown as Program;
}

function whyNotInterchangeable({ threads, interchangeable }: ProgramDefinition<never, unknown>): string | null {
  const seen = new Set<string>();
  const shape = ({ operations, startsWhenDead: _, ...rest }: Thread<never>): string =>
    JSON.stringify([operations.map((slot) => [slot].flat().map((each) => each.name)), rest.mortal, rest.background]);
  for (const group of interchangeable ?? []) {
    if (group.length < 2) return `a group of ${group.length} has nobody to be exchanged with`;
    const members = threads.filter(({ name }) => group.includes(name)) as Thread<never>[];
    for (const name of group) {
      if (!members.some((each) => each.name === name)) return `there is no thread '${name}' to be exchanged`;
      if (seen.has(name)) return `thread '${name}' is to be exchanged twice`;
      if (threads.some(({ startsWhenDead }) => startsWhenDead === name))
        return `'${name}' is not like others: some thread starts when it is dead`;
      seen.add(name);
    }
    for (const member of members) {
      if (member.startsWhenDead !== undefined || shape(member) !== shape(members[0]))
        return `threads '${members[0].name}' and '${member.name}' do not do the same`;
    }
  }
  return null;
}
