import { parseArgs } from 'node:util';
import { exploreWithProgress } from '../model/cli/progress.ts';
import type { Explorable, ExploreOptions } from '../model/index.ts';
import { compareEngines, FEW_PREEMPTIONS } from './agreement.ts';
import { registry } from './scenarios/registry.ts';

// npm run agree [-- [NAME …] [--visits N] [--preemptions N] [--mutants] [--json]]: explores scenarios with both engines and
// says whether they agree. Exit code 1: they do not.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    visits: { type: 'string' },
    preemptions: { type: 'string' },
    mutants: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const visits = Number(values.visits ?? 3_000_000);
const preemptions = Number(values.preemptions ?? FEW_PREEMPTIONS);
const known = registry.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0 || !(visits > 0) || !Number.isInteger(preemptions)) {
  process.stderr.write(`unknown scenarios (${unknown.join(', ')}), or --visits or --preemptions without a number\n`);
  process.exit(2);
}

const rows: object[] = [];
for (const { name, build } of registry) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const target = build();
  if (target.type !== 'program') {
    process.stderr.write(`${name}: not compared: the second engine runs step programs only\n`);
    continue;
  }
  const mutants = values.mutants === true ? Object.keys(target.mutants ?? {}) : [];
  for (const mutant of [undefined, ...mutants]) {
    const title = mutant === undefined ? name : `${name} / ${mutant}`;
    const run = (subject: Explorable, options?: ExploreOptions) => exploreWithProgress(title, subject, options ?? {});
    const result = await compareEngines(target, {
      visits,
      preemptions,
      run,
      ...(mutant === undefined ? {} : { mutant }),
    });
    rows.push({ scenario: name, ...(mutant === undefined ? {} : { mutant }), ...result });
    if (!result.agree) process.exitCode = 1;
    if (values.json !== true) {
      const { agree, compared, verdict, found, ends, executions, visits: made, seconds, states } = result;
      process.stdout.write(
        `${title}: ${agree ? 'agree' : 'DISAGREE'}, ${compared}, ${verdict}${found.length === 0 ? '' : ` (${found.join(', ')})`}, ${ends} ends; ${executions} executions, ${made} visits, ${seconds.toFixed(1)} s; ${states} states\n`,
      );
    }
  }
}
if (values.json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
