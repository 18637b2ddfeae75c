import { once } from 'node:events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { open, type Store } from '../../engine/index.ts';
import { startWorker } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';
import type { ListedOperation } from './support/listed-worker.ts';

/** One round: how many workers there are, what each does to keys of its own, and whether the store is opened anew after it. */
interface Round {
  readonly lists: readonly (readonly ListedOperation[])[];
  readonly reopen: boolean;
}

const operation = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.option(fc.string({ maxLength: 80 }), { freq: 3 }));
const round: fc.Arbitrary<Round> = fc.record({
  lists: fc
    .array(fc.array(operation, { minLength: 20, maxLength: 400, size: 'max' }), { minLength: 1, maxLength: 4 })
    .map((lists) => lists.map((list, i) => list.map(([n, value]): ListedOperation => [`${n} of ${i}`, value]))),
  reopen: fc.boolean(),
});

async function runWorkers(db: Store, lists: Round['lists']): Promise<void> {
  const shared = db.share();
  const workers = lists.map((operations) =>
    startWorker('./support/listed-worker.ts', import.meta.url, { workerData: { shared, operations } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
}

function contentOf(db: Store): [string, string][] {
  const text = new TextDecoder();
  return [...db.tree('shared').entries()].map(([key, value]) => [text.decode(key), text.decode(value)]);
}

/** Keys here are ASCII, so the order of strings is the order of bytes. */
function sorted(oracle: ReadonlyMap<string, string>): [string, string][] {
  return [...oracle].sort(([a], [b]) => (a < b ? -1 : 1));
}

test('one to four workers at once, and reopenings between, leave what a sorted map holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 3 }), async (rounds) => {
      const path = freshPath();
      const oracle = new Map<string, string>();
      let db = await open(path, { cacheBytes: 16 * 2 ** 20 });
      for (const { lists, reopen } of rounds) {
        await runWorkers(db, lists);
        for (const [key, value] of lists.flat()) {
          if (value === null) oracle.delete(key);
          else oracle.set(key, value);
        }
        if (reopen) {
          await db.close();
          db = await open(path, { cacheBytes: 16 * 2 ** 20 });
        }
        expect(contentOf(db)).toEqual(sorted(oracle));
      }
      await db.close();
    }),
    { numRuns: 6 },
  );
}, 120_000);
