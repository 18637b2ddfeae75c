import { describe, expect, test } from 'vitest';
import {
  explore,
  type Operation,
  type Program,
  printTrace,
  program,
  replay,
  type Step,
  thread,
  transitionSystem,
} from '../index.ts';
import { programMoveOf } from '../program/move.ts';
import { encodeReplay } from './replay-string.ts';

class Registers {
  seen = 0;
}
const COUNT = 0;
const LOCK = 1;
const BELL = 2;
const names = (address: number): string => ['count', 'lock', 'bell'][address];

const read: Step<Registers> = (memory, op) => {
  op.seen = memory.load(COUNT);
  return write;
};
const write: Step<Registers> = (memory, op) => {
  memory.store(COUNT, op.seen + 1);
  return null;
};
const count: Operation<Registers> = {
  name: 'count',
  arguments: [1],
  begin: () => read,
  end: (_, op) => op.seen,
};

/** Two threads that add one by reading and writing: an update can be lost. */
function counter(threads: readonly string[], words = 1): Program {
  return program<Registers, number>({
    name: 'counter',
    words,
    threads: threads.map((name) => ({ name, registers: () => new Registers(), operations: [count] })),
    specification: { initial: 0, apply: (value) => ({ state: value + 1, result: value }) },
    names,
    show: (memory) => `count is ${memory.load(COUNT)}`,
  });
}

/** The text without the line that holds the replay string. */
async function traceOf(target: Program, options: Parameters<typeof explore>[1] = {}, print = {}): Promise<string> {
  const { trace } = await explore(target, options);
  if (trace === undefined) throw new Error('nothing was found');
  return `\n${printTrace(trace, { width: 80, ...print })}\n`;
}

