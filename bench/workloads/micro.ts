import { Bench } from 'tinybench';
import { freshBytes } from '../../engine/bytes.ts';
import { compareKeys, fingerprintOf, headOf } from '../../engine/keys.ts';
import { SharedMemory } from '../../pagecache/memory.ts';
import type { Report, Workload } from '../workload.ts';

/** Operations in one measured call: the clock would drown a single one. */
const OPERATIONS = 1000;
const MEMORY_WORDS = 1 << 16;
const MEASURE_MS = 100;

/** What the engine is made of: accesses to shared memory, copies, comparisons; all in the processor's caches. */
export const micro: Workload = {
  name: 'micro',
  about: 'accesses to shared memory, copies and comparisons, one by one',
  async run(_options, progress): Promise<Report> {
    const bench = new Bench({ time: MEASURE_MS, warmupTime: MEASURE_MS });
    const parts = Object.entries(makeParts());
    for (const [name, run] of parts) bench.add(name, run);
    progress.start(parts.length);
    const rows = [];
    for (const task of bench.tasks) {
      progress.step(task.name);
      const { result } = await task.run();
      if (result.state !== 'completed') throw new Error(`${task.name} could not be measured.`);
      const nsOf = (ms: number) => Number(((ms * 1e6) / OPERATIONS).toPrecision(3));
      rows.push({
        workload: 'micro',
        what: task.name,
        p50Ns: nsOf(result.latency.p50),
        p99Ns: nsOf(result.latency.p99),
      });
    }
    progress.stop();
    return {
      rows,
      notes: [
        `Medians and 99th percentiles of calls of ${OPERATIONS} operations each, in nanoseconds for one, some 3 for calling it included.`,
      ],
    };
  },
};

/** What keeps results from being optimised away. */
const sink = new Float64Array(1);

function makeParts(): Record<string, () => void> {
  const memory = SharedMemory.allocate(MEMORY_WORDS);
  for (let i = 0; i < MEMORY_WORDS; i++) memory.write32(i, Math.imul(i, 0x9e3779b1));
  memory.copy(2048, 0, 4);
  const target = new Uint8Array(100);
  const repeat = (operation: (i: number) => number) => () => {
    let sum = 0;
    for (let i = 0; i < OPERATIONS; i++) sum += operation(i);
    sink[0] += sum;
  };
  return {
    'read32 (plain)': repeat((i) => memory.read32(i)),
    'load (atomic)': repeat((i) => memory.load(i)),
    'store (atomic)': repeat((i) => {
      memory.store(4096 + i, i);
      return 0;
    }),
    'compareExchange (atomic)': repeat((i) => memory.compareExchange(8192 + i, i, i)),
    'add (atomic)': repeat((i) => memory.add(8192 + i, 1)),
    'copy of 34 words': repeat((i) => {
      memory.copy(16384 + i, i, 34);
      return 0;
    }),
    'copy of 1,024 words': repeat((i) => {
      memory.copy(16384 + i, i, 1024);
      return 0;
    }),
    'readBytes of 100 bytes': repeat((i) => {
      memory.readBytes(i * 4, target, 0, 100);
      return target[0];
    }),
    'freshBytes of 100 bytes': repeat(() => freshBytes(100).length),
    'headOf a key': repeat((i) => headOf(memory, i * 4, 16)),
    'fingerprintOf a key of 16 bytes': repeat((i) => fingerprintOf(memory, i * 4, 16)),
    'compareKeys, equal keys of 16 bytes': repeat(() => compareKeys(memory, 0, 16, 8192, 16)),
  };
}
