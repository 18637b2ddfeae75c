import type { Coverage } from '../machine.ts';
import type { ExploreOptions } from '../options.ts';
import type { Finding, Way } from '../search/search.ts';
import type { Source } from './source.ts';

/** What an explorer thread is started with. */
export interface WorkerTask {
  source: Source;
  /** The name and shape of what is explored: `modelHash`. */
  model: string;
  options: ExploreOptions;
  thread: number;
  threads: number;
  visited: SharedArrayBuffer;
  pool: SharedArrayBuffer;
}

/** What it found. */
export interface WorkerResult {
  states: number;
  transitions: number;
  depth: number;
  bound: string | null;
  violations: Finding[];
  goals: [number, Way][];
  ends: string[];
  coverage: Coverage;
}

/** What bounds the search of a thread that others have made stop. */
export const STOPPED = 'another thread that stopped';
