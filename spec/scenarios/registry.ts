import type { Registry } from '../../model/cli.ts';
import * as memory from './memory.ts';
import * as oneKey from './one-key.ts';
import { type EngineScenario, engineProgram } from './scenario.ts';
import * as structure from './structure.ts';

const scenarios: readonly EngineScenario[] = [
  ...Object.values(oneKey),
  ...Object.values(structure),
  ...Object.values(memory),
];

/** Everything that `npm run explore` offers. */
export const registry: Registry = scenarios.map((scenario) => ({
  name: scenario.name,
  about: scenario.about,
  build: () => engineProgram(scenario),
}));
