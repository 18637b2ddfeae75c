import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { workerEntry } from '../../engine/worker-entry.ts';

/**
 * Starts a `.ts` module of this repository as a worker: `startWorker('./hammer.ts', import.meta.url, { workerData })`.
 * @param module relative to `base`, spelled as in an import
 * @param base the caller's `import.meta.url`
 */
export function startWorker(module: `${string}.ts`, base: string, options: WorkerOptions = {}): Worker {
  const entry = workerEntry(module, base);
  return new Worker(entry.filename, {
    ...options,
    ...entry.options,
    argv: [...entry.options.argv, ...(options.argv ?? [])],
  });
}

/**
 * Starts a `.ts` module of this repository as a child process with a message channel:
 * `startProcess('./writer.ts', import.meta.url, [directory])`; the arguments are its `process.argv.slice(2)`.
 * @param module relative to `base`, spelled as in an import
 * @param base the caller's `import.meta.url`
 */
export function startProcess(
  module: `${string}.ts`,
  base: string,
  args: readonly string[] = [],
  options: ForkOptions = {},
): ChildProcess {
  const entry = workerEntry(module, base);
  return fork(fileURLToPath(entry.filename), [...entry.options.argv, ...args], { ...options, execArgv: [] });
}
