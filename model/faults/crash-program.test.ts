import { describe, expect, it } from 'vitest';
import { explore } from '../explore.ts';
import { run, type Step } from '../memory.ts';
import { choose } from '../program/choice.ts';
import { replay } from '../replay.ts';
import { type CrashOperation, type CrashProgramDefinition, crashProgram } from './crash-program.ts';

type Definition = CrashProgramDefinition<unknown>;

function program(operations: readonly CrashOperation[], more: Partial<Definition> = {}) {
  return crashProgram({ name: 'p', threads: [{ name: 't', operations }], ...more } as Definition);
}

describe('a crash program', () => {
  it('is described as it must be', () => {
    const run = (): void => {};
    const operations = [{ name: 'o', run }];
    const wrong: [Partial<Definition>, string][] = [
      [{ name: '' }, 'needs a name'],
      [{ threads: [] }, '1 to 8 threads'],
      [{ threads: [{ name: 't', operations: [] }] }, 'has no operation'],
      [{ threads: [{ name: 't', lives: 'later', operations }] }, 'no thread runs in the first life'],
      [
        {
          threads: [
            { name: 't', operations },
            { name: 't', operations },
          ],
        },
        'different names',
      ],
      [{ powerLosses: -1 }, 'powerLosses must be 0 or more'],
      [{ disk: { unitBytes: 0 } }, 'unitBytes must be at least 1'],
      [{ words: 0.5 }, 'words must be'],
    ];
    for (const [more, message] of wrong) expect(() => program(operations, more)).toThrow(message);
  });

  it('knows its mutants by name only', async () => {
    const target = program([{ name: 'o', run: () => {} }], { mutants: { lazy: {} } });
    await expect(explore(target, { mutant: 'busy' })).rejects.toThrow(
      'no such mutant; crash programs know theirs by name only: lazy',
    );
    expect((await explore(target, { mutant: 'lazy' })).verdict).toBe('ok');
  });

  it('is not for what needs step functions', async () => {
    const target = program([{ name: 'o', run: () => {} }]);
    await expect(explore(target, { search: 'stateless' })).rejects.toThrow('works on programs');
    await expect(explore(target, { progress: 'lock-free' })).rejects.toThrow('progress is checked on programs');
    await expect(explore(target, { symmetry: true })).rejects.toThrow('symmetry');
  });

  it('must say how much memory it has', async () => {
    const target = program([{ name: 'o', run: ({ memory }) => memory.load(0) }]);
    await expect(explore(target)).rejects.toThrow('say how many `words` it has');
  });

  it('does the same when it gets the same answers, or is told so', async () => {
    let times = 0;
    const run: CrashOperation['run'] = ({ disk }) => {
      times += 1;
      disk.create(`/${times}`);
      if (times % 2 === 0) disk.syncDirectory('/');
      disk.create('/last');
    };
    await expect(explore(program([{ name: 'o', run }]))).rejects.toThrow('depends on time or chance');
  });

  it('reports what it throws, with the way there, which can be replayed', async () => {
    const run: CrashOperation['run'] = ({ disk }) => {
      disk.create('/a');
      if (choose(3) === 2) throw new Error('two');
    };
    const target = program([{ name: 'o', run }]);
    const { violation } = await explore(target);
    expect(violation?.kind).toBe('exception');
    expect(violation?.message).toContain('two');
    expect(replay(target, violation?.trace.replay ?? '').violation?.message).toBe(violation?.message);
  });

  it('keeps a file in its directory', async () => {
    const run: CrashOperation['run'] = ({ disk }) => {
      disk.create('/a/f');
      disk.rename('/a/f', '/b/f');
    };
    await expect(explore(program([{ name: 'o', run }]))).rejects.toThrow('names in two directories are not modelled');
  });

  it('says which operations never come to an end', async () => {
    const stuck: CrashOperation['run'] = ({ disk }) => {
      disk.create('/a');
      throw new Error('always');
    };
    const operations = [
      { name: 'stuck', run: stuck },
      { name: 'late', arguments: 3, run: () => {} },
    ];
    const { neverRun, ran } = await explore(program([{ name: 'first', run: () => {} }, ...operations]));
    expect([ran, neverRun]).toEqual([['t: first'], ['t: stuck', 't: late(3)']]);
  });

  it('ends, and says so, where code goes on after every exception', async () => {
    const run: CrashOperation['run'] = ({ disk }) => {
      const file = disk.create('/a');
      for (let tries = 0; ; tries++) {
        try {
          disk.sync(file);
          return tries;
        } catch {}
      }
    };
    const result = await explore(program([{ name: 'o', run }], { failures: 2 }));
    expect([result.verdict, result.exhaustive]).toEqual(['ok', true]);
  });
});

describe('threads of a crash program', () => {
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
  const counter = (step: Step<Registers>) =>
    crashProgram<number>({
      name: 'counter',
      words: 1,
      powerLosses: 0,
      threads: ['a', 'b'].map((name) => ({
        name,
        operations: [
          {
            name: 'count',
            run: ({ memory }) => {
              const registers = new Registers();
              run(memory, registers, step);
              return registers.seen;
            },
          },
        ],
      })),
      specification: { durability: 'strict', initial: 0, apply: (state) => ({ state: state + 1, result: state }) },
    });

  it('run step functions over shared memory, in every order', async () => {
    const whole = await explore(counter(add));
    // Nobody has counted; one has, of two; both have, in two orders, which the results tell but nothing remembers.
    expect([whole.verdict, whole.states]).toEqual(['ok', 4]);
    expect((await explore(counter(read))).violation?.kind).toBe('linearizability');
  });

  it('lose memory in a crash, and find it set up again', async () => {
    const seen = new Set<number>();
    const look: CrashOperation = { name: 'look', run: ({ memory }) => void seen.add(memory.load(0)) };
    const target = crashProgram({
      name: 'memory',
      words: 1,
      setup: (memory, life) => memory.store(0, 10 * life),
      threads: [
        { name: 'a', operations: [{ name: 'add', run: ({ memory }) => memory.add(0, 1) }] },
        { name: 'b', lives: 'later', operations: [look] },
      ],
    });
    expect((await explore(target)).verdict).toBe('ok');
    expect([...seen]).toEqual([20]);
  });

  it('sleep and are woken; asleep for ever is a deadlock', async () => {
    const waiting = (wakes: boolean) =>
      crashProgram({
        name: 'waiting',
        words: 1,
        powerLosses: 0,
        threads: [
          {
            name: 'sleeper',
            operations: [{ name: 'wait', run: ({ memory }) => memory.wait(0, 0, Number.POSITIVE_INFINITY) }],
          },
          {
            name: 'waker',
            operations: [
              {
                name: 'wake',
                run: ({ memory }) => {
                  memory.store(0, 1);
                  if (wakes) memory.notify(0, 1);
                },
              },
            ],
          },
        ],
      });
    expect((await explore(waiting(true))).verdict).toBe('ok');
    expect((await explore(waiting(false))).violation?.kind).toBe('deadlock');
  });
});
