import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '../../spec/workers/start.ts';
import { expectedChecksum, randomKeys, shuffledKeys } from './data.ts';
import type { EngineName, Host } from './engine.ts';
import { latencyHistogram } from './latency.ts';
import { PHASES, type Phase, type PhaseResult, type WorkerTask } from './phases.ts';

/*
 * One run: one store, one number of threads, every phase, in a process of its own, so that neither compiled code nor
 * resident memory comes from another run. Arguments: store, threads, records. Sends a RunResult.
 */

/** What one phase of a run measured. */
export interface Measurement {
  phase: Phase;
  opsPerSecond: number;
  p50Ns: number;
  p99Ns: number;
  /** Growth of the process's resident memory since the store was opened, garbage collected before both looks. */
  residentBytes: number;
  /** The same, as the store itself says; 0: it does not say. */
  usedBytes: number;
}
export interface RunResult {
  measurements: Measurement[];
  /** CPU time that the process took, starting and stopping included. */
  cpuSeconds: number;
}

async function main(engine: EngineName, threads: number, records: number): Promise<RunResult> {
  const directory = await mkdtemp(join(tmpdir(), 'rightlink-bench-'));
  try {
    return await measure(engine, threads, records, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(engine: EngineName, threads: number, records: number, directory: string): Promise<RunResult> {
  const keys = randomKeys(records, 42);
  const shuffled = shuffledKeys(keys, 43);
  const expected = expectedChecksum(keys);
  const host = await openHost(engine, directory, records);
  const barrier = new SharedArrayBuffer(8);
  const workers = Array.from({ length: threads }, (_, thread) => {
    const workerData: WorkerTask = { engine, shared: host.shared, thread, threads, keys, shuffled, barrier };
    return startWorker('./worker.ts', import.meta.url, { workerData });
  });
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const before = await residentBytes(workers);
  const usedBefore = host.usedBytes();
  const measurements: Measurement[] = [];
  for (const phase of PHASES) {
    const results = (await ask(workers, phase)) as PhaseResult[];
    const checksum = results.reduce((sum, r) => sum + r.checksum, 0);
    if (phase !== 'put' && checksum !== expected) {
      throw new Error(
        `${engine}, ${phase}, ${threads} threads: the values read add up to ${checksum}, not ${expected}.`,
      );
    }
    const resident = (await residentBytes(workers)) - before;
    measurements.push({
      phase,
      ...timesOf(results, records),
      residentBytes: resident,
      usedBytes: host.usedBytes() - usedBefore,
    });
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  await host.close();
  const { user, system } = process.cpuUsage();
  return { measurements, cpuSeconds: (user + system) / 1e6 };
}

/** Loads only the store that is measured. */
async function openHost(engine: EngineName, directory: string, records: number): Promise<Host> {
  if (engine === 'lmdb') return (await import('./lmdb.ts')).openLmdb(directory, records);
  const { openRightlink } = await import('./rightlink.ts');
  return openRightlink(engine === 'rightlink' ? directory : undefined, records);
}

/** Over all threads: from the first one's start to the last one's end. */
function timesOf(results: PhaseResult[], records: number): Pick<Measurement, 'opsPerSecond' | 'p50Ns' | 'p99Ns'> {
  const start = results.reduce((least, r) => (r.start < least ? r.start : least), results[0].start);
  const end = results.reduce((most, r) => (r.end > most ? r.end : most), results[0].end);
  const histogram = latencyHistogram();
  for (const { latenciesNs } of results) for (const ns of latenciesNs) histogram.recordValue(Math.round(ns));
  return {
    opsPerSecond: Math.round((records * 1e9) / Number(end - start)),
    p50Ns: histogram.getValueAtPercentile(50),
    p99Ns: histogram.getValueAtPercentile(99),
  };
}

async function residentBytes(workers: Worker[]): Promise<number> {
  await ask(workers, 'collect');
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage.rss();
}

function ask(workers: Worker[], request: Phase | 'collect'): Promise<unknown[]> {
  return Promise.all(
    workers.map(async (worker) => {
      const answer = once(worker, 'message');
      worker.postMessage(request);
      return (await answer)[0];
    }),
  );
}

const [engine, threads, records] = process.argv.slice(2);
const result = await main(engine as EngineName, Number(threads), Number(records));
if (process.send) process.send(result, () => process.disconnect());
else process.stdout.write(`${JSON.stringify(result)}\n`);
