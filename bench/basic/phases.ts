import type { EngineName } from './engine.ts';

/*
 * What the process of a run and its worker threads say to each other.
 */

/** What a worker of a run is given. */
export interface WorkerTask {
  engine: EngineName;
  shared: unknown;
  /** This thread, of so many. */
  thread: number;
  threads: number;
  /** Keys in the order of writing, and in that of reading; a thread has its share of them. */
  keys: SharedArrayBuffer;
  shuffled: SharedArrayBuffer;
  barrier: SharedArrayBuffer;
}

export const PHASES = ['put', 'get', 'view', 'scan'] as const;
export type Phase = (typeof PHASES)[number];

/** What a thread did in a phase. Times are those of `process.hrtime.bigint()`, the same clock in all threads. */
export interface PhaseResult {
  start: bigint;
  end: bigint;
  checksum: number;
  latenciesNs: Float64Array;
}
