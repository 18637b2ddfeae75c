import { describe, expect, test } from 'vitest';
import { type ExploreOptions, explore, type Memory, program, type Step } from '../../model/index.ts';
import { lockedCounter, racyCounter, storeBuffering } from './synchronisation.ts';

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

describe('interchangeable threads of programs', () => {
  test.each([
    [2, 13, 8],
    [3, 84, 22],
    [4, 755, 63],
    [5, 8_638, 184],
  ])('racy increment, %i threads: %i states, %i under symmetry (Stateright)', async (threads, states, classes) => {
    const target = racyCounter(threads);
    for (const search of ['depth', 'breadth'] as const) {
      const all = await explore(target, { search, onViolation: 'continue' });
      expect(all).toMatchObject({ states, verdict: 'violation' });
      const some = await explore(target, { search, symmetry: true, onViolation: 'continue' });
      expect(some).toMatchObject({ states: classes, verdict: 'violation' });
    }
  });

  // Stateright's threads block at the lock: 4N + 1 classes (k of N are done: N + 1 with the lock free, and three for each
  // k < N while a thread holds it). Here they spin, and each of the j that wait has tried before or has not.
  test.each([2, 3, 4, 5])(
    'increment under a spin lock, %i threads: 4N + 1 (Stateright), times who has tried',
    async (threads) => {
      const target = lockedCounter(threads);
      let [all, classes] = [1, 1];
      for (let done = 0; done <= threads; done++) {
        const waiting = threads - done;
        const orders = factorial(threads) / factorial(waiting);
        if (done > 0) all += orders * 2 ** waiting;
        if (done > 0) classes += waiting + 1;
        if (done < threads) all += 3 * orders * waiting * 2 ** (waiting - 1);
        if (done < threads) classes += 3 * waiting;
      }
      expect(await explore(target)).toMatchObject({ states: all, verdict: 'ok' });
      expect(await explore(target, { symmetry: true })).toMatchObject({ states: classes, verdict: 'ok' });
    },
  );

  test('a trace found under symmetry is one of the program', async () => {
    const { violation } = await explore(racyCounter(4), { search: 'breadth', symmetry: true });
    expect(violation).toMatchObject({ kind: 'final' });
    expect(violation?.trace.steps).toHaveLength(8);
  });

  test('threads whose first steps tell them apart are an error', async () => {
    class Registers {
      self = 0;
    }
    const claim: Step<Registers> = (memory, op) => {
      memory.store(0, op.self);
      return null;
    };
    const names = ['a', 'b'];
    const target = program<Registers, unknown>({
      name: 'who was last',
      words: 1,
      threads: names.map((name, i) => ({
        name,
        registers: () => new Registers(),
        operations: [
          {
            name: 'claim',
            begin: (op: Registers) => {
              op.self = i + 1;
              return claim;
            },
            end: (memory: Memory) => memory.read32(0),
          },
        ],
      })),
      interchangeable: [names],
    });
    await expect(explore(target, { symmetry: true, races: false })).rejects.toThrow("threads 'a' and 'b'");
    expect(await explore(target, { races: false })).toMatchObject({ verdict: 'ok' });
  });

  test.each<[string, ExploreOptions]>([
    ['tell threads apart', { search: 'stateless' }],
    ['tell threads apart', { sleepSets: true }],
    ['tell threads apart', { preemptions: 1 }],
    ['not with progress', { progress: 'lock-free' }],
    ['not in exact mode', { exact: true }],
  ])('symmetry goes not together with everything: %s', async (message, options) => {
    await expect(explore(racyCounter(2), { symmetry: true, ...options })).rejects.toThrow(message);
  });

  test('it must be declared, and make sense', async () => {
    await expect(explore(storeBuffering(), { symmetry: true })).rejects.toThrow('interchangeable');
    const { type: _, ...definition } = racyCounter(2);
    const grouped = (groups: readonly string[][]) => () => program({ ...definition, interchangeable: groups });
    expect(grouped([['thread 0', 'thread 7']])).toThrow("there is no thread 'thread 7'");
    expect(grouped([['thread 0']])).toThrow('nobody to be exchanged with');
    expect(
      grouped([
        ['thread 0', 'thread 1'],
        ['thread 1', 'thread 0'],
      ]),
    ).toThrow('twice');
  });
});
