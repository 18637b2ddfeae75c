import { describe, expect, test } from 'vitest';
import {
  type ExploreOptions,
  explore,
  type Memory,
  type Program,
  printTrace,
  program,
  replay,
  type Step,
  transitionSystem,
} from '../../model/index.ts';

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
    [
      { search: 'sideways' as never },
      some,
      "search must be one of 'depth', 'breadth', 'stateless', 'random', not 'sideways'",
    ],
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
    [{ threads: 0 }, some, 'threads must be at least 1 and an integer, at most 64, not 0'],
    [{ threads: '2' as never }, some, "threads must be at least 1 and an integer, at most 64, not '2'"],
    [{ exact: 'yes' as never }, some, "exact must be true or false, not 'yes'"],
    [{ sleepSets: 1 as never }, some, 'sleepSets must be true or false, not 1'],
    [{ judge: 'end' as never }, some, "judge must be one of 'states', 'ends'"],
    [{ search: 'random', executions: -1 }, some, 'executions must be at least 1'],
    [{ search: 'random', schedule: 'pact' as never }, some, "schedule must be one of 'uniform', 'pct', 'swarm'"],
    [{ executions: 10 }, some, "executions is for search: 'random'"],
    [{ search: 'random', pctDepth: 2 }, some, "pctDepth is for schedule: 'pct'"],
    [{ maxStates: '10' as never }, some, "maxStates must be at least 1 and an integer, not '10'"],
    [{ seed: Number.NaN }, some, 'seed must be an integer, not NaN'],
    [{ expectedStates: 1e300 }, some, 'expectedStates must be at least 1'],
    [{ checkpoint: { path: 'x', everyMS: 1 } as never }, some, "there is no field 'everyMS' of checkpoint"],
    [{ threads: 2, from: 5 as never }, some, 'from must be an object, not 5'],
    [{ signal: {} as never }, some, 'signal must be an AbortSignal'],
    [null as never, some, 'an object is needed, not null'],
    [{}, { type: 'program' } as never, 'what is explored is what'],
    [{ audit: 'sometimes' as never }, system, "audit must be one of true, false, 'every'"],
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

type Words = Int32Array;
/** An effect, or anything that gets a state, which sets a word. */
const sets = (word: number | string, value: unknown) => (state: Words) => {
  Reflect.set(state, word, value);
};

const nobody = [{ name: 'nobody', actions: [] }];
const acting = (action: object) => ({ actors: [{ name: 'a', actions: [{ name: 'act', ...action }] }] });
const onThread = (more: object) => ({ threads: [{ ...running(done).threads[0], ...more }] });
const onOperation = (more: object) => onThread({ operations: [{ name: 'run', begin: () => done, ...more }] });

describe('a misspelt or misshapen part of a model is a clear error, and nothing that is not checked', () => {
  test.each<[object, string]>([
    [{ invariant: { i: () => false } }, "there is no field 'invariant'"],
    [acting({ gaurd: () => false, effect: () => {} }), "there is no field 'gaurd' of an action of actor 'a'"],
    [acting({ guard: true, effect: () => {} }), 'guard of an action'],
    [acting({}), 'effect of an action'],
    [acting({ choices: -1, effect: () => {} }), 'choices of an action'],
    [acting({ choices: 1e9, effect: () => {} }), 'choices of an action'],
    [{ invariants: { i: true } }, 'invariants must be an object of functions'],
    [{ actors: [null] }, 'an object is needed for actor 1, not null'],
    [{ words: 2.5 }, 'words must be 1 to 2^20, not 2.5'],
  ])('system %#', (more, message) => {
    const make = () => transitionSystem({ name: 's', words: 1, actors: nobody, ...more });
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'RIGHTLINK_MODEL_SYSTEM' }));
  });

  test.each<[object, string]>([
    [{ invariant: { i: () => false } }, "there is no field 'invariant'"],
    [{ deaths: -1 }, 'deaths must be at least 0'],
    [{ deaths: '1' }, 'deaths must be at least 0'],
    [{ timeouts: 'sometimes' }, "timeouts must be one of 'always', 'never'"],
    [{ deathsWithinSteps: 'yes' }, 'deathsWithinSteps must be one of'],
    [{ specification: { initial: 0 } }, 'apply of its specification must be a function'],
    [onThread({ mortall: false }), "there is no field 'mortall' of thread 1"],
    [onThread({ registers: undefined }), 'registers of thread 1 must be a function'],
    [onThread({ operations: [[]] }), 'empty list of alternatives'],
    [onOperation({ begin: undefined }), "begin of an operation of thread 'a' must be a function"],
    [onOperation({ argument: 1 }), "there is no field 'argument'"],
    [{ threads: undefined }, 'threads must be a list'],
  ])('program %#', (more, message) => {
    const { type: _, ...rest } = running(done);
    const make = () => program({ ...rest, ...more });
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'RIGHTLINK_MODEL_PROGRAM' }));
  });
});

