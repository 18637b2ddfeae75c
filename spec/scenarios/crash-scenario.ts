import { type CrashProgram, type CrashProgramDefinition, type CrashThread, crashProgram } from '../../model/index.ts';
import { formatStore, type OpenLog, prefixOfLog } from './recovery-log.ts';

/** A scenario over the log's own code and a disk that crashes. */
export interface CrashScenario extends Omit<CrashProgramDefinition<readonly string[]>, 'specification' | 'threads'> {
  /** One line: what it exposes. */
  about: string;
  threads: readonly CrashThread<OpenLog>[];
  /** Takes longer than a test should: explored by `npm run explore -- --all` only. */
  slow?: boolean;
}

/** Makes the program that the checker explores. */
export function crashScenarioProgram(scenario: CrashScenario): CrashProgram {
  const threads = scenario.threads as unknown as readonly CrashThread<never>[];
  return crashProgram({ format: formatStore, ...scenario, threads, specification: prefixOfLog });
}