describe('a trace', () => {
  test('shows scenario, columns, accesses, who wrote what is read, results, and why threads switch', async () => {
    expect(await traceOf(counter(['a', 'b']))).toMatchInlineSnapshot(`
      "
      counter
        a: count(1)
        b: count(1)
        at the start: count = 0
        ┆ count is 0

        │ a                                    │ b
      ──┼──────────────────────────────────────┼──────────────────────────────────────
      1 │                                      │ ▸ count(1)
        │                                      │ read: load count = 0
        │                                      │ ┄ interrupted: a changes count (3)
        │                                      │   before 4 changes it
      2 │ ▸ count(1)                           │
        │ read: load count = 0                 │
      3 │ write: store count: 0 → 1            │
        │ ◂ count(1) = 0                       │
        │ ┄ done                               │
      4 │                                      │ write: store count: 1 → 1
        │                                      │ ◂ count(1) = 0

      ✗ linearizability: b: count(1) returned 0, which no order of the operations
        explains; before it, the specification could be in: 1
      4 steps, 2 switches
      replay: '1:4dw-m31ub:0:b.2*a.b'
      "
    `);
  });

  test('shows the state after every step when asked', async () => {
    expect(await traceOf(counter(['a', 'b']), {}, { show: 'every' })).toMatchInlineSnapshot(`
      "
      counter
        a: count(1)
        b: count(1)
        at the start: count = 0
        ┆ count is 0

        │ a                                    │ b
      ──┼──────────────────────────────────────┼──────────────────────────────────────
      1 │                                      │ ▸ count(1)
        │                                      │ read: load count = 0
        │ ┆ count is 0
        │                                      │ ┄ interrupted: a changes count (3)
        │                                      │   before 4 changes it
      2 │ ▸ count(1)                           │
        │ read: load count = 0                 │
        │ ┆ count is 0
      3 │ write: store count: 0 → 1            │
        │ ◂ count(1) = 0                       │
        │ ┆ count is 1
        │ ┄ done                               │
      4 │                                      │ write: store count: 1 → 1
        │                                      │ ◂ count(1) = 0
        │ ┆ count is 1

      ✗ linearizability: b: count(1) returned 0, which no order of the operations
        explains; before it, the specification could be in: 1
      4 steps, 2 switches
      replay: '1:4dw-m31ub:0:b.2*a.b'
      "
    `);
  });

  test('becomes a list where there is no room for columns', async () => {
    expect(await traceOf(counter(['a', 'b', 'c', 'd']))).toMatchInlineSnapshot(`
      "
      counter
        a: count(1)
        b: count(1)
        c: count(1)
        d: count(1)
        at the start: count = 0
        ┆ count is 0

      1 b ▸ count(1)
          read: load count = 0
          ┄ interrupted: a changes count (3) before 4 changes it
      2 a ▸ count(1)
          read: load count = 0
      3   write: store count: 0 → 1
          ◂ count(1) = 0
          ┄ done
      4 b write: store count: 1 → 1
          ◂ count(1) = 0

      ✗ linearizability: b: count(1) returned 0, which no order of the operations
        explains; before it, the specification could be in: 1
      4 steps, 2 switches
      replay: '1:4dw-hm2mg:0:b.2*a.b'
      "
    `);
  });

  test('shows an operation that fails before its first step', async () => {
    const target = program<Registers, unknown>({
      name: 'thrower',
      words: 1,
      threads: [
        {
          name: 'a',
          registers: () => new Registers(),
          operations: [
            {
              name: 'throw',
              begin: () => {
                throw new Error('no');
              },
            },
          ],
        },
      ],
    });
    expect(await traceOf(target)).toMatchInlineSnapshot(`
      "
      thrower
        a: throw

        │ a
      ──┼─────────
      1 │ ▸ throw

      ✗ exception: a: Error: no
      1 step, 0 switches
      replay: '1:lck-v2kqd:0:a'
      "
    `);
  });

  test('calls words what they are at its end, but for those of released blocks', async () => {
    const claim: Step<Registers> = (memory) => {
      memory.acquired(LOCK, 2);
      memory.store(LOCK, 1);
      return fill;
    };
    const fill: Step<Registers> = (memory) => {
      memory.store(COUNT, 5);
      return free;
    };
    const free: Step<Registers> = (memory) => {
      memory.store(BELL, 7);
      memory.released(BELL, 1);
      return null;
    };
    const target = program<Registers, unknown>({
      name: 'names',
      words: 3,
      names,
      namesAtEnd: (memory) =>
        new Map([
          [COUNT, `count up to ${memory.load(COUNT)}`],
          [LOCK, 'lock, closed'],
          [BELL, 'bell of another time'],
        ]),
      threads: [{ name: 'a', registers: () => new Registers(), operations: [{ name: 'fill', begin: () => claim }] }],
      finally: { never: () => false },
    });
    const { trace } = await explore(target);
    expect(trace?.steps.flatMap(({ accesses }) => accesses.map(({ kind, word }) => `${kind} ${word}`))).toEqual([
      'acquired lock .. bell',
      'store lock, closed',
      'store count up to 5',
      'store bell',
      'released bell',
    ]);
    expect(trace?.scenario.memory.map(({ word }) => word)).toEqual(['count up to 5', 'lock, closed', 'bell']);
  });

  test('is never narrower than can be read', async () => {
    const narrow = await traceOf(counter(['a', 'b']), {}, { width: 1 });
    expect(narrow).toBe(await traceOf(counter(['a', 'b']), {}, { width: 40 }));
    expect(Math.max(...narrow.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(40);
  });

  test('shows deaths, and who starts after them', async () => {
    const target = program<Registers, unknown>({
      name: 'heir',
      words: 3,
      names,
      deaths: 1,
      threads: [
        {
          name: 'a',
          registers: () => new Registers(),
          operations: [{ name: 'lock', begin: () => take, end: () => null }],
        },
        thread<Registers>({
          name: 'heir',
          startsWhenDead: 'a',
          background: true,
          registers: () => new Registers(),
          operations: [{ name: 'look', begin: () => look, end: (_, op) => op.seen }],
        }),
      ],
      invariants: { 'never seen locked': (_, { threads }) => threads[1].results[0] !== 1 },
    });
    const take: Step<Registers> = (memory) => {
      memory.compareExchange(LOCK, 0, 1);
      return release;
    };
    const release: Step<Registers> = (memory) => {
      memory.store(LOCK, 0);
      return null;
    };
    const look: Step<Registers> = (memory, op) => {
      op.seen = memory.load(LOCK);
      return null;
    };
    expect(await traceOf(target)).toMatchInlineSnapshot(`
      "
      heir
        a: lock
        heir: look (starts when a has died, in the background)
        at most 1 death
        at the start: lock = 0

        │ a                         │ heir
      ──┼───────────────────────────┼───────────────────────────
      1 │ ▸ lock                    │
        │ take: cas lock: 0 → 1     │
      2 │ dies                      │
        │ ┄ dead                    │
      3 │                           │ ▸ look
        │                           │ look: load lock = 1 (← 1)
        │                           │ ◂ look = 1

      ✗ invariant: never seen locked
      3 steps, 1 switch
      replay: '1:e1y-6zx3l:0:a.A.b'
      "
    `);
  });

  test('shows who sleeps, and on what: a lost wake-up', async () => {
    const check: Step<Registers> = (memory) => (memory.load(COUNT) === 1 ? null : sleep);
    const sleep: Step<Registers> = (memory) => {
      memory.wait(BELL, 0, Number.POSITIVE_INFINITY);
      return check;
    };
    const set: Step<Registers> = (memory) => {
      memory.store(COUNT, 1);
      return ring;
    };
    const ring: Step<Registers> = (memory) => {
      memory.notify(BELL, 1);
      return null;
    };
    const target = program<Registers, unknown>({
      name: 'bell',
      words: 3,
      names,
      threads: [
        { name: 'waiter', registers: () => new Registers(), operations: [{ name: 'wait', begin: () => check }] },
        { name: 'ringer', registers: () => new Registers(), operations: [{ name: 'set', begin: () => set }] },
      ],
    });
    expect(await traceOf(target)).toMatchInlineSnapshot(`
      "
      bell
        waiter: wait
        ringer: set
        at the start: count = 0, bell = 0

        │ waiter                               │ ringer
      ──┼──────────────────────────────────────┼──────────────────────────────────────
      1 │ ▸ wait                               │
        │ check: load count = 0                │
        │ ┄ interrupted: ringer notifies bell  │
        │   (3) before 4 sleeps on it          │
      2 │                                      │ ▸ set
        │                                      │ set: store count: 0 → 1
      3 │                                      │ ring: notify bell = 0
        │                                      │ ◂ set
        │                                      │ ┄ done
      4 │ sleep                                │
        │   wait bell = 0                      │
        │   falls asleep                       │

      ✗ deadlock: asleep for ever: waiter
      4 steps, 2 switches
      replay: '1:bu0-l30n1:0:a.2*b.a'
      "
    `);
  });

  test('shows where an endless execution goes round', async () => {
    expect(await traceOf(spinning(), { progress: 'lock-free' })).toMatchInlineSnapshot(`
      "
      spin lock
        a: pass
        b: pass
        at the start: lock = 0

        │ a                                    │ b
      ──┼──────────────────────────────────────┼──────────────────────────────────────
      1 │ ▸ pass                               │
        │ look: load lock = 0                  │
      2 │ lock: cas lock: 0 → 1                │
        │ ┄ interrupted: b reads lock (3),     │
        │   which 2 had changed                │
      3 │                                      │ ▸ pass
        │                                      │ look: load lock = 1 (← 2)
        │ ╭─ steps 4 to 5 for ever:
      4 │                                      │ lock: cas failed lock = 1, not 0
        │                                      │   (← 2)
      5 │                                      │ look: load lock = 1 (← 2)
        │ ╰─ and step 4 again

      ✗ progress: not lock-free: threads can go on for ever from step 4 to step 5
        without any operation being completed
      5 steps, 1 switch
      replay: '1:eo0-x9s0i:0:2*a.3*b:3'
      "
    `);
  });

  test('folds loops', () => {
    const target = spinning();
    const moves = [...'aabbbbbbbbbabb'].map(programMoveOf);
    const { trace } = replay(target, encodeReplay(target, { initial: 0, moves }));
    expect(trace.repeats).toEqual([{ first: 4, length: 2, times: 4 }]);
    expect(`\n${printTrace(trace, { width: 80 })}\n`).toMatchInlineSnapshot(`
      "
      spin lock
        a: pass
        b: pass
        at the start: lock = 0

         │ a                                   │ b
      ───┼─────────────────────────────────────┼─────────────────────────────────────
       1 │ ▸ pass                              │
         │ look: load lock = 0                 │
       2 │ lock: cas lock: 0 → 1               │
         │ ┄ interrupted: b reads lock (3)     │
         │   before 12 changes it              │
       3 │                                     │ ▸ pass
         │                                     │ look: load lock = 1 (← 2)
       4 │                                     │ lock: cas failed lock = 1, not 0
         │                                     │   (← 2)
       5 │                                     │ look: load lock = 1 (← 2)
         │                                     │ ⟲ 4 times the same, to step 11
         │                                     │ ┄ interrupted: a changes lock (12)
         │                                     │   before 13 changes it
      12 │ unlock: store lock: 1 → 0           │
         │ ◂ pass                              │
         │ ┄ done                              │
      13 │                                     │ lock: cas lock: 0 → 1 (← 12)
      14 │                                     │ unlock: store lock: 1 → 0
         │                                     │ ◂ pass

      14 steps, 3 switches
      replay: '1:eo0-x9s0i:0:2*a.9*b.a.2*b'
      "
    `);
  });

  test('of a transition system shows what is set, and reads of what others set', async () => {
    const target = transitionSystem({
      name: 'pair',
      words: 2,
      names: (word) => ['x', 'y'][word],
      actors: [
        {
          name: 'left',
          actions: [
            {
              name: 'raise',
              guard: (s) => s[0] < 2,
              effect: (s) => {
                s[0] += 1;
              },
            },
          ],
        },
        {
          name: 'right',
          actions: [
            {
              name: 'follow',
              guard: (s) => s[1] < s[0],
              effect: (s) => {
                s[1] = s[0];
              },
            },
          ],
        },
      ],
      invariants: { 'never two': (s) => s[1] !== 2 },
      show: (s) => `x ${s[0]}, y ${s[1]}`,
    });
    const { trace } = await explore(target);
    expect(trace && `\n${printTrace(trace, { width: 80, show: 'last' })}\n`).toMatchInlineSnapshot(`
      "
      pair
        left: may raise
        right: may follow
        at the start: x = 0, y = 0
        ┆ x 0, y 0

        │ left                            │ right
      ──┼─────────────────────────────────┼─────────────────────────────────
      1 │ raise: set x: 0 → 1             │
      2 │ raise: set x: 1 → 2             │
        │ ┄ blocked: no action is enabled │
      3 │                                 │ follow
        │                                 │   read x = 2 (← 2)
        │                                 │   set y: 0 → 2
        │ ┆ x 2, y 2

      ✗ invariant: never two
      3 steps, 1 switch
      replay: '1:je3-rnoj5:0:2*0.1'
      "
    `);
  });
});

/** A spin lock: whoever is stopped inside stops the other. */
function spinning(): Program {
  const look: Step<Registers> = (memory, op) => {
    op.seen = memory.load(LOCK);
    return lock;
  };
  const lock: Step<Registers> = (memory) => (memory.compareExchange(LOCK, 0, 1) === 0 ? unlock : look);
  const unlock: Step<Registers> = (memory) => {
    memory.store(LOCK, 0);
    return null;
  };
  return program<Registers, unknown>({
    name: 'spin lock',
    words: 3,
    names,
    threads: ['a', 'b'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: [{ name: 'pass', begin: () => look }],
    })),
  });
}
