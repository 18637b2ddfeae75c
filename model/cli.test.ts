import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Registry, runCommandLine } from './cli.ts';
import { type Program, printTrace, program, type Step, type Trace, transitionSystem } from './index.ts';

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

function counter(first: Step<Registers>): Program {
  return program<Registers, number>({
    name: 'counter',
    words: 1,
    threads: ['a', 'b'].map((name) => ({
      name,
      registers: () => new Registers(),
      operations: [{ name: 'count', begin: () => first, end: (_: unknown, op: Registers) => op.seen }],
    })),
    specification: { initial: 0, apply: (count) => ({ state: count + 1, result: count }) },
    mutants: { 'not counted': { step: 'add', weaken: 'skip' } },
    steps: [read, write, add],
    names: () => 'count',
    show: (memory) => `count is ${memory.load(0)}`,
  });
}

const light = transitionSystem({
  name: 'light',
  words: 1,
  actors: [
    {
      name: 'switch',
      actions: [
        {
          name: 'on',
          guard: (s) => s[0] === 0,
          effect: (s) => {
            s[0] = 1;
          },
        },
        {
          name: 'burn out',
          guard: (s) => s[0] === 2,
          effect: (s) => {
            s[0] = 3;
          },
        },
      ],
    },
  ],
  goals: { 'is lit': (s) => s[0] === 1 },
});

const registry: Registry = [
  { name: 'counter', about: 'counts', build: () => counter(add) },
  { name: 'racy', build: () => counter(read), expect: 'violation', mutants: [] },
  { name: 'light', build: () => light },
];

/** What is read of a printed row. */
interface Printed {
  verdict: string;
  trace: Trace;
  traceText: string;
}

