import { parseArgs, styleText } from 'node:util';
import { ModelError } from './errors.ts';
import { type ExploreResult, explore } from './explore.ts';
import type { Explorable, ExploreOptions, Progress, SearchKind } from './options.ts';
import type { Source } from './parallel/source.ts';
import type { ProgressProperty } from './search/progress.ts';
import type { Schedule } from './search/sampled.ts';
import { printTrace } from './trace/print.ts';

/** A named thing to explore. */
export interface Scenario {
  name: string;
  /** One line: what it exposes. */
  about?: string;
  /** Makes what is explored; called when needed. */
  build: () => Explorable;
  options?: ExploreOptions;
  /** What the unmutated scenario is expected to show; default 'ok'. */
  expect?: 'ok' | 'violation';
  /** Which of the program's mutants this scenario must catch; default all. */
  mutants?: readonly string[];
}

/** The scenarios that a command line offers. */
export type Registry = readonly Scenario[];

/** One line of `--json`: a scenario, or a mutant of it. */
export interface ScenarioRow {
  scenario: string;
  verdict: 'ok' | 'violation';
  exhaustive: boolean;
  coverage: string;
  states: number;
  transitions: number;
  depth: number;
  seconds: number;
  violation?: string;
  trace?: string;
}

/** One line of `--all --json` for a mutant. */
export interface MutantRow {
  scenario: string;
  mutant: string;
  caught: boolean;
  states: number;
  seconds: number;
  violation?: string;
}

const USAGE = `usage: explore NAME [--mutant NAME] [--json]     explore one scenario
       explore --all [--json]                   explore all scenarios and all their mutants
       explore --list [--json]                  name the scenarios and their mutants

--search depth|breadth|stateless|random   order of the search; stateless: the second engine; random: samples
--threads N              several explorer threads, depth first
--progress lock-free|obstruction-free     look for endless executions as well
--schedule uniform|pct|swarm, --executions N, --random-seed N             for --search random
--expected-states N      room for the visited set from the start
--max-states N           stop after N states (the verdict says so)
--seed N                 another fingerprint function: a second run under another seed confirms the first

exit code: 0 nothing wrong, 1 a violation (with --all: something unexpected), 2 wrong usage`;

interface Arguments {
  name: string | undefined;
  list: boolean;
  all: boolean;
  json: boolean;
  help: boolean;
  mutant: string | undefined;
  options: ExploreOptions;
  source?: Source | undefined;
}

/** A mistake in the command line. */
class UsageError extends Error {}

/**
 * Runs a command line over a registry of scenarios and returns the exit code: 0 fine, 1 a violation, 2 wrong usage.
 *
 * @param argv the arguments after the program's name
 * @param source a module that exports the registry and does nothing else: what `--threads` needs
 */
export async function runCommandLine(registry: Registry, argv: readonly string[], source?: Source): Promise<number> {
  try {
    const args = parse(argv);
    args.source = source;
    if ((args.options.threads ?? 1) > 1 && source === undefined) {
      throw new UsageError('--threads: this command line does not say where explorer threads find its scenarios');
    }
    if (args.help) return print(USAGE);
    if (args.list) return list(registry, args.json);
    if (args.all) return await exploreAll(registry, args);
    if (args.name === undefined) throw new UsageError(`name a scenario, or --all, or --list\n\n${USAGE}`);
    return await exploreOne(find(registry, args.name), args);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ModelError)) throw error;
    process.stderr.write(`${color('red', 'error')}: ${error.message}\n`);
    return 2;
  }
}

