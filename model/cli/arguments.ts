import { parseArgs } from 'node:util';
import type { ExploreOptions, SearchKind } from '../options.ts';
import { PROGRESS_PROPERTIES, type ProgressProperty } from '../search/progress.ts';
import type { Schedule } from '../search/sampled.ts';
import { DEFAULT_WIDTH, type PrintOptions } from '../trace/print.ts';

/** What `--help` prints. */
export const USAGE = `usage: explore NAME [--mutant NAME] [--json]     explore one scenario, or a mutant of it
       explore NAME --replay STRING [--json]    run one execution again, from the string at the end of its trace
       explore NAME --mutate [--json]           weaken every atomic action in turn: what does the scenario catch?
       explore --all [--json]                   explore all scenarios and all mutants that they must catch
       explore --list [--json]                  name the scenarios and their mutants

--search depth|breadth|stateless|random   order of the search; stateless: the second engine; random: samples
--judge states|ends      ends: without invariants and goals, which the second engine would not judge in all states
--preemptions N|iterate  interrupt a thread that could go on at most N times; or 0 times, then 1, 2, …
--sleep-sets             all states, but independent moves in one order only
--threads N              several explorer threads, depth first
--progress lock-free|livelock-free|wait-free|obstruction-free             look for endless executions as well
--schedule uniform|pct|swarm, --executions N, --random-seed N             for --search random
--expected-states N      room for the visited set from the start
--max-states N           stop after N states (the verdict says so)
--checkpoint FILE        store what is known so far, now and then and on Ctrl-C
--resume FILE            go on from there (the same scenario, the same options)
--seed N                 another fingerprint function: a second run under another seed confirms the first

--show last|every        the state's picture in a trace: after the last step, or after every one
--goals                  the way to each goal that was reached, as well
--brief                  traces without plain accesses to what only one thread uses
--width N                characters in a line of a trace; default the terminal's, or 120

Ctrl-C ends an exploration early and prints what is known; a second one ends the program at once.

exit code: 0 nothing wrong, 1 a violation (with --all: something unexpected; with --mutate: a mutant survives),
2 wrong usage, 130 interrupted before anything wrong was found`;

/** A command line, understood. */
export interface Arguments {
  name: string | undefined;
  list: boolean;
  all: boolean;
  json: boolean;
  help: boolean;
  mutant: string | undefined;
  mutate: boolean;
  replay: string | undefined;
  goals: boolean;
  options: ExploreOptions;
  print: PrintOptions;
}

/** A mistake in the command line. */
export class UsageError extends Error {}

/**
 * Reads a command line.
 *
 * @throws UsageError when it makes no sense
 */
export function parse(argv: readonly string[]): Arguments {
  const { values, positionals } = readArguments(argv);
  if (positionals.length > 1) throw new UsageError(`one scenario at a time, not: ${positionals.join(' ')}`);
  rejectContradictions(values, positionals[0]);
  return {
    name: positionals[0],
    list: values.list === true,
    all: values.all === true,
    json: values.json === true,
    help: values.help === true,
    mutant: values.mutant,
    mutate: values.mutate === true,
    replay: values.replay,
    goals: values.goals === true,
    options: {
      ...given('search', oneOf<SearchKind>('--search', values.search, ['depth', 'breadth', 'stateless', 'random'])),
      ...given('judge', oneOf<'states' | 'ends'>('--judge', values.judge, ['states', 'ends'])),
      ...given('preemptions', preemptionsOf(values.preemptions)),
      ...(values['sleep-sets'] === true ? { sleepSets: true } : {}),
      ...given('progress', oneOf<ProgressProperty>('--progress', values.progress, PROGRESS_PROPERTIES)),
      ...given('schedule', oneOf<Schedule>('--schedule', values.schedule, ['uniform', 'pct', 'swarm'])),
      ...given('maxStates', numberOf('--max-states', values['max-states'])),
      ...given('resume', values.resume),
      ...(values.checkpoint === undefined ? {} : { checkpoint: { path: values.checkpoint } }),
      ...given('seed', numberOf('--seed', values.seed)),
      ...given('threads', numberOf('--threads', values.threads)),
      ...given('executions', numberOf('--executions', values.executions)),
      ...given('randomSeed', numberOf('--random-seed', values['random-seed'])),
      ...given('expectedStates', numberOf('--expected-states', values['expected-states'])),
    },
    print: {
      ...given('show', oneOf<Shown>('--show', values.show, ['none', 'last', 'every'])),
      width: numberOf('--width', values.width) ?? (process.stdout.isTTY ? process.stdout.columns : DEFAULT_WIDTH),
      ...(values.brief === true ? { accesses: 'shared' } : {}),
    },
  };
}

type Shown = NonNullable<PrintOptions['show']>;

/** What is done; at most one of these in a command line. */
const COMMANDS = ['list', 'all', 'mutate', 'replay'] as const;
/** Options of a search: a replay does not search. */
const SEARCHING = [
  'search',
  'judge',
  'preemptions',
  'sleep-sets',
  'checkpoint',
  'resume',
  'threads',
  'progress',
  'schedule',
  'executions',
  'random-seed',
  'expected-states',
  'max-states',
  'seed',
] as const;

function rejectContradictions(values: ReturnType<typeof readArguments>['values'], name: string | undefined): void {
  const [first, second] = COMMANDS.filter((each) => values[each] !== undefined);
  if (second !== undefined) throw new UsageError(`--${first} and --${second} contradict each other`);
  if ((first === 'list' || first === 'all') && name !== undefined) throw new UsageError(`--${first} takes no scenario`);
  if ((first === 'mutate' || first === 'replay') && name === undefined)
    throw new UsageError(`--${first} needs a scenario`);
  if (first !== undefined && (values.checkpoint !== undefined || values.resume !== undefined)) {
    throw new UsageError('--checkpoint and --resume are for one scenario');
  }
  if (values.mutant !== undefined) {
    if (name === undefined) throw new UsageError('--mutant needs a scenario');
    if (first === 'mutate') throw new UsageError('--mutate makes mutants of its own: leave out --mutant');
  }
  if (first === 'replay') {
    const useless = SEARCHING.find((each) => values[each] !== undefined);
    if (useless !== undefined)
      throw new UsageError(`--replay runs one execution and searches nothing: leave out --${useless}`);
  }
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
        mutate: { type: 'boolean' },
        replay: { type: 'string' },
        show: { type: 'string' },
        goals: { type: 'boolean' },
        brief: { type: 'boolean' },
        width: { type: 'string' },
        search: { type: 'string' },
        judge: { type: 'string' },
        'sleep-sets': { type: 'boolean' },
        preemptions: { type: 'string' },
        'max-states': { type: 'string' },
        checkpoint: { type: 'string' },
        resume: { type: 'string' },
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

function preemptionsOf(text: string | undefined): number | 'iterate' | undefined {
  return text === 'iterate' ? text : numberOf('--preemptions', text);
}

function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll('_', ''));
  if (text === '' || !Number.isInteger(value) || value < 0) {
    throw new UsageError(`${flag} takes a whole number, not '${text}'`);
  }
  return value;
}
