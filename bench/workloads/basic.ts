import { once } from 'node:events';
import { startProcess } from '../../spec/workers/start.ts';
import { RECORD_BYTES } from '../basic/data.ts';
import { ENGINES, type EngineName } from '../basic/engine.ts';
import { TIMED_EVERY } from '../basic/latency.ts';
import { PHASES, type Phase } from '../basic/phases.ts';
import type { Measurement, RunResult } from '../basic/run.ts';
import { MachineWatch } from '../machine.ts';
import type { Progress } from '../progress.ts';
import type { Aim, BenchOptions, Report, Row, Workload } from '../workload.ts';

const THREADS = [1, 2];
const PHASE_NAMES: Record<Phase, string> = { put: 'put', get: 'get copy', view: 'get view', scan: 'scan' };

/** Puts, gets and scans beside LMDB: every engine and number of threads in turn, again and again; medians are reported. */
export const basic: Workload = {
  name: 'basic',
  about: 'put, get with a copied value, get with a view, ordered scan; one and two threads; beside LMDB',
  async run(options, progress): Promise<Report> {
    const medians = new Medians();
    const watch = new MachineWatch();
    await runAll(options, progress, medians, watch);
    return { rows: medians.rows(), aims: aimsOf(medians, options.records), notes: [...notesOn(options), watch.note()] };
  },
};

async function runAll(options: BenchOptions, progress: Progress, medians: Medians, watch: MachineWatch): Promise<void> {
  progress.start(options.repetitions * THREADS.length * ENGINES.length);
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (const threads of THREADS) {
      for (const engine of ENGINES) {
        progress.step(
          `${engine}, ${threads === 1 ? 'one thread' : `${threads} threads`}, repetition ${repetition + 1}`,
        );
        const { measurements, cpuSeconds } = await runOne(engine, threads, options.records);
        medians.add(engine, threads, measurements);
        watch.add(cpuSeconds);
      }
    }
  }
  progress.stop();
}

async function runOne(engine: EngineName, threads: number, records: number): Promise<RunResult> {
  const child = startProcess('../basic/run.ts', import.meta.url, [engine, String(threads), String(records)]);
  let result: RunResult | undefined;
  child.on('message', (message: RunResult) => {
    result = message;
  });
  const [code, signal] = await once(child, 'exit');
  if (result === undefined || code !== 0) {
    throw new Error(`The run of ${engine} with ${threads} threads ended with ${signal ?? `exit code ${code}`}.`);
  }
  return result;
}

/** All the measurements, and the median of each figure over the repetitions. */
class Medians {
  private readonly measurements = new Map<string, Measurement[]>();

  add(engine: EngineName, threads: number, measurements: readonly Measurement[]): void {
    for (const measurement of measurements) {
      const key = `${measurement.phase} ${engine} ${threads}`;
      this.measurements.set(key, [...(this.measurements.get(key) ?? []), measurement]);
    }
  }

  of(phase: Phase, engine: EngineName, threads: number, figure: Exclude<keyof Measurement, 'phase'>): number {
    const all = (this.measurements.get(`${phase} ${engine} ${threads}`) ?? []).map(
      (measurement) => measurement[figure],
    );
    const sorted = all.toSorted((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  }

  rows(): Row[] {
    return PHASES.flatMap((phase) =>
      THREADS.flatMap((threads) =>
        ENGINES.map((engine) => ({
          workload: PHASE_NAMES[phase],
          engine,
          threads,
          opsPerSecond: Math.round(this.of(phase, engine, threads, 'opsPerSecond')),
          p50Ns: Math.round(this.of(phase, engine, threads, 'p50Ns')),
          p99Ns: Math.round(this.of(phase, engine, threads, 'p99Ns')),
          residentBytes: Math.round(this.of(phase, engine, threads, 'residentBytes')),
        })),
      ),
    );
  }
}

function aimsOf(medians: Medians, records: number): Aim[] {
  const rate = (phase: Phase, engine: EngineName, threads = 1) => medians.of(phase, engine, threads, 'opsPerSecond');
  const times = (what: string, ratio: number, aim: number): Aim => ({
    what,
    measured: `${ratio.toFixed(2)} x`,
    aim: `>= ${aim.toFixed(1)} x`,
    met: ratio >= aim,
  });
  const peer = (what: string, phase: Phase, aim: number) =>
    times(what, rate(phase, 'rightlink') / rate(phase, 'lmdb'), aim);
  const scaling = (what: string, phase: Phase, engine: EngineName, aim: number) =>
    times(what, rate(phase, engine, 2) / rate(phase, engine), aim);
  const memory = (what: string, bytes: number): Aim => {
    const ratio = bytes / (records * RECORD_BYTES);
    return { what, measured: `${ratio.toFixed(2)} x`, aim: '<= 2.0 x', met: ratio <= 2 };
  };
  return [
    peer('get with copy, against lmdb getBinary', 'get', 1.5),
    peer('put, against lmdb in one transaction', 'put', 1.5),
    peer('scan, against lmdb getRange', 'scan', 2),
    scaling('gets with copy, two threads against one', 'get', 'rightlink', 1.7),
    scaling('puts, two threads against one, in memory', 'put', 'rightlink-memory', 1.5),
    scaling('puts, two threads against one, on disk', 'put', 'rightlink', 1.5),
    memory('resident memory over the data, after all phases', medians.of('scan', 'rightlink', 1, 'residentBytes')),
    memory('bytes used in shared memory over the data', medians.of('scan', 'rightlink', 1, 'usedBytes')),
  ];
}

function notesOn(options: BenchOptions): string[] {
  return [
    `${options.records.toLocaleString('en')} records, random 16-byte keys, 100-byte values, nothing synced; medians of ${options.repetitions} runs, each in a process of its own.`,
    'rightlink: on disk, durability none (its keeper thread writes the log beside). rightlink-memory: no path, no log file. lmdb: noSync, all puts of a thread in one transaction.',
    `p50Ns, p99Ns: one operation in ${TIMED_EVERY} is timed, with the clock's own cost (some 50 ns) in it. residentBytes: growth of the process's RSS since the store was opened and the threads were warm.`,
  ];
}
