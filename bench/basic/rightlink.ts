import { attach, open, type SharedStore } from '../../engine/index.ts';
import type { Tree } from '../../engine/tree.ts';
import { checksumOf } from './data.ts';
import type { Client, Collection, Host } from './engine.ts';
import { type Latencies, TIMED_EVERY } from './latency.ts';

/** Shared memory to ask for; what is not used is never resident. */
const CACHE_BYTES_PER_RECORD = 1024;
/** For what the threads warm up on. */
const CACHE_BYTES_MORE = 256 * 2 ** 20;

/** Opens a store in the process's main thread; without a directory, in memory only. */
export async function openRightlink(directory: string | undefined, records: number): Promise<Host> {
  const cacheBytes = CACHE_BYTES_MORE + records * CACHE_BYTES_PER_RECORD;
  const store =
    directory === undefined
      ? await open(undefined, { cacheBytes })
      : await open(`${directory}/rightlink`, { cacheBytes, durability: 'none' });
  return { shared: store.share(), usedBytes: () => store.stats().memory.usedBytes, close: () => store.close() };
}

/** Attaches to it in a worker. */
export function attachRightlink(shared: unknown): Client {
  const store = attach(shared as SharedStore);
  return {
    measured: new RightlinkCollection(store.tree('measured')),
    warmUp: new RightlinkCollection(store.tree('warm-up')),
  };
}

class RightlinkCollection implements Collection {
  private readonly tree: Tree;

  constructor(tree: Tree) {
    this.tree = tree;
  }

  writing(puts: () => void): void {
    puts();
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.tree.put(key, value);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.tree.get(key);
  }

  view(key: Uint8Array): number {
    return this.tree.getView(key, checksumOf) ?? -1;
  }

  scan(from: Uint8Array, to: Uint8Array | undefined, latencies: Latencies): number {
    let sum = 0;
    let count = 0;
    let startMs = performance.now();
    for (const [, value] of this.tree.entries({ gte: from, lt: to })) {
      if (count % TIMED_EVERY === 0) latencies.add(startMs);
      sum += checksumOf(value);
      if (++count % TIMED_EVERY === 0) startMs = performance.now();
    }
    return sum;
  }
}
