import type { Registry } from '../../model/cli.ts';
import * as checkpoints from './checkpoints.ts';
import type { CrashScenario } from './crash-scenario.ts';
import * as ids from './ids.ts';
import * as largeValues from './large-values.ts';
import * as log from './log.ts';
import * as memory from './memory.ts';
import * as oneKey from './one-key.ts';
import * as pageIds from './page-ids.ts';
import * as posting from './posting.ts';
import * as pressure from './pressure.ts';
import * as recovery from './recovery.ts';
import * as recoveryCheckpoint from './recovery-checkpoint.ts';
import * as recoveryCreation from './recovery-creation.ts';
import * as recoveryOfStore from './recovery-of-store.ts';
import { type EngineScenario, engineProgram } from './scenario.ts';
import { slotProgram, slotScenarios } from './slots.ts';
import * as snapshots from './snapshots.ts';
import * as structure from './structure.ts';
import * as trees from './trees.ts';

/** All scenarios over the engine's steps. */
export const scenarios: readonly EngineScenario[] = [
  ...Object.values(oneKey),
  ...Object.values(structure),
  ...Object.values(posting),
  ...Object.values(memory),
  ...Object.values(pageIds),
  ...Object.values(pressure),
  ...Object.values(trees),
  ...Object.values(largeValues),
  ...Object.values(log),
  ...Object.values(snapshots),
  ...Object.values(ids),
];

/** All scenarios over files and a disk that crashes. */
export const crashScenarios: readonly CrashScenario[] = [
  ...Object.values(recovery),
  ...Object.values(recoveryOfStore),
  ...Object.values(recoveryCheckpoint),
  ...Object.values(recoveryCreation),
  ...Object.values(checkpoints),
];

/** Everything that `npm run explore` offers. */
export const registry: Registry = [
  ...scenarios.map((scenario) => ({
    ...titleOf(scenario),
    build: () => engineProgram(scenario),
    ...(scenario.options === undefined ? {} : { options: scenario.options }),
  })),
  ...slotScenarios.map((scenario) => ({ ...titleOf(scenario), build: () => slotProgram(scenario) })),
  ...crashScenarios.map((scenario) => ({ ...titleOf(scenario), build: scenario.build })),
];

function titleOf({ name, about }: { name: string; about: string }): { name: string; about: string } {
  return { name, about };
}
