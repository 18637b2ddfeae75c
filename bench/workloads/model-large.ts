import { freemem } from 'node:os';
import { MachineWatch } from '../machine.ts';
import { runRightlink } from '../model/rightlink.ts';
import { LARGE } from '../model/systems.ts';
import type { Report, Workload } from '../workload.ts';

const [THREADS] = LARGE.threads;
const MEMORY_BYTES = 24 * 2 ** 30;
/** A line of progress for every so many states. */
const STEP_STATES = 10_000_000;

/** More than 10^8 states, to the end. */
export const modelLarge: Workload = {
  name: 'model-large',
  about: `the model checker on ${((LARGE.states ?? 0) / 1e6).toFixed(0)} million states: minutes, and some gigabytes`,
  async run(_options, progress): Promise<Report> {
    const watch = new MachineWatch();
    const free = freemem();
    progress.start(Math.ceil((LARGE.states ?? 0) / STEP_STATES));
    let steps = 0;
    const result = await runRightlink(LARGE, THREADS, ({ states, seconds }) => {
      while (states >= steps * STEP_STATES) {
        progress.step(`${(states / 1e6).toFixed(1)} million states after ${seconds.toFixed(0)} s`);
        steps += 1;
      }
    });
    progress.stop();
    watch.add(result.cpuSeconds);
    const { states, seconds, cpuSeconds, bytesPerState, residentBytes } = result;
    return {
      rows: [
        {
          workload: LARGE.workload,
          engine: 'rightlink',
          threads: THREADS,
          states,
          statesPerSecond: Math.round(states / seconds),
          bytesPerState: bytesPerState === null ? null : Math.round(bytesPerState * 100) / 100,
          seconds: Math.round(seconds * 10) / 10,
          cpuSeconds: Math.round(cpuSeconds * 10) / 10,
          residentBytes,
        },
      ],
      aims: [
        { what: 'distinct states', measured: states.toLocaleString('en'), aim: '>= 100,000,000', met: states >= 1e8 },
        {
          what: 'resident memory',
          measured: `${(residentBytes / 2 ** 30).toFixed(2)} GiB`,
          aim: '<= 24 GiB',
          met: residentBytes <= MEMORY_BYTES,
        },
      ],
      notes: [
        `The number of states is known, and asserted: 2 (6^10 + 4^10 + 2^10). Free memory at the start: ${(free / 2 ** 30).toFixed(1)} GiB.`,
        watch.note(),
      ],
    };
  },
};
