import { styleText } from 'node:util';
import type { ExploreResult } from '../explore.ts';
import { type PrintOptions, printTrace } from '../trace/print.ts';
import type { MutantRow, ScenarioRow } from './rows.ts';

/** Prints what an exploration found out. */
export function printResult(name: string, result: ExploreResult, options: PrintOptions): void {
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
  print(`never run: ${neverRunText(result)}`);
  const steps = Object.entries(result.mostSteps ?? {}).map(
    ([operation, most]) => `${operation} ${Number.isFinite(most) ? most : 'without bound'}`,
  );
  if (steps.length > 0) print(`most steps of one call: ${steps.join(', ')}`);
  if (result.checkpoint !== undefined) print(`to go on: the same command with --resume ${result.checkpoint}`);
  if (violation !== undefined)
    print(`\n${color('red', violation.kind)}: ${violation.message}\n\n${printTrace(violation.trace, options)}`);
}

/** Prints the way to each goal that was reached. */
export function printGoals({ goals }: ExploreResult, options: PrintOptions): void {
  for (const [name, { trace }] of Object.entries(goals)) {
    if (trace !== undefined) print(`\n${color('green', `goal '${name}'`)}\n\n${printTrace(trace, options)}`);
  }
}

function neverRunText({ neverRun, ran }: ExploreResult): string {
  if (neverRun === null) return `not known, as the program does not list its steps; ${ran.length} did run`;
  return neverRun.length === 0 ? 'nothing: every one did' : neverRun.join(', ');
}

/** Prints a scenario's line of `--all`. */
export function printRow(row: ScenarioRow, asExpected: boolean): void {
  const mark = asExpected ? color('green', row.verdict) : color('red', row.verdict);
  print(`${row.scenario}: ${mark}, ${row.coverage}, ${count(row.states)} states, ${row.seconds} s`);
  if (row.neverRun !== null && row.neverRun.length > 0) print(`  never run: ${row.neverRun.join(', ')}`);
  if (!asExpected && row.violation !== undefined) print(`  ${row.violation}\n${row.traceText}`);
}

/** Prints a mutant's line of `--all`, or of `--mutate`. */
export function printMutantRow(row: MutantRow): void {
  const mark = row.caught ? color('green', 'caught') : color('red', 'SURVIVES');
  const why = row.caught ? `(${row.violation?.split('\n')[0]})` : `(${row.coverage})`;
  print(`  mutant ${row.mutant}: ${mark} after ${count(row.states)} states ${why}`);
}

/** A number with its digits in groups of three. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** Colours text where a person looks at it. */
export function color(style: 'red' | 'green' | 'bold', text: string): string {
  return process.stdout.isTTY ? styleText(style, text) : text;
}

/** Prints a line; gives the exit code for "fine". */
export function print(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}
