import { type Memory, type Program, program, type Step, type Thread } from '../../model/index.ts';

class Registers {
  seen = 0;
  value = 0;
  first = 0;
  second = 0;
}

type LockStep = Step<Registers>;

/**
 * Double-checked locking (D. Bacon et al., The "Double-Checked Locking is Broken" Declaration). Word 0 is the lock, 1 says
 * that the object is there, 2 is the object. Unpublished: the flag is a plain word, so nothing orders its reader after
 * the object's writer.
 */
export function doubleCheckedLocking(published: boolean): Program {
  const [LOCK, FLAG, OBJECT] = [0, 1, 2];
  const check: LockStep = (memory, op) => {
    op.seen = published ? memory.load(FLAG) : memory.read32(FLAG);
    return op.seen === 1 ? use : lock;
  };
  const lock: LockStep = (memory) => (memory.compareExchange(LOCK, 0, 1) === 0 ? checkAgain : lock);
  const checkAgain: LockStep = (memory, op) => {
    op.seen = published ? memory.load(FLAG) : memory.read32(FLAG);
    return op.seen === 1 ? unlock : make;
  };
  const make: LockStep = (memory) => {
    memory.write32(OBJECT, 42);
    if (published) memory.store(FLAG, 1);
    else memory.write32(FLAG, 1);
    return unlock;
  };
  const unlock: LockStep = (memory) => {
    memory.store(LOCK, 0);
    return use;
  };
  const use: LockStep = (memory, op) => {
    op.value = memory.read32(OBJECT);
    return null;
  };
  return program<Registers, unknown>({
    name: published ? 'double-checked locking' : 'double-checked locking without publication',
    words: 3,
    threads: ['a', 'b'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: [{ name: 'get', begin: () => check, end: (_: Memory, op: Registers) => op.value }],
    })),
    finally: { 'both see the object': (_, state) => state.threads.every(({ results }) => results[0] === 42) },
    names: (address) => ['lock', 'flag', 'object'][address],
  });
}

/** Two spin locks, each taken by two threads, in one order or in opposite ones. A waiting thread sleeps. */
export function twoLocks(order: 'same' | 'opposite'): Program {
  const takeFirst: LockStep = (memory, op) => (memory.compareExchange(op.first, 0, 1) === 0 ? takeSecond : waitFirst);
  const waitFirst: LockStep = (memory, op) => {
    memory.wait(op.first, 1, Number.POSITIVE_INFINITY);
    return takeFirst;
  };
  const takeSecond: LockStep = (memory, op) =>
    memory.compareExchange(op.second, 0, 1) === 0 ? releaseSecond : waitSecond;
  const waitSecond: LockStep = (memory, op) => {
    memory.wait(op.second, 1, Number.POSITIVE_INFINITY);
    return takeSecond;
  };
  const releaseSecond: LockStep = (memory, op) => {
    memory.store(op.second, 0);
    return notifySecond;
  };
  const notifySecond: LockStep = (memory, op) => {
    memory.notify(op.second, 1);
    return releaseFirst;
  };
  const releaseFirst: LockStep = (memory, op) => {
    memory.store(op.first, 0);
    return notifyFirst;
  };
  const notifyFirst: LockStep = (memory, op) => {
    memory.notify(op.first, 1);
    return null;
  };
  const taker = (name: string, first: number, second: number): Thread<Registers> => ({
    name,
    registers: () => new Registers(),
    operations: [
      {
        name: 'take both',
        begin: (op) => {
          op.first = first;
          op.second = second;
          return takeFirst;
        },
      },
    ],
  });
  return program<Registers, unknown>({
    name: `two locks in the ${order} order`,
    words: 2,
    threads: [taker('a', 0, 1), order === 'same' ? taker('b', 0, 1) : taker('b', 1, 0)],
    names: (address) => ['lock A', 'lock B'][address],
  });
}

/**
 * A flag that one thread sets and another waits for. Right: wait only if the flag is still unset (what `wait` compares).
 * Lost wake-up: the sleeper looks at the flag, then sleeps on another word, which the notifier does not change.
 */
