import { type ExploreOptions, explore } from '../../model/index.ts';
import { targetOf } from '../../model/parallel/target.ts';
import type { MeasuredSystem } from './systems.ts';

/*
 * One measured exploration in a process of its own: `run.ts SYSTEM THREADS`, the system as JSON. Sends an `Exploration`.
 */

/** What an exploration came to. */
export interface Exploration {
  states: number;
  seconds: number;
  /** CPU time of all threads, the compiler's and the collector's included. */
  cpuSeconds: number;
  /** Of the set of visited states, a state. */
  bytesPerState: number | null;
  /** Greatest resident memory of the process so far. */
  residentBytes: number;
}

async function main([json, count]: string[]): Promise<Exploration> {
  const system: MeasuredSystem = JSON.parse(json);
  const threads = Number(count);
  const target = await targetOf(system.source);
  for (let i = 0; i < (system.warmUps ?? 0); i++) await explore(target, { search: 'depth' });
  const options: ExploreOptions = {
    search: 'depth',
    ...(threads > 1 ? { threads, from: system.source } : {}),
    expectedStates: system.room,
    onProgress: ({ states, seconds }) => process.send?.({ states, seconds }),
  };
  const before = process.cpuUsage();
  const result = await explore(target, options);
  const { user, system: kernel } = process.cpuUsage(before);
  const { states, seconds, visitedBytes } = result;
  if (system.states !== null && states !== system.states) {
    throw new Error(`${result.name}: ${states} states, not ${system.states}`);
  }
  if (result.verdict !== 'ok' || !result.exhaustive) {
    throw new Error(`${result.name}: ${result.verdict}, ${result.coverage}`);
  }
  return {
    states,
    seconds,
    cpuSeconds: (user + kernel) / 1e6,
    bytesPerState: visitedBytes / states,
    residentBytes: process.resourceUsage().maxRSS * 1024,
  };
}

process.send?.({ exploration: await main(process.argv.slice(2)) });
process.disconnect();
