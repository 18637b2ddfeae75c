import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Registry, runCommandLine } from './cli.ts';
import { type Program, program, type Step } from './index.ts';

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
  });
}

const registry: Registry = [
  { name: 'counter', about: 'counts', build: () => counter(add) },
  { name: 'racy', build: () => counter(read), expect: 'violation', mutants: [] },
];

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
    ]);
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
    [['counter', '--search', 'wide'], '--search is one of'],
    [['counter', '--max-states', 'many'], '--max-states takes a whole number'],
    [['counter', '--search', 'breadth', '--progress', 'lock-free'], 'progress is checked'],
  ])('%j is exit code 2: %s', async (argv, message) => {
    expect(await runCommandLine(registry, argv)).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe('');
  });
});
