import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { open } from '../../engine/index.ts';
import { seededRandom } from '../wal/random.ts';
import { startProcess, startWorker } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';

const CACHE = { cacheBytes: 16 * 2 ** 20 };
const random = seededRandom(Number(process.env.RIGHTLINK_SEED ?? 20261121));

describe('generateId', () => {
  it('gives each id once and in order, to four threads at once', async () => {
    await using db = await open(undefined, CACHE);
    const count = 400_000; // more than a block in all
    const workers = [0, 1, 2].map(() =>
      startWorker('./support/ids-worker.ts', import.meta.url, { workerData: { shared: db.share(), count } }),
    );
    const messages = workers.map((worker) => once(worker, 'message'));
    const own: number[] = [];
    for (let i = 0; i < count; i++) own.push(db.generateId());
    const all = [own, ...(await Promise.all(messages)).map(([ids]) => Array.from(ids as Float64Array))];
    for (const ids of all)
      for (let i = 1; i < ids.length; i++) if (ids[i] <= ids[i - 1]) throw new Error('not growing');
    expect(Math.min(...all.map(([first]) => first))).toBe(1);
    expect(new Set(all.flat()).size).toBe(4 * count);
  }, 60_000);

  it('goes on behind all before it when the store is opened again, and hides where it keeps them', async () => {
    const path = freshPath();
    let last = 0;
    for (let opening = 0; opening < 3; opening++) {
      await using db = await open(path, CACHE);
      for (let i = 0; i < 10; i++) {
        const id = db.generateId();
        expect(id).toBeGreaterThan(last);
        last = id;
      }
      expect(db.treeNames()).toEqual([]);
      expect(db.snapshot().treeNames()).toEqual([]);
      expect(() => db.tree('\0ids')).toThrow(expect.objectContaining({ code: 'RIGHTLINK_ARGUMENT' }));
    }
    expect(last).toBeLessThan(3 * 2 ** 20);
  });

  it('never gives one out again after SIGKILL, though nothing asked for a sync', async () => {
    const path = freshPath();
    let last = 0;
    for (let round = 0; round < 4; round++) {
      const child = startProcess('./support/ids-process.ts', import.meta.url, [path]);
      let greatest = 0;
      child.on('message', (id) => {
        if (greatest === 0) expect(Number(id)).toBeGreaterThan(last);
        greatest = Number(id);
      });
      await once(child, 'message');
      await delay(random(400));
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
      await using db = await open(path, CACHE);
      const id = db.generateId();
      expect(id).toBeGreaterThan(greatest);
      last = id;
    }
    expect(last).toBeGreaterThan(4 * 2 ** 20);
  }, 180_000);
});
