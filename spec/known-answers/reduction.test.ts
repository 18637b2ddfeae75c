import { describe, expect, test } from 'vitest';
import { explore, program, type Step } from '../../model/index.ts';

class Registers {
  cached = 0;
}

const store: Step<Registers> = (memory) => {
  memory.store(0, 1);
  return null;
};

/** A get that answers from a private copy, without looking at what others share. */
function staleCache() {
  return program<Registers, number>({
    name: 'a get from a stale cache',
    words: 1,
    threads: [
      { name: 'a', registers: () => new Registers(), operations: [{ name: 'put', begin: () => store }] },
      {
        name: 'b',
        registers: () => new Registers(),
        operations: [{ name: 'get', begin: () => null, end: (_: unknown, op: Registers) => op.cached }],
      },
    ],
    specification: {
      initial: 0,
      apply: (value, { name }) => (name === 'put' ? { state: 1, result: undefined } : { state: value, result: value }),
    },
  });
}

describe('transitions without any shared action go first', () => {
  test('but not those that begin or end a call: it would always seem to be the first', async () => {
    for (const reduce of [true, false]) {
      const result = await explore(staleCache(), { reduce });
      expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'linearizability' } });
    }
    const second = await explore(staleCache(), { search: 'stateless' });
    expect(second).toMatchObject({ verdict: 'violation', violation: { kind: 'linearizability' } });
  });
});
