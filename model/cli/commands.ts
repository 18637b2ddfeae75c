import type { Explorable, ExploreOptions } from '../options.ts';
import type { Source } from '../parallel/source.ts';
import { type Arguments, UsageError } from './arguments.ts';
import { exploreWithProgress } from './progress.ts';
import { mutantsOf, mutantsToCatch, type Registry, type Scenario } from './registry.ts';
import { type MutantRow, mutantRow, type ScenarioRow, scenarioRow } from './rows.ts';
import { color, print, printMutantRow, printResult, printRow } from './tables.ts';

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

/**
 * Explores one scenario, or a mutant of it.
 *
 * @throws UsageError when there is no such mutant
 */
export async function exploreOne(scenario: Scenario, args: Arguments, source: Source | undefined): Promise<number> {
  const target = scenario.build();
  const { mutant } = args;
  if (mutant !== undefined && !mutantsOf(target).includes(mutant)) {
    const known = mutantsOf(target).join(', ') || 'none';
    throw new UsageError(`scenario '${scenario.name}' has no mutant '${mutant}'; it has: ${known}`);
  }
  const options = { ...optionsFor(scenario, args, source), ...(mutant === undefined ? {} : { mutant }) };
  const result = await exploreWithProgress(scenario.name, target, options);
  if (args.json) print(JSON.stringify(scenarioRow(scenario.name, result)));
  else printResult(scenario.name, result);
  return result.verdict === 'ok' ? 0 : 1;
}

/** `--all`: every scenario and every mutant that it must catch. */
export async function exploreAll(registry: Registry, args: Arguments, source: Source | undefined): Promise<number> {
  const rows: (ScenarioRow | MutantRow)[] = [];
  let unexpected = 0;
  for (const scenario of registry) {
    const target = scenario.build();
    const options = optionsFor(scenario, args, source);
    const row = scenarioRow(scenario.name, await exploreWithProgress(scenario.name, target, options));
    rows.push(row);
    const asExpected = row.verdict === (scenario.expect ?? 'ok');
    if (!asExpected) unexpected += 1;
    if (!args.json) printRow(row, asExpected);
    for (const mutant of mutantsToCatch(scenario, target)) {
      const caught = await exploreMutant(scenario.name, target, mutant, options);
      rows.push(caught);
      if (!caught.caught) unexpected += 1;
      if (!args.json) printMutantRow(caught);
    }
  }
  if (args.json) print(JSON.stringify(rows, null, 2));
  return unexpected === 0 ? 0 : 1;
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

function optionsFor(scenario: Scenario, args: Arguments, source: Source | undefined): ExploreOptions {
  const from = source === undefined ? {} : { from: { ...source, scenario: scenario.name } };
  return { ...scenario.options, ...args.options, ...from };
}
