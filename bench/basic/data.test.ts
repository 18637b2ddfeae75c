import { expect, it } from 'vitest';
import {
  checksumOf,
  expectedChecksum,
  KEY_BYTES,
  randomKeys,
  shuffledKeys,
  VALUE_BYTES,
  valueIndex,
  valuePool,
} from './data.ts';

const keysOf = (buffer: SharedArrayBuffer) =>
  Array.from({ length: buffer.byteLength / KEY_BYTES }, (_, i) =>
    Buffer.from(new Uint8Array(buffer, i * KEY_BYTES, KEY_BYTES)).toString('hex'),
  );

it('keys are distinct, the same for the same seed, and spread evenly', () => {
  const keys = keysOf(randomKeys(20_000, 42));
  expect(new Set(keys).size).toBe(20_000);
  expect(keysOf(randomKeys(20_000, 42))).toEqual(keys);
  expect(keysOf(randomKeys(20_000, 43))).not.toEqual(keys);
  const low = keys.filter((key) => key < '80').length;
  expect(Math.abs(low - 10_000)).toBeLessThan(500);
});

it('shuffled keys are the same keys in another order', () => {
  const keys = randomKeys(5_000, 42);
  const shuffled = shuffledKeys(keys, 43);
  expect(keysOf(shuffled)).not.toEqual(keysOf(keys));
  expect(keysOf(shuffled).sort()).toEqual(keysOf(keys).sort());
});

it('the expected checksum is the sum over the values that the keys tell', () => {
  const keys = randomKeys(1_000, 42);
  const bytes = new Uint8Array(keys);
  const pool = valuePool();
  expect(new Set(pool.map((value) => value.toString('hex'))).size).toBe(pool.length);
  expect(pool.every((value) => value.length === VALUE_BYTES)).toBe(true);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += KEY_BYTES) sum += checksumOf(pool[valueIndex(bytes, at)]);
  expect(expectedChecksum(keys)).toBe(sum);
});
