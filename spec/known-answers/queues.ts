import { type Operation, type Program, program, type Step } from '../../model/index.ts';

/** Memory: head, tail, a lock; then nodes of two words: the node after, and a value. */
const HEAD = 0;
const TAIL = 1;
const LOCK = 2;
const NEXT = 0;
const VALUE = 1;
const nodeAt = (index: number): number => 3 + 2 * index;

class Registers {
  head = 0;
  tail = 0;
  next = 0;
  node = 0;
  result = 0;
}

type QueueStep = Step<Registers>;

/**
 * The non-blocking queue of M. M. Michael and M. L. Scott (Simple, fast, and practical non-blocking and blocking
 * concurrent queue algorithms, PODC 1996), lines E5 to E17 and D2 to D20, without counters: nodes are not reused here.
 */
const loadTail: QueueStep = (memory, op) => {
  op.tail = memory.load(TAIL);
  return loadTailNext;
};
const loadTailNext: QueueStep = (memory, op) => {
  op.next = memory.load(op.tail + NEXT);
  return checkTail;
};
const checkTail: QueueStep = (memory, op) => {
  if (memory.load(TAIL) !== op.tail) return loadTail;
  return op.next === 0 ? linkAtEnd : helpTail;
};
const linkAtEnd: QueueStep = (memory, op) => {
  return memory.compareExchange(op.tail + NEXT, 0, op.node) === 0 ? swingTail : loadTail;
};
const swingTail: QueueStep = (memory, op) => {
  memory.compareExchange(TAIL, op.tail, op.node);
  return null;
};
const helpTail: QueueStep = (memory, op) => {
  memory.compareExchange(TAIL, op.tail, op.next);
  return loadTail;
};

const loadHead: QueueStep = (memory, op) => {
  op.head = memory.load(HEAD);
  return loadTailToDequeue;
};
const loadTailToDequeue: QueueStep = (memory, op) => {
  op.tail = memory.load(TAIL);
  return loadHeadNext;
};
const loadHeadNext: QueueStep = (memory, op) => {
  op.next = memory.load(op.head + NEXT);
  return checkHead;
};
const checkHead: QueueStep = (memory, op) => {
  if (memory.load(HEAD) !== op.head) return loadHead;
  op.result = 0;
  if (op.head === op.tail) return op.next === 0 ? null : helpTailToDequeue;
  op.result = memory.read32(op.next + VALUE);
  return swingHead;
};
const helpTailToDequeue: QueueStep = (memory, op) => {
  memory.compareExchange(TAIL, op.tail, op.next);
  return loadHead;
};
const swingHead: QueueStep = (memory, op) => {
  return memory.compareExchange(HEAD, op.head, op.next) === op.head ? null : loadHead;
};

/** The same queue under one spin lock: linearizable as well, but whoever is stopped inside stops everybody. */
const lockToEnqueue: QueueStep = (memory) => (memory.compareExchange(LOCK, 0, 1) === 0 ? lockedTail : lockToEnqueue);
const lockedTail: QueueStep = (memory, op) => {
  op.tail = memory.load(TAIL);
  return lockedLink;
};
const lockedLink: QueueStep = (memory, op) => {
  memory.store(op.tail + NEXT, op.node);
  return lockedSwingTail;
};
const lockedSwingTail: QueueStep = (memory, op) => {
  memory.store(TAIL, op.node);
  return unlock;
};
const lockToDequeue: QueueStep = (memory) => (memory.compareExchange(LOCK, 0, 1) === 0 ? lockedHead : lockToDequeue);
const lockedHead: QueueStep = (memory, op) => {
  op.head = memory.load(HEAD);
  return lockedNext;
};
const lockedNext: QueueStep = (memory, op) => {
  op.next = memory.load(op.head + NEXT);
  op.result = op.next === 0 ? 0 : memory.read32(op.next + VALUE);
  return op.next === 0 ? unlock : lockedSwingHead;
};
const lockedSwingHead: QueueStep = (memory, op) => {
  memory.store(HEAD, op.next);
  return unlock;
};
const unlock: QueueStep = (memory) => {
  memory.store(LOCK, 0);
  return null;
};

/** Two threads, each enqueues one value and then dequeues one. */
export function queue(kind: 'non-blocking' | 'blocking'): Program {
  const free = kind === 'non-blocking';
  const enqueue = (value: number): Operation<Registers> => ({
    name: 'enqueue',
    arguments: value,
    begin: (op) => {
      op.node = nodeAt(value);
      return writeNode;
    },
    end: () => null,
  });
  const writeNode: QueueStep = (memory, op) => {
    memory.write32(op.node + VALUE, (op.node - nodeAt(0)) / 2);
    return free ? loadTail : lockToEnqueue;
  };
  const dequeue: Operation<Registers> = {
    name: 'dequeue',
    begin: () => (free ? loadHead : lockToDequeue),
    end: (_, op) => op.result,
  };
  return program<Registers, number[]>({
    name: `${kind} queue of Michael and Scott`,
    words: nodeAt(3),
    setup: (memory) => {
      memory.store(HEAD, nodeAt(0));
      memory.store(TAIL, nodeAt(0));
    },
    threads: [
      { name: 'a', registers: () => new Registers(), operations: [enqueue(1), dequeue] },
      { name: 'b', registers: () => new Registers(), operations: [enqueue(2), dequeue] },
    ],
    specification: {
      initial: [],
      apply: (values, call) => {
        if (call.name === 'dequeue') return { state: values.slice(1), result: values[0] ?? 0 };
        return { state: [...values, Number(call.arguments)], result: null };
      },
    },
    names: (address) =>
      ['head', 'tail', 'lock'][address] ??
      `node ${Math.floor((address - 3) / 2)}.${address % 2 === 1 ? 'next' : 'value'}`,
    mutants: {
      'link without looking': { step: 'linkAtEnd', weaken: 'casToStore' },
      'take without looking': { step: 'swingHead', weaken: 'casToStore' },
    },
  });
}
