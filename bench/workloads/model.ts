import { MachineWatch } from '../machine.ts';
import { PeerMissing } from '../model/peer.ts';
import { runRightlink } from '../model/rightlink.ts';
import type { Exploration } from '../model/run.ts';
import { Spin } from '../model/spin.ts';
import { buildStateright, runStateright } from '../model/stateright.ts';
import { type MeasuredSystem, SYSTEMS } from '../model/systems.ts';
import type { Progress } from '../progress.ts';
import type { Aim, BenchOptions, Report, Row, Workload } from '../workload.ts';

type Engine = 'rightlink' | 'spin' | 'stateright';

/** One engine on one system: what a row of the table is about. */
interface Contest {
  system: MeasuredSystem;
  engine: Engine;
  threads: number;
  run: () => Promise<Exploration>;
  results: Exploration[];
  /** Why there are no results. */
  missing?: string;
}

/** The model checker's rate beside those of SPIN and Stateright. */
export const model: Workload = {
  name: 'model',
  about: 'the model checker: distinct states a second with one and two threads; beside SPIN and Stateright',
  async run(options, progress): Promise<Report> {
    const watch = new MachineWatch();
    const spins: Spin[] = [];
    try {
      const contests = await prepare(spins);
      await runAll(contests, options, progress, watch);
      agree(contests);
      return { rows: contests.map(rowOf), aims: aimsOf(contests), notes: notesOn(contests, options, watch) };
    } finally {
      await Promise.all(spins.map((spin) => spin.remove()));
    }
  },
};

async function prepare(spins: Spin[]): Promise<Contest[]> {
  const contests: Contest[] = [];
  for (const system of SYSTEMS) {
    const add = (engine: Engine, threads: number, run: Contest['run'], missing?: string) =>
      contests.push({ system, engine, threads, run, results: [], ...(missing === undefined ? {} : { missing }) });
    for (const threads of system.threads) add('rightlink', threads, () => runRightlink(system, threads));
    const { spin, stateright } = system;
    if (spin !== undefined) {
      const built = await unlessMissing(() => Spin.build(spin));
      if (built instanceof PeerMissing) add('spin', 1, nothing, built.message);
      else {
        spins.push(built);
        add('spin', 1, () => built.run());
      }
    }
    if (stateright !== undefined) {
      const built = await unlessMissing(buildStateright);
      const missing = built instanceof PeerMissing ? built.message : undefined;
      for (const threads of [1, 2]) add('stateright', threads, () => runStateright(stateright, threads), missing);
    }
  }
  return contests;
}

async function nothing(): Promise<never> {
  throw new PeerMissing('not built');
}

async function unlessMissing<T>(get: () => Promise<T>): Promise<T | PeerMissing> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof PeerMissing) return error;
    throw error;
  }
}

/** In turn, again and again: what else the machine does meanwhile hits all alike. */
async function runAll(contests: Contest[], { repetitions }: BenchOptions, progress: Progress, watch: MachineWatch) {
  progress.start(repetitions * contests.filter(({ missing }) => missing === undefined).length);
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const contest of contests) {
      if (contest.missing !== undefined) continue;
      const { system, engine, threads } = contest;
      const who = `${engine}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
      progress.step(`${system.workload}: ${who}, repetition ${repetition}`);
      const result = await unlessMissing(contest.run);
      if (result instanceof PeerMissing) contest.missing = result.message;
      else {
        contest.results.push(result);
        watch.add(Number.isNaN(result.cpuSeconds) ? 0 : result.cpuSeconds);
      }
    }
  }
  progress.stop();
}

/** All engines must have counted the same, every time: else they did not do the same. */
function agree(contests: readonly Contest[]): void {
  for (const system of SYSTEMS) {
    const counts = contests.filter((each) => each.system === system).flatMap(({ results }) => results);
    const wanted = system.states ?? counts[0]?.states;
    const other = counts.find(({ states }) => states !== wanted);
    if (other !== undefined) throw new Error(`${system.workload}: ${other.states} states counted, not ${wanted}`);
  }
}

function rowOf({ system, engine, threads, results, missing }: Contest): Row {
  const row = { workload: system.workload, engine, threads };
  if (results.length === 0) {
    const none = { states: null, statesPerSecond: null, bytesPerState: null, seconds: null, cpuSeconds: null };
    return { ...row, ...none, missing: missing ?? 'not run' };
  }
  const [{ states, bytesPerState }] = results;
  const seconds = median(results.map((each) => each.seconds));
  const cpuSeconds = median(results.map((each) => each.cpuSeconds));
  return {
    ...row,
    states,
    statesPerSecond: Math.round(states / seconds),
    bytesPerState: bytesPerState === null ? null : Math.round(bytesPerState * 100) / 100,
    seconds: rounded(seconds),
    cpuSeconds: Number.isNaN(cpuSeconds) ? null : rounded(cpuSeconds),
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** States a second, by the median of the seconds; NaN when it was not measured. */
function rateOf(contests: readonly Contest[], system: MeasuredSystem, who: Engine, threads: number): number {
  const found = contests.find((each) => each.system === system && each.engine === who && each.threads === threads);
  if (found === undefined || found.results.length === 0) return Number.NaN;
  return found.results[0].states / median(found.results.map(({ seconds }) => seconds));
}

/** How rightlink does beside its peers: there is no aim, only a comparison. */
function ratiosOf(contests: readonly Contest[]): string[] {
  const pairs = contests.filter(({ engine, results }) => engine !== 'rightlink' && results.length > 0);
  return pairs.map(({ system, engine, threads }) => {
    const ratio = rateOf(contests, system, 'rightlink', threads) / rateOf(contests, system, engine, threads);
    const who = `${engine} with ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    return `rightlink against ${who}, ${system.workload}: ${ratio.toFixed(2)} x.`;
  });
}

