import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { startProcess } from '../../spec/workers/start.ts';
import { Difference } from './difference.ts';

/** What an exploration says; as `npm run explore -- NAME --json` prints it. */
export interface Exploration {
  scenario: string;
  verdict: 'ok' | 'violation';
  exhaustive: boolean;
  states: number;
  transitions: number;
  seconds: number;
}

/**
 * Explores a scenario over the engine's own step functions, in a process of its own.
 * @throws Difference when it finds a violation, or does not finish
 */
export async function exploreExhaustively(scenario: string): Promise<Exploration> {
  const result = await explore([scenario]);
  if (result.verdict !== 'ok' || !result.exhaustive) {
    throw new Difference(`scenario ${scenario}`, JSON.stringify(result));
  }
  return result;
}

/**
 * Explores it with a fault put in, which must be found: a check that cannot fail would be worth nothing.
 * @throws Difference when the fault is not found
 */
export async function exploreMutant(scenario: string, mutant: string): Promise<Exploration> {
  const result = await explore([scenario, '--mutant', mutant]);
  if (result.verdict !== 'violation') {
    throw new Difference(`scenario ${scenario}`, `the fault "${mutant}" was not found: ${JSON.stringify(result)}`);
  }
  return result;
}

async function explore(args: string[]): Promise<Exploration> {
  const child = startProcess('../../spec/explore.ts', import.meta.url, [...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const output = child.stdout === null ? '' : await text(child.stdout);
  const [code] = await ended;
  if (code !== 0 && code !== 1) throw new Error(`The exploration of ${args[0]} ended with exit code ${code}.`);
  return JSON.parse(output);
}
