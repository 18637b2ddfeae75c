import { Worker } from 'node:worker_threads';
import { ModelError } from '../errors.ts';
import type { Coverage } from '../machine.ts';
import type { ExploreOptions, Progress } from '../options.ts';
import type { Finding, Search, Way } from '../search/search.ts';
import { sharedSetBuffer } from '../visited/shared.ts';
import { Pool } from './pool.ts';
import type { Source } from './source.ts';
import { STOPPED, type WorkerResult, type WorkerTask } from './task.ts';

/** Room for states when nobody says how many there will be. */
const EXPECTED_STATES = 20_000_000;
const PROGRESS_MS = 250;

/** What all threads found together, in the form of a search that has ended. */
export interface ParallelOutcome extends Search {
  coverage: Coverage;
}

/** Explores with several threads that share one set of visited states. */
export async function exploreInParallel(
  source: Source,
  model: string,
  threads: number,
  options: ExploreOptions,
): Promise<ParallelOutcome> {
  const { signal, onProgress, from: _, ...passed } = options;
  const visited = sharedSetBuffer(options.expectedStates ?? EXPECTED_STATES);
  const pool = new Pool(threads);
  const stop = (): void => pool.stop();
  signal?.addEventListener('abort', stop);
  const timer = setInterval(reporter(pool, onProgress), PROGRESS_MS);
  const workers: Worker[] = [];
  try {
    const running = Array.from({ length: threads }, (_unused, thread) =>
      start({ source, model, options: passed, thread, threads, visited, pool: pool.buffer }, workers),
    );
    return merge(await Promise.all(running), visited.byteLength);
  } finally {
    pool.stop();
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function start(task: WorkerTask, workers: Worker[]): Promise<WorkerResult> {
  const fromSources = import.meta.url.endsWith('.ts');
  const entry = new URL(fromSources ? './worker.ts' : './worker.js', import.meta.url);
  const filename = fromSources ? new URL('./development.mjs', import.meta.url) : entry;
  const worker = new Worker(filename, { workerData: task, argv: fromSources ? [entry.href] : [], execArgv: [] });
  workers.push(worker);
  return new Promise((resolve, reject) => {
    worker.on('message', ({ result, error, code }: { result?: WorkerResult; error?: unknown; code?: string }) => {
      if (result !== undefined) resolve(result);
      // Between threads, errors lose their class.
      else reject(code === undefined ? error : new ModelError(code, (error as Error).message));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`an explorer thread ended with code ${code}`)));
  });
}

function reporter(pool: Pool, onProgress: ((progress: Progress) => void) | undefined): () => void {
  const begin = performance.now();
  let last = begin;
  let lastStates = 0;
  return () => {
    const now = performance.now();
    const { states, transitions } = pool.counts;
    const statesPerSecond = ((states - lastStates) * 1000) / (now - last);
    onProgress?.({
      states,
      transitions,
      depth: 0,
      queued: 0,
      seconds: (now - begin) / 1000,
      statesPerSecond,
      remaining: null,
    });
    last = now;
    lastStates = states;
  };
}

function allCoverage(parts: readonly Coverage[]): Coverage {
  const ran = [...new Set(parts.flatMap((part) => part.ran))].sort();
  const neverRun = parts[0].neverRun?.filter((name) => parts.every((part) => part.neverRun?.includes(name))) ?? null;
  return { ran, neverRun };
}

function merge(results: readonly WorkerResult[], visitedBytes: number): ParallelOutcome {
  const violations: Finding[] = [];
  const goals = new Map<number, Way>();
  const ends = new Set<string>();
  for (const result of results) {
    for (const finding of result.violations) {
      const { kind, name } = finding.problem;
      if (!violations.some(({ problem }) => problem.kind === kind && problem.name === name)) violations.push(finding);
    }
    for (const [goal, way] of result.goals) goals.set(goal, way);
    for (const end of result.ends) ends.add(end);
  }
  const bounds = results.flatMap(({ bound }) => bound ?? []);
  const sum = (of: (result: WorkerResult) => number): number => results.reduce((total, each) => total + of(each), 0);
  return {
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    depth: Math.max(...results.map(({ depth }) => depth)),
    queued: 0,
    violations,
    goals,
    ends,
    finished: true,
    bound: bounds.find((bound) => bound !== STOPPED) ?? bounds[0] ?? null,
    visitedBytes,
    coverage: allCoverage(results.map(({ coverage }) => coverage)),
    run: () => {},
  };
}
