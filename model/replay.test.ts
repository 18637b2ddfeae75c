import { describe, expect, test } from 'vitest';
import { choose, explore, type Program, program, replay, type Step, transitionSystem } from './index.ts';

class Registers {
  seen = 0;
}

const read: Step<Registers> = (memory, op) => {
  op.seen = memory.load(0);
  return write;
};
const write: Step<Registers> = (memory, op) => {
  memory.store(0, op.seen + 1);
  return null;
};
const add: Step<Registers> = (memory, op) => {
  op.seen = memory.add(0, 1);
  return null;
};
const roll: Step<Registers> = (memory, op) => {
  op.seen = choose(6);
  memory.store(0, op.seen);
  return null;
};
const nap: Step<Registers> = (memory) => {
  memory.wait(0, 0, 10);
  return read;
};

interface Shape {
  first?: Step<Registers>;
  name?: string;
  argument?: number;
  deaths?: number;
  limit?: number;
}

function counter({ first = read, name = 'counter', argument = 1, deaths = 0, limit = 2 }: Shape = {}): Program {
  return program<Registers, unknown>({
    name,
    words: 1,
    deaths,
    threads: ['a', 'b'].map((thread) => ({
      name: thread,
      registers: () => new Registers(),
      operations: [{ name: 'count', arguments: [argument], begin: () => first }],
    })),
    finally: {
      'both counted': (memory, { threads }) =>
        threads.some(({ status }) => status === 'dead') || memory.load(0) === limit,
    },
    mutants: { twice: { step: 'add', weaken: { add: (memory, address) => memory.add(address, 2) } } },
  });
}

async function found(target: Program, options = {}): Promise<string> {
  const { trace } = await explore(target, options);
  return trace?.replay ?? '';
}

describe('replay', () => {
  test('runs a trace again', async () => {
    const { trace } = await explore(counter());
    expect(trace?.replay).toMatch(/^1:\w+-\w+:0:2?\*?[ab.*\d]+$/);
    const again = replay(counter(), trace?.replay ?? '');
    expect(again.violation).toMatchObject({ kind: 'final', name: 'both counted' });
    expect(again.trace).toEqual(trace);
  });

  test('of a mutant, and of the code itself on the same way', async () => {
    const text = await found(counter({ first: add }), { mutant: 'twice' });
    expect(replay(counter({ first: add }), text, { mutant: 'twice' }).violation).not.toBeNull();
    expect(replay(counter({ first: add }), text).violation).toBeNull();
  });

  test('keeps choices, timeouts and deaths', async () => {
    const rolling = counter({ first: roll, limit: 0 });
    expect(await found(rolling)).toMatch(/\(\d\)/);
    expect(replay(rolling, await found(rolling)).violation).not.toBeNull();
    expect(replay(rolling, await found(rolling)).trace.steps.flatMap(({ notes }) => notes)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^choose\(6\) gives [1-5]$/)]),
    );
    const napping = counter({ first: nap });
    expect(await found(napping)).toMatch(/~/);
    expect(replay(napping, await found(napping)).trace).toEqual((await explore(napping)).trace);
    const dying = program<Registers, unknown>({
      name: 'dying',
      words: 1,
      deaths: 1,
      threads: [{ name: 'a', registers: () => new Registers(), operations: [{ name: 'count', begin: () => read }] }],
      finally: { 'nobody dies': (_, { threads }) => threads[0].status !== 'dead' },
    });
    expect(await found(dying)).toMatch(/:0:A$/);
    expect(replay(dying, await found(dying)).violation).toMatchObject({ name: 'nobody dies' });
  });

  test('of an endless execution goes round once, and sees that it does', async () => {
    const again: Step<Registers> = (memory) => (memory.load(0) === 0 ? again : null);
    const target = program<Registers, unknown>({
      name: 'spin',
      words: 1,
      threads: [{ name: 'a', registers: () => new Registers(), operations: [{ name: 'spin', begin: () => again }] }],
    });
    const { trace } = await explore(target, { progress: 'lock-free' });
    expect(trace?.loopsTo).toBe(2);
    const { violation, trace: replayed } = replay(target, trace?.replay ?? '');
    expect(violation).toMatchObject({ kind: 'progress' });
    expect(replayed.steps).toEqual(trace?.steps);
    expect(() => replay(target, (trace?.replay ?? '').replace(/:1$/, ':0'))).toThrow('does not lead back there');
  });

  test('of a transition system', async () => {
    const dice = transitionSystem({
      name: 'dice',
      words: 2,
      initial: () => [
        [0, 0],
        [0, 1],
      ],
      actors: [
        {
          name: 'a',
          actions: [
            {
              name: 'roll',
              choices: 6,
              guard: (s) => s[0] === 0,
              effect: (s, choice) => {
                s[0] = choice + 1;
              },
            },
          ],
        },
      ],
      invariants: { 'no six': (s) => s[0] !== 6 || s[1] === 0 },
    });
    const { trace } = await explore(dice);
    expect(trace?.replay).toMatch(/:1:0\(5\)$/);
    expect(replay(dice, trace?.replay ?? '').violation).toMatchObject({ name: 'no six' });
  });

  test.each([
    ['nonsense', 'this is no replay string'],
    ['', 'this is no replay string'],
    ['0:0.0.2hwcg', 'it is of version 0'],
    ['2:ab-cd:0:a', 'it is of version 2'],
    ['1:ab', 'it is damaged'],
  ])("'%s' is an error: %s", (text, message) => {
    expect(() => replay(counter(), text)).toThrow(message);
    expect(() => replay(counter(), text)).toThrow(expect.objectContaining({ code: 'RIGHTLINK_MODEL_REPLAY' }));
  });

  test('what was recorded on something else is an error that says what is different', async () => {
    const text = await found(counter());
    expect(() => replay(counter({ name: 'another' }), text)).toThrow('recorded on a model of another name');
    expect(() => replay(counter({ argument: 2 }), text)).toThrow('the model has changed since');
    expect(() => replay(counter({ deaths: 1 }), text)).toThrow('the model has changed since');
    expect(() => replay(counter({ first: add }), text)).toThrow(
      /step \d, of [ab], is not possible here: code or model have changed; who can move there: [ab]|nobody can move/,
    );
    expect(() => replay(counter(), text.replace(/:0:.*/, ':0:q'))).toThrow("'q' is no move");
    expect(() => replay(counter(), text.replace(/:0:.*/, ':7:a'))).toThrow('there is no initial state 7');
  });
});