function aimsOf(contests: readonly Contest[]): Aim[] {
  const rate = (system: MeasuredSystem, threads: number) => rateOf(contests, system, 'rightlink', threads);
  const [commit8, commit9, lock, engine] = SYSTEMS;
  const atLeast = (system: MeasuredSystem, aim: number): Aim => {
    const measured = rate(system, 1);
    const what = `${system.workload}, one thread, states a second`;
    return { what, measured: thousands(measured), aim: `>= ${thousands(aim)}`, met: measured >= aim };
  };
  const ratio = (what: string, measured: number, aim: number): Aim[] =>
    Number.isNaN(measured)
      ? []
      : [{ what, measured: `${measured.toFixed(2)} x`, aim: `>= ${aim.toFixed(1)} x`, met: measured >= aim }];
  const scaling = (system: MeasuredSystem): Aim[] =>
    ratio(`${system.workload}, two threads against one`, rate(system, 2) / rate(system, 1), 1.6);
  return [
    atLeast(commit8, 1e6),
    atLeast(commit9, 1e6),
    atLeast(lock, 1e6),
    atLeast(engine, 3e5),
    ...scaling(commit9),
    ...scaling(lock),
    ...[commit9, lock].flatMap((system) => bytes(system, contests)),
  ];
}

function bytes(system: MeasuredSystem, contests: readonly Contest[]): Aim[] {
  const all = contests
    .filter((each) => each.system === system && each.engine === 'rightlink')
    .flatMap(({ results }) => results.map(({ bytesPerState }) => bytesPerState ?? Number.NaN));
  const most = Math.max(...all);
  const what = `${system.workload}, bytes a state in the fingerprint set`;
  return [{ what, measured: most.toFixed(2), aim: '<= 8', met: most <= 8 }];
}

function thousands(figure: number): string {
  return Math.round(figure).toLocaleString('en');
}

function notesOn(contests: readonly Contest[], { repetitions }: BenchOptions, watch: MachineWatch): string[] {
  const missing = contests.filter((each) => each.missing !== undefined);
  const reasons = new Set(missing.map((each) => `Not measured: ${each.engine}: ${each.missing}.`));
  return [
    ...ratiosOf(contests),
    ...reasons,
    `Medians of ${repetitions} runs in turn, each in a process of its own; all searches depth first, without reduction, every state checked, and all engines must come to the same number of states.`,
    'rightlink: cold, compiling included, but for the engine scenario, which the process has explored fifteen times before; with two threads, the seconds include their start. SPIN: gcc -O2 -DNOREDUCE -DSAFETY, it keeps whole states; its seconds include the start of the process. Stateright: cargo --release, 64-bit fingerprints.',
    `cpuSeconds: CPU time of all threads of the measured process, JIT compiler and garbage collector included: on a busy machine it says more than seconds. ${watch.note()}`,
  ];
}
