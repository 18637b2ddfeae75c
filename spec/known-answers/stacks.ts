import { type Operation, type Program, program, type Step } from '../../model/index.ts';

/** Memory: the top, then one word a node: the node below. A node's name is its address; 0: none. */
const TOP = 0;
const NODES = [1, 2, 3] as const;
/** With tags, the top's upper half counts changes. */
const TAG = 1 << 16;

class Registers {
  seen = 0;
  node = 0;
  below = 0;
  /** The first node that this thread popped. */
  first = 0;
}

/**
 * Treiber's stack (R. K. Treiber, Systems programming: coping with parallelism, IBM RJ 5118, 1986). `tags` counts the
 * changes of the top in the word that is compared; without it, a node that was popped and pushed again in between is
 * taken for unchanged: ABA.
 */
function treiber(tags: boolean): { push: Step<Registers>; pop: Step<Registers> } {
  const nodeOf = (word: number): number => (tags ? word % TAG : word);
  const next = (word: number, node: number): number => (tags ? word - (word % TAG) + TAG + node : node);

  const loadTop: Step<Registers> = (memory, op) => {
    op.seen = memory.load(TOP);
    return linkNode;
  };
  const linkNode: Step<Registers> = (memory, op) => {
    memory.store(op.node, nodeOf(op.seen));
    return swingUp;
  };
  const swingUp: Step<Registers> = (memory, op) => {
    return memory.compareExchange(TOP, op.seen, next(op.seen, op.node)) === op.seen ? null : loadTop;
  };
  const loadTopToPop: Step<Registers> = (memory, op) => {
    op.seen = memory.load(TOP);
    op.node = nodeOf(op.seen);
    return op.node === 0 ? null : readBelow;
  };
  const readBelow: Step<Registers> = (memory, op) => {
    op.below = memory.load(op.node);
    return swingDown;
  };
  const swingDown: Step<Registers> = (memory, op) => {
    return memory.compareExchange(TOP, op.seen, next(op.seen, op.below)) === op.seen ? null : loadTopToPop;
  };
  return { push: loadTop, pop: loadTopToPop };
}

/** One thread pops; another pops twice and pushes back the first node it got: the textbook's ABA. */
export function treiberStack(tags: boolean): Program {
  const { push, pop } = treiber(tags);
  const popping: Operation<Registers> = {
    name: 'pop',
    begin: () => pop,
    end: (_, op) => {
      if (op.first === 0) op.first = op.node;
      return op.node;
    },
  };
  const pushingBack: Operation<Registers> = {
    name: 'push back',
    begin: (op) => {
      op.node = op.first;
      return push;
    },
    end: (_, op) => op.node,
  };
  return program<Registers, number[]>({
    name: tags ? 'treiber stack with tags' : 'treiber stack without tags',
    words: 1 + NODES.length,
    setup: (memory) => {
      memory.store(TOP, 1);
      memory.store(1, 2);
      memory.store(2, 3);
    },
    threads: [
      { name: 'a', registers: () => new Registers(), operations: [popping, popping] },
      { name: 'b', registers: () => new Registers(), operations: [popping, popping, pushingBack] },
    ],
    specification: {
      initial: [3, 2, 1],
      apply: (stack, call) => {
        if (call.name === 'pop') return { state: stack.slice(0, -1), result: stack.at(-1) ?? 0 };
        return NODES.map((node) => ({ state: [...stack, node], result: node }));
      },
    },
    names: (address) => (address === TOP ? 'top' : `node ${address}`),
  });
}
