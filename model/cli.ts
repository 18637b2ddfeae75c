import { type Arguments, parse, USAGE, UsageError } from './cli/arguments.ts';
import { type Context, exploreAll, exploreOne, list, mutateOne, replayOne } from './cli/commands.ts';
import { interruptibly } from './cli/progress.ts';
import { findScenario, type Registry } from './cli/registry.ts';
import { color, print } from './cli/tables.ts';
import { ModelError } from './errors.ts';
import type { Source } from './parallel/source.ts';

export type { Registry, Scenario } from './cli/registry.ts';
export type { MutantRow, ScenarioRow } from './cli/rows.ts';

/**
 * Runs a command line over a registry of scenarios and returns the exit code: 0 fine, 1 a violation, 2 wrong usage, 130
 * interrupted by Ctrl-C.
 *
 * @param argv the arguments after the program's name
 * @param source a module that exports the registry and does nothing else: what `--threads` needs
 * @param steps names of all steps of the code under test: `--all` then says which of them ran in no scenario
 */
export async function runCommandLine(
  registry: Registry,
  argv: readonly string[],
  source?: Source,
  steps: readonly string[] = [],
): Promise<number> {
  try {
    const args = parse(argv);
    if ((args.options.threads ?? 1) > 1 && source === undefined) {
      throw new UsageError('--threads: this command line does not say where explorer threads find its scenarios');
    }
    return await interruptibly((signal) => command(registry, args, { source, steps, signal }));
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ModelError)) throw error;
    process.stderr.write(`${color('red', 'error')}: ${error.message}\n`);
    return 2;
  }
}

async function command(registry: Registry, args: Arguments, context: Context): Promise<number> {
  if (args.help) return print(USAGE);
  if (args.list) return list(registry, args.json);
  if (args.all) return await exploreAll(registry, args, context);
  if (args.name === undefined) throw new UsageError(`name a scenario, or --all, or --list\n\n${USAGE}`);
  const scenario = findScenario(registry, args.name);
  if (args.replay !== undefined) return replayOne(scenario, args, args.replay);
  return args.mutate ? await mutateOne(scenario, args, context) : await exploreOne(scenario, args, context);
}
