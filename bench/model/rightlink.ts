import { once } from 'node:events';
import { startProcess } from '../../spec/workers/start.ts';
import type { Exploration } from './run.ts';
import type { MeasuredSystem } from './systems.ts';

/** How far an exploration is. */
export interface SoFar {
  states: number;
  seconds: number;
}

/**
 * Explores a system in a process of its own.
 * @throws Error when the process fails
 */
export async function runRightlink(
  system: MeasuredSystem,
  threads: number,
  onProgress: (soFar: SoFar) => void = () => {},
): Promise<Exploration> {
  const child = startProcess('./run.ts', import.meta.url, [JSON.stringify(system), String(threads)]);
  let exploration: Exploration | undefined;
  child.on('message', (message: SoFar | { exploration: Exploration }) => {
    if ('exploration' in message) exploration = message.exploration;
    else onProgress(message);
  });
  const [code, signal] = await once(child, 'exit');
  if (exploration === undefined || code !== 0) {
    throw new Error(`The exploration of ${system.workload} ended with ${signal ?? `exit code ${code}`}.`);
  }
  return exploration;
}
