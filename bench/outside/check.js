import { parseArgs } from 'node:util';
import { explore, printTrace, program } from 'rightlink/model';
import { Registers, TOP, treiberStack } from './stack.js';

/*
 * Explores everything that two threads can do to a stack of three nodes:
 *
 *   node check.js            the stack as it is in many a textbook: prints how a node is popped twice, exit code 1
 *   node check.js --fixed    with tags: every interleaving is fine, exit code 0
 */

const { values } = parseArgs({ options: { fixed: { type: 'boolean', default: false } } });
const { push, pop } = treiberStack(values.fixed);

const popping = {
  name: 'pop',
  begin: () => pop,
  end(_memory, op) {
    if (op.first === 0) op.first = op.node;
    return op.node;
  },
};
const pushingBack = {
  name: 'push back',
  begin(op) {
    op.node = op.first;
    return push;
  },
  end: (_memory, op) => op.node,
};

const stack = program({
  name: values.fixed ? 'stack with tags' : 'stack without tags',
  words: 4,
  // Node 1 on node 2 on node 3.
  setup(memory) {
    memory.store(TOP, 1);
    memory.store(1, 2);
    memory.store(2, 3);
  },
  threads: [
    { name: 'a', registers: () => new Registers(), operations: [popping, popping] },
    { name: 'b', registers: () => new Registers(), operations: [popping, popping, pushingBack] },
  ],
  // What a stack is, one operation after another. `push back` may have pushed any node: which, its result tells.
  specification: {
    initial: [3, 2, 1],
    apply(nodes, call) {
      if (call.name === 'pop') return { state: nodes.slice(0, -1), result: nodes.at(-1) ?? 0 };
      return [1, 2, 3].map((node) => ({ state: [...nodes, node], result: node }));
    },
  },
  names: (address) => (address === TOP ? 'top' : `node ${address}`),
});

const { verdict, coverage, states, seconds, violation } = await explore(stack);
console.log(`${stack.name}: ${verdict}, ${coverage}, ${states} states in ${seconds.toFixed(2)} s`);
if (violation !== undefined) {
  console.log(`${violation.kind}: ${violation.message}\n`);
  console.log(printTrace(violation.trace));
  process.exitCode = 1;
}