describe('a system that does not do what a system may is a clear error', () => {
  const counter = (more: object) =>
    transitionSystem({
      name: 'counter',
      words: 2,
      actors: [{ name: 'a', actions: [{ name: 'act', guard: (s) => s[0] < 3, effect: (s) => sets(0, s[0] + 1)(s) }] }],
      ...more,
    });
  const failing = () => {
    throw new Error('boom');
  };
  test.each<[string, object, string, string]>([
    ['initial that gives a number', { initial: () => 5 }, 'SYSTEM', 'initial gives 5'],
    ['initial that gives half a word', { initial: () => [[0.5, 0]] }, 'SYSTEM', 'initial gives 0.5'],
    ['initial outside of the vector', { initial: sets(2, 1) }, 'VECTOR', 'it uses word 2 of 2'],
    ['initial that throws', { initial: failing }, 'EXCEPTION', "initial of 'counter' threw Error: boom"],
    ['an async effect', acting({ effect: async (s: Words) => sets(0, 1)(s) }), 'VECTOR', 'its effect gives a promise'],
    ['an effect that gives a new state', acting({ effect: (s: Words) => [s[0] + 1, 0] }), 'VECTOR', 'another state'],
    ['a text in a word', acting({ effect: sets(0, 'abc') }), 'VECTOR', "it writes 'abc'"],
    ['a field beside words', acting({ effect: sets('more', 1) }), 'VECTOR', "it writes 'more'"],
    [
      'choices that are no number',
      acting({ choices: () => Number.NaN, effect: () => {} }),
      'SYSTEM',
      'choices gave NaN',
    ],
    [
      'an invariant that writes',
      { invariants: { i: (s: Words) => Reflect.set(s, 1, 9) } },
      'VECTOR',
      'it changes the state',
    ],
    ['an invariant outside', { invariants: { i: (s: Words) => s[7] !== 1 } }, 'VECTOR', 'it uses word 7 of 2'],
    ['a goal that throws', { goals: { g: failing } }, 'EXCEPTION', "goal 'g' threw Error: boom"],
    ['finished that throws', { deadlock: true, finished: failing }, 'EXCEPTION', 'finished threw Error: boom'],
  ])('%s', async (_, more, code, message) => {
    const error = await explore(counter(more)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: `RIGHTLINK_MODEL_${code}` });
    expect((error as Error).message).toContain(message);
  });

  test.each<[string, object, string]>([
    ['an effect', acting({ effect: failing }), 'an effect threw Error: boom'],
    ['a guard', acting({ guard: failing, effect: () => {} }), 'threw Error: boom'],
    ['an invariant', { invariants: { i: failing } }, 'the invariant threw Error: boom'],
  ])('%s that throws is a violation with a trace', async (_, more, message) => {
    for (const search of ['depth', 'breadth'] as const) {
      const { violation } = await explore(counter(more), { search });
      expect(violation?.message).toContain(message);
    }
  });

  test('states that initial gives one after the other in the same vector are all there', async () => {
    const initial = function* (s: Int32Array) {
      for (s[0] = 1; s[0] <= 2; s[0]++) yield s;
    };
    expect(await explore(counter({ initial }))).toMatchObject({ states: 3, transitions: 2, exhaustive: true });
  });
});

