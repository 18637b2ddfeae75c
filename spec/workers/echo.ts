import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { workerEntry } from '../../engine/worker-entry.ts';

/** What a thread or process sees of itself when it is started from sources. */
export interface Echo {
  worker: boolean;
  argv: string[];
  workerData: unknown;
  /** Proof that the relative `.ts` import above was resolved and compiled. */
  resolved: string;
}

const echo: Echo = {
  worker: !isMainThread,
  argv: process.argv.slice(1),
  workerData,
  resolved: workerEntry('./b.ts', 'file:///a/c.js').filename.href,
};
if (echo.argv.includes('--fail')) throw new Error('asked to fail');
if (parentPort) parentPort.postMessage(echo);
else process.send?.(echo);