function parse(argv: readonly string[]): Arguments {
  const { values, positionals } = readArguments(argv);
  const { search, seed } = values;
  if (positionals.length > 1) throw new UsageError(`one scenario at a time, not: ${positionals.join(' ')}`);
  if (values.all === true && positionals.length > 0) throw new UsageError('--all takes no scenario');
  if (values.mutant !== undefined && positionals.length === 0) throw new UsageError('--mutant needs a scenario');
  const maxStates = numberOf('--max-states', values['max-states']);
  return {
    name: positionals[0],
    list: values.list === true,
    all: values.all === true,
    json: values.json === true,
    help: values.help === true,
    mutant: values.mutant,
    options: {
      ...given('search', oneOf<SearchKind>('--search', search, ['depth', 'breadth', 'stateless', 'random'])),
      ...given('progress', oneOf<ProgressProperty>('--progress', values.progress, ['lock-free', 'obstruction-free'])),
      ...given('schedule', oneOf<Schedule>('--schedule', values.schedule, ['uniform', 'pct', 'swarm'])),
      ...given('maxStates', maxStates),
      ...given('seed', numberOf('--seed', seed)),
      ...given('threads', numberOf('--threads', values.threads)),
      ...given('executions', numberOf('--executions', values.executions)),
      ...given('randomSeed', numberOf('--random-seed', values['random-seed'])),
      ...given('expectedStates', numberOf('--expected-states', values['expected-states'])),
    },
  };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        list: { type: 'boolean' },
        all: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        mutant: { type: 'string' },
        search: { type: 'string' },
        'max-states': { type: 'string' },
        seed: { type: 'string' },
        threads: { type: 'string' },
        progress: { type: 'string' },
        schedule: { type: 'string' },
        executions: { type: 'string' },
        'random-seed': { type: 'string' },
        'expected-states': { type: 'string' },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}

function given<K extends string, const V extends string | number>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function oneOf<T extends string>(flag: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = allowed.find((each) => each === text);
  if (found === undefined) throw new UsageError(`${flag} is one of ${allowed.join(', ')}, not '${text}'`);
  return found;
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll('_', ''));
  if (!Number.isInteger(value) || value < 0) throw new UsageError(`${flag} takes a whole number, not '${text}'`);
  return value;
}

function list(registry: Registry, json: boolean): number {
  const rows = registry.map((scenario) => ({
    scenario: scenario.name,
    about: scenario.about ?? '',
    mutants: mutantsOf(scenario, scenario.build()),
  }));
  if (json) return print(JSON.stringify(rows, null, 2));
  for (const { scenario, about, mutants } of rows) {
    print(`${color('bold', scenario)}${about === '' ? '' : `  ${about}`}`);
    if (mutants.length > 0) print(`  mutants: ${mutants.join(', ')}`);
  }
  return 0;
}

function find(registry: Registry, name: string): Scenario {
  const scenario = registry.find((each) => each.name === name);
  if (scenario !== undefined) return scenario;
  const near = registry
    .map((each) => ({ name: each.name, distance: editDistance(name, each.name) }))
    .filter((each) => each.distance <= Math.max(3, name.length / 2) || each.name.includes(name))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map((each) => `'${each.name}'`);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see --list';
  throw new UsageError(`there is no scenario '${name}'; ${hint}`);
}

async function exploreOne(scenario: Scenario, args: Arguments): Promise<number> {
  const target = scenario.build();
  if (args.mutant !== undefined && !mutantsOf({ ...scenario, mutants: undefined }, target).includes(args.mutant)) {
    const known = mutantsOf(scenario, target).join(', ') || 'none';
    throw new UsageError(`scenario '${scenario.name}' has no mutant '${args.mutant}'; it has: ${known}`);
  }
  const result = await withProgress(scenario.name, target, {
    ...scenario.options,
    ...args.options,
    ...sourceOf(args, scenario.name),
    ...(args.mutant === undefined ? {} : { mutant: args.mutant }),
  });
  if (args.json)
    print(
      JSON.stringify({
        ...rowOf(scenario.name, result),
        ...(args.mutant === undefined ? {} : { mutant: args.mutant }),
      }),
    );
  else printResult(scenario.name, result);
  return result.verdict === 'ok' ? 0 : 1;
}

function sourceOf({ source }: Arguments, scenario: string): { from?: Source } {
  return source === undefined ? {} : { from: { ...source, scenario } };
}

async function exploreAll(registry: Registry, args: Arguments): Promise<number> {
  const rows: (ScenarioRow | MutantRow)[] = [];
  let unexpected = 0;
  for (const scenario of registry) {
    const target = scenario.build();
    const options = { ...scenario.options, ...args.options, ...sourceOf(args, scenario.name) };
    const row = rowOf(scenario.name, await withProgress(scenario.name, target, options));
    rows.push(row);
    const asExpected = row.verdict === (scenario.expect ?? 'ok');
    if (!asExpected) unexpected += 1;
    if (!args.json) printRow(row, asExpected);
    for (const mutant of mutantsOf(scenario, target)) {
      const result = await withProgress(`${scenario.name} / ${mutant}`, target, {
        ...options,
        mutant,
        shortest: false,
      });
      const mutantRow = mutantRowOf(scenario.name, mutant, result);
      rows.push(mutantRow);
      if (!mutantRow.caught) unexpected += 1;
      if (!args.json) printMutantRow(mutantRow);
    }
  }
  if (args.json) print(JSON.stringify(rows, null, 2));
  return unexpected === 0 ? 0 : 1;
}

