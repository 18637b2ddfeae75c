import { describe, expect, test } from 'vitest';
import { type ExploreOptions, explore, type Program, program, type Step, transitionSystem } from '../../model/index.ts';

interface Box {
  value: number;
}

class Registers {
  seen = 0;
  box: Box | null = null;
  list: number[] = [];
}

type AnyStep = Step<Registers>;

function running(step: AnyStep): Program {
  return program<Registers, never>({
    name: 'bad',
    words: 2,
    threads: ['a', 'b'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: [{ name: 'run', begin: () => step }],
    })),
  });
}

const done: AnyStep = (memory) => {
  memory.store(1, 1);
  return null;
};

let outside = 0;

describe('a step that keeps state where the checker cannot see it is a clear error', () => {
  test.each<[string, AnyStep, string, RegExp]>([
    [
      'in a register that it adds',
      function adds(memory, op) {
        memory.load(0);
        Object.assign(op, { more: 1 });
        return done;
      },
      'RIGHTLINK_MODEL_HIDDEN_STATE',
      /thread 'a': a step adds a field to its registers .*all registers must exist from the start/,
    ],
    [
      'in an object that it allocates',
      function allocates(memory, op) {
        memory.load(0);
        op.box = { value: 1 };
        return done;
      },
      'RIGHTLINK_MODEL_HIDDEN_STATE',
      /thread 'a': a step put a new object into register 'box'.*steps must not allocate/,
    ],
    [
      'in an object that a register refers to',
      function fills(memory, op) {
        memory.store(0, op.list.push(1));
        return done;
      },
      'RIGHTLINK_MODEL_NONDETERMINISM',
      /'bad' does not do the same from the same state twice/,
    ],
    [
      'outside of all registers',
      function counts(memory) {
        memory.store(0, outside++);
        return done;
      },
      'RIGHTLINK_MODEL_NONDETERMINISM',
      /'bad' does not do the same from the same state twice/,
    ],
    [
      'in a step made on the way, without a name',
      (memory, op) => {
        op.seen = memory.load(0);
        return (again) => {
          again.store(0, 1);
          return null;
        };
      },
      'RIGHTLINK_MODEL_STEP_NAME',
      /a step function needs a name/,
    ],
  ])('%s', async (_, step, code, message) => {
    const error = await explore(running(step)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toMatch(message);
  });
});

describe('options that make no sense together are a clear error', () => {
  const system = transitionSystem({ name: 'nothing', words: 1, actors: [{ name: 'nobody', actions: [] }] });
  const some = running(done);
  test.each<[ExploreOptions, Program | typeof system, string]>([
    [{ search: 'sideways' as never }, some, "unknown search 'sideways'"],
    [{ search: 'breadth', progress: 'lock-free' }, some, "progress is checked on programs, with search: 'depth'"],
    [{ progress: 'lock-free' }, system, 'progress is checked on programs'],
    [{ search: 'stateless' }, system, "search: 'stateless' works on programs"],
    [{ symmetry: true }, system, "symmetry needs a 'representative'"],
    [{ mutant: 'x' }, system, 'mutants exist for programs only'],
    [{ maxStates: 0 }, some, 'maxStates must be at least 1'],
    [{ search: 'depth', maxDepth: 5 }, some, "maxDepth needs search: 'breadth'"],
    [{ threads: 2 }, some, 'several threads need `from`'],
    [{ threads: 2, from: { module: 'm', name: 'n' }, exact: true }, some, 'exact mode is for one thread'],
    [{ exact: true, progress: 'lock-free' }, some, 'exact mode is for'],
    [{ search: 'stateless', races: false }, some, "search: 'stateless' needs the accesses"],
    [{ search: 'breadth', preemptions: 1 }, some, 'preemptions'],
    [{ audit: 'sometimes' as never }, system, "audit is true, false or 'every'"],
  ])('%j', async (options, target, message) => {
    const error = await explore(target, options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RIGHTLINK_MODEL_OPTIONS' });
    expect((error as Error).message).toContain(message);
  });

  test('an option that does not exist', async () => {
    await expect(explore(some, { serach: 'depth' } as ExploreOptions)).rejects.toThrow("there is no option 'serach'");
  });

  test('a mutant that does not exist', async () => {
    await expect(explore(some, { mutant: 'x' })).rejects.toThrow("no mutant 'x'");
  });
});

describe('programs and systems that make no sense are a clear error', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['no name', () => program({ name: '', words: 1, threads: [] }), /a program needs a name/],
    ['no threads', () => program({ name: 'p', words: 1, threads: [] }), /1 to 16 threads, not 0/],
    ['too little memory', () => program({ name: 'p', words: 0, threads: [] }), /words must be 1 to 2\^24, not 0/],
    ['no actors', () => transitionSystem({ name: 's', words: 1, actors: [] }), /at least one actor/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
