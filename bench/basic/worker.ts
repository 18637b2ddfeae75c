import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { Barrier } from './barrier.ts';
import { checksumOf, KEY_BYTES, randomKeys, valueIndex, valuePool } from './data.ts';
import type { Client, Collection } from './engine.ts';
import { Latencies, TIMED_EVERY } from './latency.ts';
import type { Phase, PhaseResult, WorkerTask } from './phases.ts';

const WARM_UP_RECORDS = 30_000;
const WARM_UP_ROUNDS = 4;
const pool = valuePool();

async function main(task: WorkerTask): Promise<void> {
  const client = await attachClient(task);
  const barrier = new Barrier(new Int32Array(task.barrier), task.threads);
  warmUp(client, task.thread);
  parentPort?.on('message', (phase: Phase | 'collect') => {
    if (phase === 'collect') collectGarbage();
    parentPort?.postMessage(phase === 'collect' ? 'collected' : runPhase(client, phase, task, barrier));
  });
  parentPort?.postMessage('ready');
}

/** Loads only the store that is measured. */
async function attachClient({ engine, shared }: WorkerTask): Promise<Client> {
  if (engine === 'lmdb') return (await import('./lmdb.ts')).attachLmdb(shared);
  return (await import('./rightlink.ts')).attachRightlink(shared);
}

/** Lets the compiler see every loop, and the rarer paths under it, with the shapes that it will meet. */
function warmUp(client: Client, thread: number): void {
  const latencies = () => new Latencies(WARM_UP_ROUNDS * WARM_UP_RECORDS * 64);
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    const keys = new Uint8Array(randomKeys(WARM_UP_RECORDS, 1000 + thread * WARM_UP_ROUNDS + round));
    client.warmUp.writing(() => put(client.warmUp, keys, latencies()));
    get(client.warmUp, keys, latencies());
    view(client.warmUp, keys, latencies());
    client.warmUp.scan(Uint8Array.of(0), undefined, latencies());
  }
}

function runPhase(client: Client, phase: Phase, task: WorkerTask, barrier: Barrier): PhaseResult {
  const { measured } = client;
  const all = new Uint8Array(phase === 'put' ? task.keys : task.shuffled);
  const records = all.length / KEY_BYTES;
  const share = (n: number) => Math.floor((n * task.thread) / task.threads);
  const nextShare = (n: number) => Math.floor((n * (task.thread + 1)) / task.threads);
  const keys = all.subarray(share(records) * KEY_BYTES, nextShare(records) * KEY_BYTES);
  const latencies = new Latencies(records);
  const from = Buffer.of(share(256));
  const to = task.thread === task.threads - 1 ? undefined : Buffer.of(nextShare(256));
  collectGarbage();
  barrier.arrive();
  const start = process.hrtime.bigint();
  let checksum = 0;
  if (phase === 'put') measured.writing(() => put(measured, keys, latencies));
  else if (phase === 'get') checksum = get(measured, keys, latencies);
  else if (phase === 'view') checksum = view(measured, keys, latencies);
  else checksum = measured.scan(from, to, latencies);
  return { start, end: process.hrtime.bigint(), checksum, latenciesNs: latencies.taken() };
}

function put(collection: Collection, keys: Uint8Array, latencies: Latencies): void {
  const key = Buffer.alloc(KEY_BYTES);
  for (let at = 0, i = 0; at < keys.length; at += KEY_BYTES, i++) {
    for (let b = 0; b < KEY_BYTES; b++) key[b] = keys[at + b];
    const value = pool[valueIndex(keys, at)];
    if (i % TIMED_EVERY !== 0) {
      collection.put(key, value);
    } else {
      const startMs = performance.now();
      collection.put(key, value);
      latencies.add(startMs);
    }
  }
}

function get(collection: Collection, keys: Uint8Array, latencies: Latencies): number {
  const key = Buffer.alloc(KEY_BYTES);
  let sum = 0;
  for (let at = 0, i = 0; at < keys.length; at += KEY_BYTES, i++) {
    for (let b = 0; b < KEY_BYTES; b++) key[b] = keys[at + b];
    const startMs = i % TIMED_EVERY === 0 ? performance.now() : 0;
    const value = collection.get(key);
    if (startMs !== 0) latencies.add(startMs);
    if (value !== undefined) sum += checksumOf(value);
  }
  return sum;
}

function view(collection: Collection, keys: Uint8Array, latencies: Latencies): number {
  const key = Buffer.alloc(KEY_BYTES);
  let sum = 0;
  for (let at = 0, i = 0; at < keys.length; at += KEY_BYTES, i++) {
    for (let b = 0; b < KEY_BYTES; b++) key[b] = keys[at + b];
    const startMs = i % TIMED_EVERY === 0 ? performance.now() : 0;
    sum += collection.view(key);
    if (startMs !== 0) latencies.add(startMs);
  }
  return sum;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

await main(workerData);
