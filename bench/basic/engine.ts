import type { Latencies } from './latency.ts';

/** The stores that are measured. */
export const ENGINES = ['rightlink', 'rightlink-memory', 'lmdb'] as const;
export type EngineName = (typeof ENGINES)[number];

/** A store as the process that owns it sees it. */
export interface Host {
  /** For {@link Client}s in worker threads, by `workerData`. */
  readonly shared: unknown;
  /** Bytes that the store says it uses in memory; 0 where it does not say. */
  usedBytes(): number;
  close(): Promise<void>;
}

/** A store as a worker thread sees it, with two collections: one to measure, one to warm up on. */
export interface Client {
  readonly measured: Collection;
  readonly warmUp: Collection;
}

/** One collection of keys and values. A thread uses one implementation only, so that V8 inlines the calls. */
export interface Collection {
  /** Runs many puts in the way that is fastest for this store: LMDB in one transaction. */
  writing(puts: () => void): void;
  put(key: Uint8Array, value: Uint8Array): void;
  /** A copy, which the caller may keep. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** Gives a checksum of the value without copying it; see `checksumOf` in `data.ts`. −1: there is none. */
  view(key: Uint8Array): number;
  /** Goes over all records from `from` on and below `to` in key order, and adds up their checksums. */
  scan(from: Uint8Array, to: Uint8Array | undefined, latencies: Latencies): number;
}
