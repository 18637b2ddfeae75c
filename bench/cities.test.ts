import { beforeAll, describe, expect, it } from 'vitest';
import { type CityRecord, cityKey, countryPrefix, decodeCity, loadCities } from './cities.ts';

describe('the cities', () => {
  let records: CityRecord[];
  beforeAll(() => {
    records = loadCities();
  });

  it('are all there', () => {
    expect(records.length).toBe(135_233);
  });

  it('have keys that ascend strictly and fit a store', () => {
    let unsorted = 0;
    let tooLong = 0;
    for (const [i, { key }] of records.entries()) {
      if (i > 0 && Buffer.compare(records[i - 1].key, key) >= 0) unsorted++;
      if (key.length > 1024) tooLong++;
    }
    expect({ unsorted, tooLong }).toEqual({ unsorted: 0, tooLong: 0 });
  });

  it('lead back from value to key', () => {
    const wrong = records.filter(({ key, value }) => Buffer.compare(cityKey(decodeCity(value)), key) !== 0);
    expect(wrong).toEqual([]);
  });

  it('of one country are those with its prefix, and lie side by side', () => {
    const prefix = Buffer.from(countryPrefix('NL'));
    const byPrefix = records.filter(({ key }) => prefix.equals(key.subarray(0, prefix.length)));
    const byValue = records.filter(({ value }) => decodeCity(value).country === 'NL');
    expect(byPrefix).toEqual(byValue);
    expect(byPrefix.length).toBeGreaterThan(1000);
    const first = records.indexOf(byPrefix[0]);
    expect(records.slice(first, first + byPrefix.length)).toEqual(byPrefix);
  });
});

it('a key is country, 0, name, 0, id', () => {
  expect([...cityKey({ country: 'AD', name: 'é', cityId: 0x01020304 })]).toEqual([
    0x41, 0x44, 0, 0xc3, 0xa9, 0, 1, 2, 3, 4,
  ]);
});
