import { once } from 'node:events';
import type { Store } from '../../engine/index.ts';
import { startWorker } from '../../spec/workers/start.ts';
import { type LoaderResult, type LoadTask, type ReaderResult, STATE_WORDS, STOP, WRITTEN } from './load-state.ts';
import type { PackedSource } from './source.ts';

/** What came of the loading. */
export interface Loading {
  /** Seconds that the writing took, without starting the threads. */
  seconds: number;
  reader: ReaderResult;
}

const PROGRESS_MS = 100;

/**
 * Loads the source from several worker threads at once, in random order, while another reads and scans.
 * @param progress called now and then with the number of records written
 */
export async function load(
  store: Store,
  tree: string,
  source: PackedSource,
  loaders: number,
  progress: (written: number) => void,
): Promise<Loading> {
  const state = new Int32Array(new SharedArrayBuffer(STATE_WORDS * 4));
  const written = new SharedArrayBuffer(source.count);
  const workerData: LoadTask = {
    shared: store.share(),
    tree,
    source,
    order: anyOrder(source.count),
    state: state.buffer,
    written,
  };
  const reader = startWorker('./reader.ts', import.meta.url, { workerData });
  const read = once(reader, 'message');
  const loaded = Array.from({ length: loaders }, () =>
    once(startWorker('./loader.ts', import.meta.url, { workerData }), 'message'),
  );
  const timer = setInterval(() => progress(Atomics.load(state, WRITTEN)), PROGRESS_MS);
  try {
    const results: LoaderResult[] = (await Promise.race([Promise.all(loaded), failureOf(read)])).flat();
    Atomics.store(state, STOP, 1);
    return { seconds: secondsOf(results), reader: (await read)[0] as ReaderResult };
  } finally {
    Atomics.store(state, STOP, 1);
    clearInterval(timer);
    progress(Atomics.load(state, WRITTEN));
  }
}

/** From the first one's start to the last one's end. */
function secondsOf(results: readonly LoaderResult[]): number {
  const start = results.reduce((least, r) => (r.start < least ? r.start : least), results[0].start);
  const end = results.reduce((most, r) => (r.end > most ? r.end : most), results[0].end);
  return Number(end - start) / 1e9;
}

/** Only ever rejects: when the reader found a difference there is no need to wait for the loaders. */
async function failureOf(read: Promise<unknown>): Promise<never> {
  await read;
  return new Promise<never>(() => undefined);
}

function anyOrder(count: number): SharedArrayBuffer {
  const order = new Uint32Array(new SharedArrayBuffer(count * 4));
  for (let i = 0; i < count; i++) {
    const j = Math.floor(Math.random() * (i + 1));
    order[i] = order[j];
    order[j] = i;
  }
  return order.buffer;
}
