import { mutate } from '../mutate.ts';
import type { Explorable, ExploreOptions } from '../options.ts';
import type { Source } from '../parallel/source.ts';
import { replay } from '../replay.ts';
import { printTrace } from '../trace/print.ts';
import { type Arguments, UsageError } from './arguments.ts';
import { exploreWithProgress, INTERRUPTED } from './progress.ts';
import { mutantsOf, mutantsToCatch, type Registry, type Scenario } from './registry.ts';
import { goalTraces, type MutantRow, mutantRow, outcomeRow, type ScenarioRow, scenarioRow } from './rows.ts';
import { color, print, printGoals, printMutantRow, printResult, printRow } from './tables.ts';

/** What commands need to know besides the command line. */
export interface Context {
  source: Source | undefined;
  /** Names of all steps of the code under test, for `--all`. */
  steps: readonly string[];
  /** Ctrl-C. */
  signal: AbortSignal;
}

/** `--list`. */
export function list(registry: Registry, json: boolean): number {
  const rows = registry.map((scenario) => ({
    scenario: scenario.name,
    about: scenario.about ?? '',
    mutants: mutantsToCatch(scenario, scenario.build()),
  }));
  if (json) return print(JSON.stringify(rows, null, 2));
  for (const { scenario, about, mutants } of rows) {
    print(`${color('bold', scenario)}${about === '' ? '' : `  ${about}`}`);
    if (mutants.length > 0) print(`  mutants: ${mutants.join(', ')}`);
  }
  return 0;
}

/** Explores one scenario, or a mutant of it. */
export async function exploreOne(scenario: Scenario, args: Arguments, context: Context): Promise<number> {
  const target = scenario.build();
  const options = { ...optionsFor(scenario, args, context), ...mutantFor(scenario, target, args) };
  const result = await exploreWithProgress(scenario.name, target, options);
  if (args.json) {
    print(
      JSON.stringify({ ...scenarioRow(scenario.name, result, args.print), ...(args.goals ? goalTraces(result) : {}) }),
    );
  } else {
    printResult(scenario.name, result, args.print);
    if (args.goals) printGoals(result, args.print);
  }
  if (result.verdict === 'violation') return 1;
  return context.signal.aborted ? INTERRUPTED : 0;
}

/** `--replay`: one execution again. */
export function replayOne(scenario: Scenario, args: Arguments, text: string): number {
  const target = scenario.build();
  const { violation, trace } = replay(target, text, { ...scenario.options, ...mutantFor(scenario, target, args) });
  const verdict = violation === null ? 'ok' : 'violation';
  const traceText = printTrace(trace, args.print);
  if (args.json) {
    const found = violation === null ? {} : { violation: `${violation.kind}: ${violation.message}` };
    print(JSON.stringify({ scenario: scenario.name, verdict, ...found, trace, traceText }));
  } else {
    const mark = violation === null ? color('green', verdict) : color('red', verdict);
    print(`${scenario.name}: ${mark}, in this one execution\n\n${traceText}`);
  }
  return violation === null ? 0 : 1;
}

/** `--mutate`: what the scenario catches of all that can be weakened. */
export async function mutateOne(scenario: Scenario, args: Arguments, context: Context): Promise<number> {
  const target = scenario.build();
  if (target.type !== 'program') throw new UsageError(`--mutate needs a program, and '${scenario.name}' is none`);
  const { signal } = context;
  const rows: MutantRow[] = [];
  if (!args.json) print(`${scenario.name}, every atomic action weakened in turn:`);
  await mutate(target, {
    ...scenario.options,
    ...args.options,
    signal,
    onOutcome: (outcome) => {
      const row = outcomeRow(scenario.name, outcome);
      rows.push(row);
      if (!args.json) printMutantRow(row);
    },
  });
  const survivors = rows.filter(({ caught }) => !caught).length;
  if (args.json) print(JSON.stringify(rows, null, 2));
  else print(`${rows.length} mutants, ${rows.length - survivors} caught, ${survivors} survive`);
  if (signal.aborted) sayInterrupted();
  if (survivors > 0) return 1;
  return signal.aborted ? INTERRUPTED : 0;
}

/** `--all`: every scenario and every mutant that it must catch. */
export async function exploreAll(registry: Registry, args: Arguments, context: Context): Promise<number> {
  const { signal, steps } = context;
  const rows: (ScenarioRow | MutantRow)[] = [];
  const ran = new Set<string>();
  let unexpected = 0;
  for (const scenario of registry) {
    if (signal.aborted) break;
    const target = scenario.build();
    const options = optionsFor(scenario, args, context);
    const result = await exploreWithProgress(scenario.name, target, options);
    const row = scenarioRow(scenario.name, result, args.print);
    rows.push(row);
    for (const step of result.ran) ran.add(step);
    const asExpected = row.verdict === (scenario.expect ?? 'ok');
    if (!asExpected && !signal.aborted) unexpected += 1;
    if (!args.json) printRow(row, asExpected || signal.aborted);
    for (const mutant of mutantsToCatch(scenario, target)) {
      if (signal.aborted) break;
      const found = await exploreMutant(scenario.name, target, mutant, options);
      // Of a mutant that was interrupted, nothing is known.
      if (signal.aborted && !found.caught) break;
      rows.push(found);
      if (!found.caught) unexpected += 1;
      if (!args.json) printMutantRow(found);
    }
  }
  if (args.json) print(JSON.stringify(rows, null, 2));
  if (signal.aborted) sayInterrupted();
  else if (steps.length > 0)
    sayNeverRun(
      steps.filter((step) => !ran.has(step)),
      steps.length,
      args.json,
    );
  if (unexpected > 0) return 1;
  return signal.aborted ? INTERRUPTED : 0;
}

async function exploreMutant(
  scenario: string,
  target: Explorable,
  mutant: string,
  options: ExploreOptions,
): Promise<MutantRow> {
  const mutated = { ...options, mutant, shortest: false };
  return mutantRow(scenario, mutant, await exploreWithProgress(`${scenario} / ${mutant}`, target, mutated));
}

function optionsFor(scenario: Scenario, args: Arguments, { source, signal }: Context): ExploreOptions {
  const from = source === undefined ? {} : { from: { ...source, scenario: scenario.name } };
  return { ...scenario.options, ...args.options, ...from, signal };
}

function mutantFor(scenario: Scenario, target: Explorable, { mutant }: Arguments): { mutant?: string } {
  if (mutant === undefined) return {};
  if (mutantsOf(target).includes(mutant)) return { mutant };
  const known = mutantsOf(target).join(', ') || 'none';
  throw new UsageError(`scenario '${scenario.name}' has no mutant '${mutant}'; it has: ${known}`);
}

/** Beside JSON on stdout, this goes to stderr: the array there has scenarios and mutants only. */
function sayNeverRun(names: readonly string[], all: number, json: boolean): void {
  const text =
    names.length === 0
      ? `all ${all} steps ran in some scenario`
      : `${names.length} of ${all} steps ran in no scenario: ${names.join(', ')}`;
  (json ? process.stderr : process.stdout).write(`${text}\n`);
}

function sayInterrupted(): void {
  process.stderr.write('interrupted: what stands above is all that is known\n');
}