export function wakeUp(lost: boolean): Program {
  const [FLAG, BELL] = [0, 1];
  const look: LockStep = (memory, op) => {
    op.seen = memory.load(FLAG);
    return op.seen === 1 ? null : sleep;
  };
  const sleep: LockStep = (memory) => {
    memory.wait(lost ? BELL : FLAG, 0, Number.POSITIVE_INFINITY);
    return look;
  };
  const set: LockStep = (memory) => {
    memory.store(FLAG, 1);
    return ring;
  };
  const ring: LockStep = (memory) => {
    memory.notify(lost ? BELL : FLAG, 1);
    return null;
  };
  return program<Registers, unknown>({
    name: lost ? 'lost wake-up' : 'wake-up',
    words: 2,
    threads: [
      { name: 'sleeper', registers: () => new Registers(), operations: [{ name: 'await', begin: () => look }] },
      { name: 'setter', registers: () => new Registers(), operations: [{ name: 'set', begin: () => set }] },
    ],
    names: (address) => ['flag', 'bell'][address],
  });
}

/** Store buffering: each thread stores to one word and loads the other; at most one may read 0 under SC. */
export function storeBuffering(): Program {
  const store: LockStep = (memory, op) => {
    memory.store(op.first, 1);
    return load;
  };
  const load: LockStep = (memory, op) => {
    op.value = memory.load(op.second);
    return null;
  };
  return litmus('store buffering', [
    { first: 0, second: 1, step: store },
    { first: 1, second: 0, step: store },
  ]);
}

/** Independent reads of independent writes: two readers must agree on the order of two writes under SC. */
export function independentReads(): Program {
  const store: LockStep = (memory, op) => {
    memory.store(op.first, 1);
    return null;
  };
  const readFirst: LockStep = (memory, op) => {
    op.seen = memory.load(op.first);
    return readSecond;
  };
  const readSecond: LockStep = (memory, op) => {
    op.value = op.seen * 2 + memory.load(op.second);
    return null;
  };
  return litmus('independent reads of independent writes', [
    { first: 0, second: 0, step: store },
    { first: 1, second: 0, step: store },
    { first: 0, second: 1, step: readFirst },
    { first: 1, second: 0, step: readFirst },
  ]);
}

/** Threads that each add one to the same word, once. */
export function atomicIncrements(threads: number): Program {
  const increment: LockStep = (memory, op) => {
    op.value = memory.add(0, 1);
    return null;
  };
  return litmus(
    'atomic increments',
    Array.from({ length: threads }, () => ({ first: 0, second: 0, step: increment })),
  );
}

function litmus(name: string, threads: { first: number; second: number; step: LockStep }[]): Program {
  return program<Registers, unknown>({
    name,
    words: 2,
    threads: threads.map(({ first, second, step }, index) => ({
      name: `thread ${index}`,
      registers: () => new Registers(),
      operations: [
        {
          name: 'run',
          begin: (op: Registers) => {
            op.first = first;
            op.second = second;
            return step;
          },
          end: (_: Memory, op: Registers) => op.value,
        },
      ],
    })),
    names: (address) => 'xy'[address],
  });
}

/** Threads that read a counter and write back one more: the step program of Stateright's `examples/increment.rs`. */
export function racyCounter(threads: number): Program {
  const read: LockStep = (memory, op) => {
    op.value = memory.load(0);
    return write;
  };
  const write: LockStep = (memory, op) => {
    memory.store(0, op.value + 1);
    return null;
  };
  return counter('a counter', threads, read);
}

/** The same under a spin lock (Stateright, `examples/increment_lock.rs`). */
export function lockedCounter(threads: number): Program {
  const lock: LockStep = (memory) => (memory.compareExchange(1, 0, 1) === 0 ? read : lock);
  const read: LockStep = (memory, op) => {
    op.value = memory.load(0);
    return write;
  };
  const write: LockStep = (memory, op) => {
    memory.store(0, op.value + 1);
    return unlock;
  };
  const unlock: LockStep = (memory) => {
    memory.store(1, 0);
    return null;
  };
  return counter('a counter under a lock', threads, lock);
}

function counter(name: string, threads: number, first: LockStep): Program {
  const names = Array.from({ length: threads }, (_, i) => `thread ${i}`);
  return program<Registers, unknown>({
    name: `${name}, ${threads} threads`,
    words: 2,
    threads: names.map((each) => ({
      name: each,
      registers: () => new Registers(),
      operations: [{ name: 'increment', begin: () => first, end: (_: Memory, op: Registers) => op.value }],
    })),
    ...(threads > 1 ? { interchangeable: [names] } : {}),
    finally: { 'no update is lost': (memory) => memory.load(0) === threads },
    names: (address) => ['counter', 'lock'][address],
  });
}
