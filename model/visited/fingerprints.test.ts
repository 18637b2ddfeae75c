import { describe, expect, test } from 'vitest';
import { mixHigh, mixLow } from '../hash.ts';
import { collisionProbability, FingerprintSet } from './fingerprints.ts';

describe('the set of fingerprints', () => {
  test('knows what it was given, through all of its growth, and nothing else', () => {
    const set = new FingerprintSet();
    const count = 1_500_000;
    for (let i = 0; i < count; i++) expect1(set.insert(mixLow(1, i), mixHigh(1, i)), true);
    expect(set.size).toBe(count);
    for (let i = 0; i < count; i++) expect1(set.insert(mixLow(1, i), mixHigh(1, i)), false);
    expect(set.size).toBe(count);
  });

  test('tells fingerprints apart that differ in one of 61 bits', () => {
    const set = new FingerprintSet();
    expect(set.insert(0x1234567, 0x89abcdef | 0)).toBe(true);
    for (let bit = 0; bit < 32; bit++) expect(set.insert(0x1234567 ^ (1 << bit), 0x89abcdef | 0)).toBe(true);
    for (let bit = 3; bit < 32; bit++) expect(set.insert(0x1234567, (0x89abcdef | 0) ^ (1 << bit))).toBe(true);
  });

  test('takes at most 8 bytes a fingerprint once it is large', () => {
    const set = new FingerprintSet();
    let worst = 0;
    for (let i = 0; i < 4_000_000; i++) {
      set.insert(mixLow(2, i), mixHigh(2, i));
      if (i > 1_300_000 && i % 10_000 === 0) worst = Math.max(worst, set.bytes / set.size);
    }
    expect(worst).toBeLessThanOrEqual(8);
  });

  test('does not grow when it holds as many as were expected', () => {
    for (const expected of [400_000, 1_000_000, 2_000_000]) {
      const set = new FingerprintSet(expected);
      const { bytes } = set;
      for (let i = 0; i < expected; i++) set.insert(mixLow(3, i), mixHigh(3, i));
      expect(set.bytes).toBe(bytes);
      expect(set.bytes / set.size).toBeLessThanOrEqual(8);
    }
  });

  test('a missed state is improbable', () => {
    expect(collisionProbability(1e6)).toBeLessThan(1e-6);
    expect(collisionProbability(1e8)).toBeLessThan(3e-3);
  });
});

/** Millions of `expect` calls would take longer than what is tested. */
function expect1(actual: boolean, wanted: boolean): void {
  if (actual !== wanted) expect(actual).toBe(wanted);
}
