import { parseArgs } from 'node:util';
import { compareEngines } from './agreement.ts';
import { registry } from './scenarios/registry.ts';

// npm run agree [-- [NAME …] [--visits N] [--mutants] [--json]]: explores scenarios with both engines and says whether they agree.

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { visits: { type: 'string' }, mutants: { type: 'boolean' }, json: { type: 'boolean' } },
});
const visits = Number(values.visits ?? 3_000_000);
const known = registry.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0 || !(visits > 0)) {
  process.stderr.write(`unknown scenario, or --visits that is no number: ${unknown.join(', ')}\n`);
  process.exit(2);
}

const rows: object[] = [];
for (const { name, build } of registry) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const target = build();
  const mutants = values.mutants === true && 'mutants' in target ? Object.keys(target.mutants ?? {}) : [];
  for (const mutant of [undefined, ...mutants]) {
    const result = await compareEngines(target, visits, mutant);
    rows.push({ scenario: name, ...(mutant === undefined ? {} : { mutant }), ...result });
    if (!result.agree) process.exitCode = 1;
    if (values.json !== true) {
      const { agree, compared, verdict, found, ends, executions, visits: made, seconds, states } = result;
      const title = mutant === undefined ? name : `  ${name} / ${mutant}`;
      process.stdout.write(
        `${title}: ${agree ? 'agree' : 'DISAGREE'}, ${compared}, ${verdict}${found.length === 0 ? '' : ` (${found.join(', ')})`}, ${ends} ends; ${executions} executions, ${made} visits, ${seconds.toFixed(1)} s; ${states} states\n`,
      );
    }
  }
}
if (values.json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
