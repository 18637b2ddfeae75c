import { describe, expect, test } from 'vitest';
import { explore, type State, transitionSystem } from '../index.ts';
import { audit } from './audit.ts';

function system(effect: (state: State) => void, guard: (state: State) => boolean = () => true) {
  return transitionSystem({
    name: 'test',
    words: 2,
    actors: [{ name: 'actor', actions: [{ name: 'acts', guard, effect }] }],
  });
}

describe('models that leave their vector', () => {
  test.each<[string, (state: State) => void, string]>([
    [
      'write behind the end',
      (s) => {
        s[2] = 1;
      },
      'it uses word 2 of 2',
    ],
    [
      'read before the start',
      (s) => {
        s[0] = s[-1];
      },
      'it uses word -1 of 2',
    ],
    [
      'write a fraction',
      (s) => {
        s[0] = 0.5;
      },
      'no 32-bit integer',
    ],
  ])('%s: an error', async (_, effect, message) => {
    await expect(explore(system(effect))).rejects.toThrow(message);
  });

  test('a guard that writes is an error', async () => {
    const guard = (s: State): boolean => {
      s[1] = 7;
      return true;
    };
    await expect(explore(system(() => {}, guard))).rejects.toThrow('its guard or choices change the state');
  });

  test('a large system that writes behind the end is an error as well', () => {
    const small = system((s) => {
      s[2] = s[0];
    });
    expect(() => audit(small, [new Int32Array(2)], [], false)).toThrow('it uses word 2 of 2');
  });

  test('a large system that reads behind the end is an error as well', () => {
    const small = system(
      () => {},
      (s) => s[0] + s[2] > 0,
    );
    expect(() => audit(small, [new Int32Array(2)], [], false)).toThrow('it uses word 2 of 2');
  });

  /** Counts up in both words, and leaves the vector in few of its states, or only one, far from the start. */
  const late = (leaves: (state: State) => boolean) =>
    transitionSystem({
      name: 'late',
      words: 2,
      actors: [0, 1].map((i) => ({
        name: `counter ${i}`,
        actions: [
          {
            name: 'counts',
            guard: (s) => s[i] < 99,
            effect: (s) => {
              s[i] += 1;
              if (leaves(s)) s[2] = 1;
            },
          },
        ],
      })),
    });

  test.each(['breadth', 'depth'] as const)(
    'far from the start as well, in some of many states (%s first)',
    async (search) => {
      const target = late((s) => s[0] > 60 && s[1] > 80);
      await expect(explore(target, { search })).rejects.toThrow('counts: it uses word 2 of 2');
    },
  );

  test('in one of many states: where every one is looked at', async () => {
    const target = late((s) => s[0] === 61 && s[1] === 83);
    await expect(explore(target, { audit: 'every' })).rejects.toThrow('counts: it uses word 2 of 2');
    expect(
      await explore(
        late(() => false),
        { audit: 'every' },
      ),
    ).toMatchObject({ verdict: 'ok', states: 10_000 });
  });

  test('methods of typed arrays are fine', async () => {
    const shift = (s: State): void => {
      s.set([s.indexOf(0) + 1 === 1 ? 1 : 0, s.length]);
    };
    expect(await explore(system(shift))).toMatchObject({ verdict: 'ok' });
  });
});
