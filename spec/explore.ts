import { runCommandLine } from '../model/cli.ts';
import { registry } from './scenarios/registry.ts';
import { engineSteps } from './scenarios/steps.ts';

const source = { module: new URL('./scenarios/registry.ts', import.meta.url).href, name: 'registry' };
process.exitCode = await runCommandLine(registry, process.argv.slice(2), source, engineSteps());
