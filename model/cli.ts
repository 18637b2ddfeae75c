import { parse, USAGE, UsageError } from './cli/arguments.ts';
import { exploreAll, exploreOne, list } from './cli/commands.ts';
import { findScenario, type Registry } from './cli/registry.ts';
import { color, print } from './cli/tables.ts';
import { ModelError } from './errors.ts';
import type { Source } from './parallel/source.ts';

export type { Registry, Scenario } from './cli/registry.ts';
export type { MutantRow, ScenarioRow } from './cli/rows.ts';

/**
 * Runs a command line over a registry of scenarios and returns the exit code: 0 fine, 1 a violation, 2 wrong usage.
 *
 * @param argv the arguments after the program's name
 * @param source a module that exports the registry and does nothing else: what `--threads` needs
 */
export async function runCommandLine(registry: Registry, argv: readonly string[], source?: Source): Promise<number> {
  try {
    const args = parse(argv);
    if ((args.options.threads ?? 1) > 1 && source === undefined) {
      throw new UsageError('--threads: this command line does not say where explorer threads find its scenarios');
    }
    if (args.help) return print(USAGE);
    if (args.list) return list(registry, args.json);
    if (args.all) return await exploreAll(registry, args, source);
    if (args.name === undefined) throw new UsageError(`name a scenario, or --all, or --list\n\n${USAGE}`);
    return await exploreOne(findScenario(registry, args.name), args, source);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ModelError)) throw error;
    process.stderr.write(`${color('red', 'error')}: ${error.message}\n`);
    return 2;
  }
}
