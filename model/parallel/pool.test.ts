import { expect, test } from 'vitest';
import type { Share } from '../search/depth.ts';
import { Pool } from './pool.ts';

function share(initial: number, size: number): Share {
  const list = (length: number) => Int32Array.from({ length }, (_, i) => initial * 1000 + i);
  return { initial, path: list(size + 2), levels: list(size + 1), pending: list(size) };
}

test('shares come out as they went in, the last one first, and then nothing', () => {
  const pool = new Pool(1);
  const given = [share(0, 1), share(1, 300), share(2, 0)];
  for (const each of given) pool.give(each);
  expect(pool.take()).toEqual(given[2]);
  expect(pool.take()).toEqual(given[1]);
  expect(pool.take()).toEqual(given[0]);
  expect(pool.take()).toBeNull();
  expect(pool.stopped).toBe(true);
});

test('all shares that can be waiting fit', () => {
  const pool = new Pool(64);
  const third = Math.floor(pool.room / 3);
  const large: Share = {
    initial: 7,
    path: new Int32Array(third).fill(1),
    levels: new Int32Array(third).fill(2),
    pending: new Int32Array(third).fill(3),
  };
  for (let i = 0; i < 128; i++) pool.give(large);
  for (let i = 0; i < 3; i++) expect(pool.take()).toEqual(large);
});

test('whoever is idle is wanting, until there is a share for it', () => {
  const pool = new Pool(2);
  const other = new Pool(2, pool.buffer);
  expect(pool.wanting).toBe(false);
  pool.give(share(0, 1));
  expect(other.take()).toEqual(share(0, 1));
  expect(pool.wanting).toBe(false);
});