describe('a step that does what no step may is told', () => {
  const one = (step: AnyStep, more: object = {}) =>
    program<Registers, never>({
      name: 'one',
      words: 4,
      threads: [
        { name: 'a', registers: () => new Registers(), operations: [{ name: 'run', begin: () => step, ...more }] },
      ],
    });
  test.each<[string, (memory: Memory) => void, string]>([
    ['no address', (memory) => memory.load(Number.NaN), 'access to 1 words at address NaN of 4'],
    ['half an address', (memory) => memory.store(0.5, 1), 'access to 1 words at address 0.5 of 4'],
    ['a plain access to half an address', (memory) => memory.read32(0.5), 'at address 0.5 of 4'],
    ['fewer than no words', (memory) => memory.copy(0, 1, -1), 'access to -1 words'],
    [
      'a buffer that is too small',
      (memory) => memory.readBytes(0, new Uint8Array(2), 0, 4),
      '4 bytes at 0 of a buffer of 2 bytes',
    ],
    [
      'more after a wait',
      (memory) => {
        memory.wait(0, 1, 9);
        memory.write32(1, 1);
      },
      'goes on with memory behind its wait',
    ],
  ])('%s', async (_, access, message) => {
    const accesses: AnyStep = (memory) => {
      access(memory);
      return null;
    };
    const { violation } = await explore(one(accesses));
    expect(violation?.message).toContain(message);
  });

  test.each<[string, unknown, string]>([
    ['undefined', undefined, "step 'gives' gave undefined"],
    ['a number', 5, "step 'gives' gave 5"],
    ['a promise', Promise.resolve(null), "step 'gives' gave an object"],
  ])('gives %s', async (_, given, message) => {
    const gives: AnyStep = (memory) => {
      memory.load(0);
      return given as null;
    };
    const error = await explore(one(gives)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RIGHTLINK_MODEL_STEP' });
    expect((error as Error).message).toContain(message);
  });

  test.each<[string, unknown]>([
    ['a Map', new Map([[1, 2]])],
    ['a bigint', 5n],
    ['a function', () => 1],
  ])('a result that is %s cannot be compared', async (_, result) => {
    await expect(explore(one(done, { end: () => result }))).rejects.toMatchObject({ code: 'RIGHTLINK_MODEL_VALUE' });
  });

  test('a goal that writes', async () => {
    const goals = { g: (memory: Memory) => memory.compareExchange(0, 0, 1) === 0 };
    const error = await explore(program({ ...one(done), goals })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RIGHTLINK_MODEL_EXCEPTION' });
  });

  test('an end that writes', async () => {
    const { violation } = await explore(one(done, { end: (memory: Memory) => memory.write32(2, 7) }));
    expect(violation?.message).toContain('end of run writes; it may only read');
  });

  test('threads with one registers object', async () => {
    const shared = new Registers();
    const threads = ['a', 'b'].map((name) => ({
      name,
      registers: () => shared,
      operations: [{ name: 'run', begin: () => done }],
    }));
    await expect(explore(program({ name: 'p', words: 2, threads }))).rejects.toMatchObject({
      code: 'RIGHTLINK_MODEL_REGISTERS',
    });
  });

  test.each<[string, (state: { n: number }) => unknown, string]>([
    ['changes its state in place', (state) => ({ state, result: state.n++ }), 'EXCEPTION'],
    ['gives nothing', () => undefined, 'SPECIFICATION'],
    ['gives a number', () => 5, 'SPECIFICATION'],
  ])('a specification that %s', async (_, apply, code) => {
    const { type: __, ...rest } = one(done, { end: () => 0 });
    const specified = program({ ...rest, specification: { initial: { n: 0 }, apply: apply as never } });
    await expect(explore(specified)).rejects.toMatchObject({ code: `RIGHTLINK_MODEL_${code}` });
  });
});

describe('a mutant that is none is a clear error', () => {
  test.each<[object | string, string]>([
    [{}, 'a mutant has `step` and `weaken`'],
    [{ step: 'done', weaken: 'drop' }, 'a mutant has `step` and `weaken`'],
    [{ reorder: ['done'] }, 'a mutant has `step` and `weaken`'],
    [{ step: 'dnoe', weaken: 'skip' }, 'the step that the mutant changes never runs'],
    [{ reorder: ['dnoe', 'done'] }, 'the step that the mutant changes never runs'],
    ['toString', "has no mutant 'toString'"],
  ])('%j', async (mutant, message) => {
    const target = program({ ...running(done), mutants: {} });
    const error = await explore(target, { mutant: mutant as string }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'RIGHTLINK_MODEL_MUTANT' });
    expect((error as Error).message).toContain(message);
  });
});

describe('a replay string that is none is a clear error', () => {
  const system = transitionSystem({
    name: 'c',
    words: 1,
    actors: [{ name: 'a', actions: [{ name: 'inc', effect: sets(0, 1) }] }],
    invariants: { 'stays zero': (s) => s[0] === 0 },
  });
  test.each(['', 'hello', '1:a-b:0:0', 'moves 7', 'moves 999999999999*0', 'moves 0.1', 5])('%s', async (text) => {
    const { trace } = await explore(system);
    const [, known = ''] = /replay: '(.*:)[^:]*'/.exec(trace === undefined ? '' : printTrace(trace)) ?? [];
    const given = typeof text === 'string' ? text.replace('moves ', known) : text;
    expect(() => replay(system, given as string)).toThrow(expect.objectContaining({ code: 'RIGHTLINK_MODEL_REPLAY' }));
  });
});

describe('programs and systems that make no sense are a clear error', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['no name', () => program({ name: '', words: 1, threads: [] }), /name must be a text that is not empty/],
    ['no threads', () => program({ name: 'p', words: 1, threads: [] }), /1 to 16 threads, not 0/],
    ['too little memory', () => program({ name: 'p', words: 0, threads: [] }), /words must be 1 to 2\^24, not 0/],
    ['no actors', () => transitionSystem({ name: 's', words: 1, actors: [] }), /at least one actor/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
