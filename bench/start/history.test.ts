import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { open, type Store, type Tree } from '../../engine/index.ts';
import { prefixLength, readBack, runOperation } from './history.ts';

describe('what a killed thread left', () => {
  let store: Store;
  let tree: Tree;
  beforeAll(async () => {
    store = await open(undefined, { cacheBytes: 2 ** 23 });
    tree = store.tree('history');
  });
  afterAll(() => store.close());

  it('is recognised as the prefix that it is, after every operation', () => {
    const lengths: number[] = [prefixLength(readBack(tree, 0))];
    for (let index = 0; index < 200; index++) {
      runOperation(tree, 0, index, 0);
      lengths.push(prefixLength(readBack(tree, 0)));
    }
    expect(lengths).toEqual(Array.from({ length: 201 }, (_, i) => i));
  });

  it('is no prefix when an operation in the middle is missing, be it a put or a delete', () => {
    for (const missing of [50, 54]) {
      for (let index = 0; index < 200; index++) {
        if (index !== missing) runOperation(tree, missing, index, 0);
      }
      expect(prefixLength(readBack(tree, missing))).toBe(-1);
    }
  });

  it('is no prefix when a slot holds an older value', () => {
    for (let index = 0; index < 6000; index++) runOperation(tree, 2, index, 0);
    expect(prefixLength(readBack(tree, 2))).toBe(6000);
    runOperation(tree, 2, 1, 0); // once more, over operation 5,004 on the same slot
    expect(prefixLength(readBack(tree, 2))).toBe(-1);
  });

  it('is refused when a value is not one that was written', () => {
    runOperation(tree, 3, 0, 0);
    const [key, value] =
      tree
        .entries({ prefix: Uint8Array.of(3) })
        [Symbol.iterator]()
        .next().value ?? [];
    if (key === undefined || value === undefined) throw new Error('nothing there');
    const damaged = value.slice();
    damaged[100] ^= 1;
    tree.put(key, damaged);
    expect(() => readBack(tree, 3)).toThrow('damaged');
  });
});
