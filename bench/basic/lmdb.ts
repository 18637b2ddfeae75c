import { loadPeer } from '../peers/load.ts';
import { checksumOf } from './data.ts';
import type { Client, Collection, Host } from './engine.ts';
import { type Latencies, TIMED_EVERY } from './latency.ts';

/** What is used of npm's `lmdb`; see its README. */
interface Lmdb {
  open(options: Record<string, unknown>): Database;
}
interface Database {
  openDB(options: Record<string, unknown>): Database;
  transactionSync(action: () => void): void;
  putSync(key: Uint8Array, value: Uint8Array): void;
  getBinary(key: Uint8Array): Uint8Array | undefined;
  getBinaryFast(key: Uint8Array): Uint8Array | undefined;
  getRange(options: { start: Uint8Array; end?: Uint8Array }): Iterable<{ key: Uint8Array; value: Uint8Array }>;
  close(): Promise<void>;
}

/**
 * Keys and values as they are, nothing synced, memory not cleared first. Not `useWritemap`, which makes its puts a quarter
 * faster: its documentation discourages it, since a stray pointer can then damage the data.
 */
const COLLECTION = { keyEncoding: 'binary', encoding: 'binary' };
const ENVIRONMENT = { ...COLLECTION, noSync: true, noMemInit: true, overlappingSync: false, maxDbs: 4 };
/** Address space for the map, set at once so that it never has to be remapped. */
const MAP_BYTES_PER_RECORD = 2048;

/** Opens the environment in the process's main thread. */
export async function openLmdb(directory: string, records: number): Promise<Host> {
  const path = `${directory}/lmdb`;
  const options = { ...ENVIRONMENT, path, mapSize: Math.max(2 ** 26, records * MAP_BYTES_PER_RECORD) };
  const environment = (await loadPeer<Lmdb>('lmdb')).open(options);
  return { shared: options, usedBytes: () => 0, close: () => environment.close() };
}

/** Opens the same environment in a worker. */
export async function attachLmdb(shared: unknown): Promise<Client> {
  const environment = (await loadPeer<Lmdb>('lmdb')).open(shared as Record<string, unknown>);
  return {
    measured: new LmdbCollection(environment.openDB({ ...COLLECTION, name: 'measured' })),
    warmUp: new LmdbCollection(environment.openDB({ ...COLLECTION, name: 'warm-up' })),
  };
}

class LmdbCollection implements Collection {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  writing(puts: () => void): void {
    this.database.transactionSync(puts);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.database.putSync(key, value);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.database.getBinary(key);
  }

  view(key: Uint8Array): number {
    const value = this.database.getBinaryFast(key);
    return value === undefined ? -1 : checksumOf(value);
  }

  scan(from: Uint8Array, to: Uint8Array | undefined, latencies: Latencies): number {
    let sum = 0;
    let count = 0;
    let startMs = performance.now();
    for (const { value } of this.database.getRange(to === undefined ? { start: from } : { start: from, end: to })) {
      if (count % TIMED_EVERY === 0) latencies.add(startMs);
      sum += checksumOf(value);
      if (++count % TIMED_EVERY === 0) startMs = performance.now();
    }
    return sum;
  }
}
