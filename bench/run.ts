import { cac } from 'cac';
import { progressOnStderr } from './progress.ts';
import { aimsTable, rowsTable } from './table.ts';
import type { BenchOptions, Report, Workload } from './workload.ts';
import { WORKLOADS } from './workloads/index.ts';

/*
 * `npm run bench`: measures one workload or several. What was measured goes to stdout, progress to stderr. Exit codes:
 * 0 measured (aims that are missed are said, not failed), 1 something went wrong, 2 it was asked for wrongly.
 */

class UsageError extends Error {}

async function main(): Promise<void> {
  const cli = cac('npm run bench --');
  cli.option('--json', 'print one array of rows, for programs');
  cli.option('--records <n>', 'how many records', { default: 1_000_000 });
  cli.option('--repetitions <n>', 'how often everything is measured; medians are reported', { default: 3 });
  cli.option('--list', 'name the workloads');
  cli.usage(`[workload…] [options]\n\nWorkloads: ${WORKLOADS.map(({ name }) => name).join(', ')}`);
  cli.help();
  const { args, options } = cli.parse(process.argv, { run: false });
  if (options.help) return;
  refuseUnknown(options);
  if (options.list) return print(list());
  const workloads = chosen(args);
  const asked: BenchOptions = {
    records: positive(options.records, '--records'),
    repetitions: positive(options.repetitions, '--repetitions'),
  };
  const reports: Report[] = [];
  for (const workload of workloads) reports.push(await workload.run(asked, progressOnStderr()));
  print(options.json ? JSON.stringify(reports.flatMap(({ rows }) => rows)) : reports.map(asText).join('\n\n'));
}

function chosen(names: readonly string[]): Workload[] {
  if (names.length === 0) return [WORKLOADS[0]];
  return names.map((name) => {
    const found = WORKLOADS.find((workload) => workload.name === name);
    if (found === undefined) throw new UsageError(`There is no workload "${name}". There are:\n${list()}`);
    return found;
  });
}

function list(): string {
  const width = Math.max(...WORKLOADS.map(({ name }) => name.length));
  return WORKLOADS.map(({ name, about }) => `${name.padEnd(width)}  ${about}`).join('\n');
}

function positive(value: unknown, option: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new UsageError(`${option} is a whole number from 1 on.`);
  return number;
}

function refuseUnknown(options: Record<string, unknown>): void {
  const known = ['--', 'help', 'h', 'json', 'list', 'records', 'repetitions'];
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown !== undefined) throw new UsageError(`There is no option --${unknown}; see --help.`);
}

function asText({ rows, aims = [], notes = [] }: Report): string {
  return [rowsTable(rows), aims.length === 0 ? '' : aimsTable(aims), notes.join('\n')]
    .filter((s) => s !== '')
    .join('\n');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
