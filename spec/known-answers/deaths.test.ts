import { describe, expect, test } from 'vitest';
import { explore, type Program, program, replay, type Step, thread } from '../../model/index.ts';

const FLAG = 0;
const FIRST = 1;
const SECOND = 2;

const announce: Step<object> = (memory) => {
  memory.store(FLAG, 1);
  memory.write32(FIRST, 1);
  memory.writeBytes(4 * SECOND, Uint8Array.of(1, 0, 0, 0), 0, 4);
  return goOn;
};
/** Without it, the thread would be finished, and could not die any more. */
const goOn: Step<object> = (memory) => {
  memory.load(FLAG);
  return null;
};

class Seen {
  flag = 0;
  words = '';
}

const look: Step<Seen> = (memory, op) => {
  op.flag = memory.load(FLAG);
  return null;
};

/** A writer that may die, and a heir who finds what it left behind. */
function inheritance(more: Partial<Program> = {}): Program {
  return {
    ...program({
      name: 'inheritance',
      words: 3,
      deaths: 1,
      recordResults: true,
      threads: [
        thread({ name: 'writer', registers: () => ({}), operations: [{ name: 'announce', begin: () => announce }] }),
        thread({
          name: 'heir',
          startsWhenDead: 'writer',
          registers: () => new Seen(),
          operations: [
            {
              name: 'look',
              begin: () => look,
              end: (memory, op) => `${op.flag}${memory.read32(FIRST)}${memory.read32(SECOND)}`,
            },
          ],
        }),
      ],
    }),
    ...more,
  };
}

/** All that the heir finds. */
async function found(target: Program, search: 'depth' | 'stateless'): Promise<string[]> {
  const seen = new Set<string>();
  const watched: Program = {
    ...target,
    finally: {
      watch: (_, { threads }) => {
        for (const result of threads[1].results) seen.add(String(result));
        return true;
      },
    },
  };
  expect(await explore(watched, { search })).toMatchObject({ verdict: 'ok', exhaustive: true });
  return [...seen].sort();
}

describe.each(['depth', 'stateless'] as const)('a death within a step (search: %s)', (search) => {
  test('leaves the atomic action done, and any number of the plain writes behind it', async () => {
    expect(await found(inheritance(), search)).toEqual(['000', '100', '110', '111']);
  });

  test('comes before writes that lead up to an action only when asked for', async () => {
    const prepare: Step<object> = (memory) => {
      memory.write32(FIRST, 1);
      memory.write32(SECOND, 1);
      return act;
    };
    const act: Step<object> = (memory) => {
      memory.store(FLAG, 1);
      return goOn;
    };
    const preparing = (deathsWithinSteps: boolean | 'every write') => {
      const { threads, ...rest } = inheritance({ deathsWithinSteps });
      const writer = thread({
        name: 'writer',
        registers: () => ({}),
        operations: [{ name: 'act', begin: () => prepare }],
      });
      return { ...rest, threads: [writer, threads[1]] };
    };
    expect(await found(preparing(true), search)).toEqual(['000', '111']);
    expect(await found(preparing('every write'), search)).toEqual(['000', '010', '111']);
  });

  test('can be ruled out', async () => {
    expect(await found(inheritance({ deathsWithinSteps: false }), search)).toEqual(['000', '111']);
  });

  test('is told in traces, and replayed', async () => {
    const within: Partial<Program> = {
      finally: { 'no flag without words': (memory) => memory.load(FLAG) === memory.read32(SECOND) },
    };
    const { violation } = await explore(inheritance(within), { search });
    expect(violation).toMatchObject({ kind: 'final', name: 'no flag without words' });
    expect(violation?.trace.steps[0].notes).toEqual([
      expect.stringMatching(/^dies behind its atomic action, after [01] plain writes$/),
    ]);
    expect(violation?.trace.replay).toMatch(/:0:A\+(\(1\))?\./);
    expect(replay(inheritance(within), violation?.trace.replay ?? '').violation).toMatchObject({ kind: 'final' });
  });
});

test('a call that dies within its first step may have taken effect, or not', async () => {
  const target = (result: (flag: number) => number): Program =>
    program<never, number>({
      name: 'half a call',
      words: 3,
      deaths: 1,
      threads: [
        thread({
          name: 'writer',
          registers: () => ({}),
          operations: [{ name: 'announce', begin: () => announce, end: () => 0 }],
        }),
        thread({
          name: 'heir',
          startsWhenDead: 'writer',
          registers: () => new Seen(),
          operations: [{ name: 'look', begin: () => look, end: (_, op) => result(op.flag) }],
        }),
      ],
      specification: {
        initial: 0,
        apply: (flag, { name }) => (name === 'announce' ? { state: 1, result: 0 } : { state: flag, result: flag }),
      },
    });
  expect(await explore(target((flag) => flag))).toMatchObject({ verdict: 'ok', exhaustive: true });
  expect(await explore(target((flag) => 1 - flag))).toMatchObject({ violation: { kind: 'linearizability' } });
});
