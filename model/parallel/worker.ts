import { parentPort, workerData } from 'node:worker_threads';
import { ModelError } from '../errors.ts';
import { setHashSeed } from '../hash.ts';
import { machineFor } from '../machines.ts';
import { identifyEverywhere } from '../program/step-identity.ts';
import { SystemMachine } from '../system/machine.ts';
import { modelHash } from '../trace/replay-string.ts';
import { SharedFingerprintSet } from '../visited/shared.ts';
import { Pool } from './pool.ts';
import { SharedSearch } from './shared-search.ts';
import { targetOf } from './target.ts';
import { STOPPED, type WorkerResult, type WorkerTask } from './task.ts';

/** States between two looks at what the others do. */
const SLICE = 1024;

/** Explores together with the other threads until nothing is left. */
async function work(task: WorkerTask): Promise<WorkerResult> {
  const { options, thread } = task;
  setHashSeed(options.seed ?? 0);
  identifyEverywhere();
  const target = await targetOf(task.source);
  if (modelHash(target) !== task.model) {
    const { module, name } = task.source;
    throw new ModelError(
      'RIGHTLINK_MODEL_SOURCE',
      `'${name}' of ${module} is another model ('${target.name}') than the one explored: \`from\` must name that`,
    );
  }
  const machine = machineFor(target, options);
  const pool = new Pool(task.threads, task.pool);
  const maxStates = options.maxStates ?? Number.POSITIVE_INFINITY;
  const limits = {
    maxStates,
    maxDepth: Number.POSITIVE_INFINITY,
    goOn: options.onViolation === 'continue',
  };
  const search = new SharedSearch(machine, new SharedFingerprintSet(task.visited), limits, pool);
  while (!search.finished) {
    search.run(SLICE);
    search.share();
    pool.count(thread, search.states, search.transitions);
    if (!search.finished && pool.counts.states >= maxStates) search.bound ??= `${maxStates} states`;
    if (search.bound !== null) pool.stop();
    if (pool.stopped && !search.finished) break;
  }
  if (search.bound !== null) pool.stop();
  if (machine instanceof SystemMachine && options.audit !== false) machine.audit(false);
  const { states, transitions, depth, bound, violations, goals, ends } = search;
  const stopped = search.finished ? null : STOPPED;
  return {
    states,
    transitions,
    depth,
    bound: bound ?? stopped,
    violations,
    goals: [...goals],
    ends: [...ends],
    coverage: machine.coverage(),
  };
}

work(workerData as WorkerTask).then(
  (result) => parentPort?.postMessage({ result }),
  (error: unknown) => parentPort?.postMessage({ error, code: error instanceof ModelError ? error.code : undefined }),
);
