import { runCommandLine } from '../model/cli.ts';
import { registry } from './scenarios/registry.ts';

process.exitCode = await runCommandLine(registry, process.argv.slice(2), {
  module: new URL('./scenarios/registry.ts', import.meta.url).href,
  name: 'registry',
});
