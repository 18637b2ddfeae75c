import { type CrashProgram, type CrashProgramDefinition, type CrashThread, crashProgram } from '../../model/index.ts';
import { formatStore, type OpenLog, prefixOfLog } from './recovery-log.ts';

/** A scenario over a disk that crashes. */
export interface CrashScenario {
  name: string;
  /** One line: what it exposes. */
  about: string;
  /** Takes longer than a test should: explored by `npm run explore -- --all` only. */
  slow?: boolean;
  /** Makes the program that the checker explores. */
  build(): CrashProgram;
}

/** A scenario over the log alone, as one thread has it open. */
export interface LogScenario extends Omit<CrashProgramDefinition<readonly string[]>, 'specification' | 'threads'> {
  about: string;
  threads: readonly CrashThread<OpenLog>[];
}

/** Makes a scenario of it. */
export function logScenario(definition: LogScenario): CrashScenario {
  const threads = definition.threads as unknown as readonly CrashThread<never>[];
  return {
    name: definition.name,
    about: definition.about,
    build: () => crashProgram({ format: formatStore, ...definition, threads, specification: prefixOfLog }),
  };
}
