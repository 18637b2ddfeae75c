/*
 * A lock-free stack over Int32Array words (R. K. Treiber, Systems programming: coping with parallelism, IBM RJ 5118, 1986),
 * written as steps: each does one atomic action and returns the next step, or null at the end. Nodes are words; a node's
 * name is its address, and its word names the node below it, 0 for none.
 */

/** The word that names the topmost node. */
export const TOP = 0;
/** With tags, the upper half of TOP counts its changes. */
const TAG = 1 << 16;

/** What a thread keeps between its steps. */
export class Registers {
  /** TOP as it was read. */
  seen = 0;
  /** The node to push, or the one that was popped. */
  node = 0;
  below = 0;
  /** The node that this thread popped first. */
  first = 0;
}

/**
 * The steps of push and pop. Without tags, pop takes a node that was popped and pushed again meanwhile for one that has
 * never been away (ABA), and brings back what used to be below it.
 *
 * @param {boolean} tags
 */
export function treiberStack(tags) {
  const nodeOf = (word) => (tags ? word % TAG : word);
  const changed = (seen, node) => (tags ? seen - (seen % TAG) + TAG + node : node);

  function push(memory, op) {
    op.seen = memory.load(TOP);
    return linkNode;
  }
  function linkNode(memory, op) {
    memory.store(op.node, nodeOf(op.seen));
    return publishNode;
  }
  function publishNode(memory, op) {
    return memory.compareExchange(TOP, op.seen, changed(op.seen, op.node)) === op.seen ? null : push;
  }

  function pop(memory, op) {
    op.seen = memory.load(TOP);
    op.node = nodeOf(op.seen);
    return op.node === 0 ? null : readBelow;
  }
  function readBelow(memory, op) {
    op.below = memory.load(op.node);
    return unlinkNode;
  }
  function unlinkNode(memory, op) {
    return memory.compareExchange(TOP, op.seen, changed(op.seen, op.below)) === op.seen ? null : pop;
  }

  return { push, pop };
}
