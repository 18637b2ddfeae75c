import { runCommandLine } from '../model/cli.ts';
import { registry } from './scenarios/registry.ts';

process.exitCode = await runCommandLine(registry, process.argv.slice(2));