describe('the command line', () => {
  let out = '';
  let err = '';
  beforeEach(() => {
    out = '';
    err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += text;
      return true;
    });
  });
  afterEach(() => vi.restoreAllMocks());

  test('explores one scenario, as JSON too', async () => {
    expect(await runCommandLine(registry, ['counter', '--json'])).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      scenario: 'counter',
      verdict: 'ok',
      exhaustive: true,
      states: 4,
      transitions: 4,
    });
    expect(Object.keys(JSON.parse(out))).toEqual(expect.arrayContaining(['seconds', 'coverage', 'depth']));
  });

  test('a violation is exit code 1, with its trace', async () => {
    expect(await runCommandLine(registry, ['racy'])).toBe(1);
    expect(out).toContain('linearizability');
    expect(out).toContain("replay: '1:");
  });

  test('a mutant is explored by name', async () => {
    expect(await runCommandLine(registry, ['counter', '--mutant', 'not counted', '--json'])).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ mutant: 'not counted', verdict: 'violation' });
  });

  test('--all gives an array of scenarios and mutants', async () => {
    expect(await runCommandLine(registry, ['--all', '--json'])).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      { scenario: 'counter', verdict: 'ok' },
      { scenario: 'counter', mutant: 'not counted', caught: true },
      { scenario: 'racy', verdict: 'violation' },
      { scenario: 'light', verdict: 'ok', neverRun: ['switch: burn out'], goals: { 'is lit': true } },
    ]);
  });

  test('a scenario of --all is the same object as by itself, a mutant has just what is said of it', async () => {
    await runCommandLine(registry, ['--all', '--json']);
    const [alone, mutant] = JSON.parse(out);
    out = '';
    await runCommandLine(registry, ['counter', '--json']);
    expect({ ...JSON.parse(out), seconds: 0 }).toEqual({ ...alone, seconds: 0 });
    expect(Object.keys(mutant)).toEqual(['scenario', 'mutant', 'caught', 'coverage', 'states', 'seconds', 'violation']);
  });

  test('steps that never ran are named: of each scenario, and at the end those that ran in none', async () => {
    expect(await runCommandLine(registry, ['--all'], undefined, ['read', 'write', 'add', 'subtract', 'clear'])).toBe(0);
    expect(out).toMatch(/^counter: ok.*\n {2}never run: read, write\n/);
    expect(out).toMatch(/2 of 5 steps ran in no scenario: subtract, clear\n$/);
    out = '';
    await runCommandLine(registry, ['--all', '--json'], undefined, ['read', 'subtract']);
    expect(JSON.parse(out)).toHaveLength(4);
    expect(err).toBe('1 of 2 steps ran in no scenario: subtract\n');
  });

  test('a scenario whose program lists no steps says that nobody knows', async () => {
    const { steps: _, ...unlisted } = counter(add);
    await runCommandLine([{ name: 'unlisted', build: () => unlisted as Program }], ['unlisted']);
    expect(out).toContain('never run: not known, as the program does not list its steps');
    out = '';
    await runCommandLine([{ name: 'unlisted', build: () => unlisted as Program }], ['unlisted', '--json']);
    expect(JSON.parse(out).neverRun).toBeNull();
  });

  test('JSON has the trace as data and as text', async () => {
    await runCommandLine(registry, ['racy', '--json', '--show', 'last', '--width', '90']);
    const { trace, traceText }: Printed = JSON.parse(out);
    expect(traceText).toBe(printTrace(trace, { width: 90, show: 'last' }));
    expect(traceText).toContain('┆ count is 1');
    expect(trace.scenario.threads[0]).toEqual({ name: 'a', operations: [['count']], remarks: [] });
    expect(trace.scenario.memory).toEqual([{ word: 'count', address: 0, value: 0 }]);
    expect(trace.steps).toHaveLength(4);
    expect(trace.steps[1]).toMatchObject({
      number: 2,
      begins: 'count',
      label: 'read',
      accesses: [{ kind: 'load', word: 'count', address: 0, before: 0, after: 0 }],
      status: 'ready',
    });
    expect(trace.violation?.kind).toBe('linearizability');
  });

  test('--replay runs one execution again', async () => {
    await runCommandLine(registry, ['racy', '--json']);
    const { trace }: Printed = JSON.parse(out);
    out = '';
    expect(await runCommandLine(registry, ['racy', '--replay', trace.replay])).toBe(1);
    expect(out).toBe(`racy: violation, in this one execution\n\n${printTrace(trace)}\n`);
    out = '';
    expect(await runCommandLine(registry, ['racy', '--replay', trace.replay, '--json'])).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ scenario: 'racy', verdict: 'violation', trace: { steps: trace.steps } });
  });

  test('--goals shows the ways to goals', async () => {
    expect(await runCommandLine(registry, ['light', '--goals'])).toBe(0);
    expect(out).toContain("goal 'is lit': reached");
    expect(out).toMatch(/goal 'is lit'\n\nlight\n(.*\n)*1 │ on: set \[0\]: 0 → 1\n\n1 step, 0 switches\nreplay: /);
    out = '';
    await runCommandLine(registry, ['light', '--goals', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      goals: { 'is lit': true },
      goalTraces: { 'is lit': { steps: [{ label: 'on' }] } },
    });
  });

  test('--mutate lists what is caught and what survives', async () => {
    expect(await runCommandLine(registry, ['counter', '--mutate'])).toBe(0);
    expect(out).toContain('mutant add: add dropped: caught after');
    expect(out).toMatch(/1 mutants, 1 caught, 0 survive\n$/);
    out = '';
    expect(await runCommandLine(registry, ['counter', '--mutate', '--json'])).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ scenario: 'counter', mutant: 'add: add dropped', caught: true }]);
  });

  test('--help says what there is', async () => {
    expect(await runCommandLine(registry, ['--help'])).toBe(0);
    for (const flag of [
      '--mutant',
      '--mutate',
      '--replay',
      '--all',
      '--list',
      '--json',
      '--show',
      '--width',
      '--brief',
    ])
      expect(out).toContain(flag);
    expect(out).toContain('exit code: 0');
  });

  test('--list names scenarios and mutants', async () => {
    expect(await runCommandLine(registry, ['--list'])).toBe(0);
    expect(out).toContain('counter  counts');
    expect(out).toContain('mutants: not counted');
  });

  test.each([
    [['conter'], "did you mean 'counter'"],
    [['counter', '--mutant', 'x'], "no mutant 'x'; it has: not counted"],
    [[], 'name a scenario'],
    [['--nonsense'], '--nonsense'],
    [['--all', 'counter'], '--all takes no scenario'],
    [['--all', '--resume', 'x'], '--checkpoint and --resume are for one scenario'],
    [['counter', '--resume', '/nowhere/at/all'], "checkpoint '/nowhere/at/all' cannot be read"],
    [['counter', '--threads', '2', '--checkpoint', 'x'], 'where explorer threads find'],
    [['--list', 'counter'], '--list takes no scenario'],
    [['counter', 'racy'], 'one scenario at a time'],
    [['--all', '--list'], '--list and --all contradict each other'],
    [['--mutant', 'not counted'], '--mutant needs a scenario'],
    [['--mutate'], '--mutate needs a scenario'],
    [['counter', '--mutate', '--mutant', 'not counted'], 'leave out --mutant'],
    [['light', '--mutate'], '--mutate needs a program'],
    [['--replay', '1:a'], '--replay needs a scenario'],
    [['counter', '--replay', 'x'], 'this is no replay string'],
    [['counter', '--replay', '1:a', '--search', 'depth'], 'leave out --search'],
    [['counter', '--show', 'all'], '--show is one of none, last, every'],
    [['counter', '--width', ''], '--width takes a whole number'],
    [['counter', '--threads', '2'], 'does not say where explorer threads find'],
    [['counter', '--search', 'wide'], '--search is one of'],
    [['counter', '--max-states', 'many'], '--max-states takes a whole number'],
    [['counter', '--search', 'breadth', '--progress', 'lock-free'], 'progress is checked'],
  ])('%j is exit code 2: %s', async (argv, message) => {
    expect(await runCommandLine(registry, argv)).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });
});
