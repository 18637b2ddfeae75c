import {
  choose,
  type Memory,
  type Operation,
  type Program,
  program,
  type Step,
  type Thread,
} from '../../model/index.ts';

/** What a thread of a random program does next: one step each. */
type Instruction =
  | { does: 'load' | 'read'; word: number }
  | { does: 'store' | 'write' | 'add' | 'announce'; word: number; value: number }
  | { does: 'cas'; word: number; expected: number; value: number }
  | { does: 'wait'; word: number; expected: number; timeoutMs: number }
  | { does: 'notify'; word: number; count: number }
  | { does: 'choose'; ways: number }
  | { does: 'spin'; word: number; until: number };

class Registers {
  code: readonly Instruction[] = [];
  at = 0;
  seen = 0;
}

const WORDS = 3;

const run: Step<Registers> = (memory, op) => {
  const instruction = op.code[op.at];
  op.at += 1;
  const found = execute(memory, instruction);
  if (instruction.does === 'spin' && found !== instruction.until) op.at -= 1;
  else op.seen = (op.seen * 7 + found + 1) | 0;
  return op.at < op.code.length ? run : null;
};

function execute(memory: Memory, instruction: Instruction): number {
  switch (instruction.does) {
    case 'load':
    case 'spin':
      return memory.load(instruction.word);
    case 'read':
      return memory.read32(instruction.word);
    case 'store':
      memory.store(instruction.word, instruction.value);
      return 0;
    case 'write':
      memory.write32(instruction.word, instruction.value);
      return 0;
    case 'announce':
      memory.store(instruction.word, instruction.value);
      memory.write32(WORDS - 1, instruction.value);
      memory.write32(WORDS - 1, memory.read32(WORDS - 1) + 1);
      return 0;
    case 'add':
      return memory.add(instruction.word, instruction.value);
    case 'cas':
      return memory.compareExchange(instruction.word, instruction.expected, instruction.value);
    case 'wait':
      memory.wait(instruction.word, instruction.expected, instruction.timeoutMs);
      return 0;
    case 'notify':
      memory.notify(instruction.word, instruction.count);
      return 0;
    case 'choose':
      return choose(instruction.ways);
  }
}

/** What random programs may do. */
export interface Features {
  /** Plain accesses, which may race. */
  plain?: boolean;
  /** An atomic store with plain writes behind it, in one step. */
  announce?: boolean;
  /** Sleeping, waking, timeouts. */
  sleep?: boolean;
  /** Threads that spin until a word has some value, perhaps for ever. */
  spin?: boolean;
  /** Choices. */
  choose?: boolean;
  /** Threads that die, and one that starts when the first has. */
  deaths?: boolean;
  /** A specification that keeps all orders in which calls may have taken effect. */
  calls?: boolean;
}

/** A small program, drawn by a generator of numbers from 0 to n − 1: hardly sensible, but it does all that a program can. */
export function randomProgram(name: string, features: Features, draw: (n: number) => number): Program {
  const kinds = kindsOf(features);
  const threads = 2 + draw(2);
  const calls = features.calls === true;
  const longest = threads === 2 ? 5 : 3;
  const operation = (): Operation<Registers> => {
    const code = Array.from({ length: 1 + draw(calls ? 2 : longest) }, () =>
      instruction(kinds[draw(kinds.length)], draw),
    );
    return {
      name: 'call',
      begin: (op) => {
        op.code = code;
        op.at = 0;
        return run;
      },
      ...(calls ? {} : { end: (_: Memory, op: Registers) => op.seen }),
      ...(calls && draw(3) === 0 ? { internal: true } : {}),
    };
  };
  const threadOf = (index: number): Thread<Registers> => ({
    name: `t${index}`,
    registers: () => new Registers(),
    operations: Array.from({ length: calls ? 1 + draw(2) : 1 }, operation),
    ...(features.deaths === true && index === threads - 1 && draw(2) === 0 ? { startsWhenDead: 't0' } : {}),
    ...(features.deaths === true && draw(3) === 0 ? { mortal: draw(2) === 0 } : {}),
  });
  return program<Registers, string>({
    name,
    words: WORDS,
    threads: Array.from({ length: threads }, (_, index) => threadOf(index)),
    deaths: features.deaths === true ? 1 + draw(2) : 0,
    timeouts: draw(2) === 0 ? 'always' : 'never',
    ...(calls
      ? {
          specification: {
            initial: '',
            apply: (order, { thread }) => ({ state: order + thread, result: undefined }),
          },
        }
      : {}),
  });
}

function kindsOf(features: Features): Instruction['does'][] {
  const kinds: Instruction['does'][] = ['load', 'load', 'store', 'add', 'cas', 'cas'];
  if (features.plain === true) kinds.push('read', 'write');
  if (features.announce === true) kinds.push('announce', 'announce');
  if (features.sleep === true) kinds.push('wait', 'wait', 'notify', 'notify');
  if (features.spin === true) kinds.push('spin', 'spin');
  if (features.choose === true) kinds.push('choose');
  return kinds;
}

function instruction(does: Instruction['does'], draw: (n: number) => number): Instruction {
  // Plain accesses have a word of their own, more often than not.
  const word = does === 'read' || does === 'write' ? (draw(3) === 0 ? 0 : WORDS - 1) : draw(WORDS - 1);
  const value = draw(3);
  switch (does) {
    case 'cas':
      return { does, word, expected: draw(2), value };
    case 'wait':
      return { does, word, expected: draw(2), timeoutMs: draw(2) === 0 ? 10 : Number.POSITIVE_INFINITY };
    case 'notify':
      return { does, word, count: 1 + draw(2) };
    case 'choose':
      return { does, ways: 2 };
    case 'spin':
      return { does, word, until: value };
    case 'load':
    case 'read':
      return { does, word };
    default:
      return { does, word, value };
  }
}