function mutantsOf(scenario: { mutants?: readonly string[] | undefined }, target: Explorable): readonly string[] {
  if (scenario.mutants !== undefined) return scenario.mutants;
  return target.type === 'program' ? Object.keys(target.mutants ?? {}) : [];
}

function rowOf(scenario: string, result: ExploreResult): ScenarioRow {
  const { verdict, exhaustive, coverage, states, transitions, depth, seconds, violation } = result;
  return {
    scenario,
    verdict,
    exhaustive,
    coverage,
    states,
    transitions,
    depth,
    seconds: rounded(seconds),
    ...(violation === undefined
      ? {}
      : { violation: `${violation.kind}: ${violation.message}`, trace: printTrace(violation.trace) }),
  };
}

function mutantRowOf(scenario: string, mutant: string, result: ExploreResult): MutantRow {
  const { violation, states, seconds } = result;
  return {
    scenario,
    mutant,
    caught: result.verdict === 'violation',
    states,
    seconds: rounded(seconds),
    ...(violation === undefined ? {} : { violation: `${violation.kind}: ${violation.message}` }),
  };
}

function printResult(name: string, result: ExploreResult): void {
  const { violation } = result;
  const verdict = result.verdict === 'ok' ? color('green', 'ok') : color('red', 'violation');
  print(`${name}: ${verdict}, ${result.coverage}`);
  print(
    `${count(result.states)} states, ${count(result.transitions)} transitions, depth ${result.depth}, ${result.seconds.toFixed(2)} s`,
  );
  for (const [goal, { reached }] of Object.entries(result.goals)) {
    print(`goal '${goal}': ${reached ? 'reached' : color('red', 'not reached')}`);
  }
  print(`probability that a state was missed by collision: ${result.collisionProbability.toExponential(1)}`);
  if (result.neverRun.length > 0) print(`never run: ${result.neverRun.join(', ')}`);
  if (violation !== undefined)
    print(`\n${color('red', violation.kind)}: ${violation.message}\n\n${printTrace(violation.trace)}`);
}

function printRow(row: ScenarioRow, asExpected: boolean): void {
  const mark = asExpected ? color('green', row.verdict) : color('red', row.verdict);
  print(`${row.scenario}: ${mark}, ${row.coverage}, ${count(row.states)} states, ${row.seconds} s`);
  if (!asExpected && row.violation !== undefined) print(`  ${row.violation}\n${row.trace}`);
}

function printMutantRow(row: MutantRow): void {
  const mark = row.caught ? color('green', 'caught') : color('red', 'SURVIVES');
  print(
    `  mutant ${row.mutant}: ${mark} after ${count(row.states)} states${row.caught ? ` (${row.violation?.split('\n')[0]})` : ''}`,
  );
}

/** After this long, a line on stderr says how far it is. */
const QUIET_SECONDS = 2;

async function withProgress(name: string, target: Explorable, options: ExploreOptions): Promise<ExploreResult> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  let shown = false;
  const onProgress = (progress: Progress): void => {
    if (progress.seconds < QUIET_SECONDS) return;
    const line = `${name}: ${count(progress.states)} states, ${count(Math.round(progress.statesPerSecond))}/s, depth ${progress.depth}, ${count(progress.queued)} queued, ${progress.seconds.toFixed(0)} s`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    else if (!shown || Math.floor(progress.seconds) % 10 === 0) process.stderr.write(`${line}\n`);
    shown = true;
  };
  try {
    return await explore(target, { ...options, onProgress, signal: interruption.signal });
  } finally {
    process.removeListener('SIGINT', interrupt);
    if (shown && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** Levenshtein's distance: how many letters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, change));
    }
    row = next;
  }
  return row[b.length];
}

function color(style: 'red' | 'green' | 'bold', text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

function print(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}
