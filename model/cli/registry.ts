import type { Explorable, ExploreOptions } from '../options.ts';
import { UsageError } from './arguments.ts';

/** A named thing to explore. */
export interface Scenario {
  name: string;
  /** One line: what it exposes. */
  about?: string;
  /** Makes what is explored; called when needed. */
  build: () => Explorable;
  options?: ExploreOptions;
  /** What the unmutated scenario is expected to show; default 'ok'. */
  expect?: 'ok' | 'violation';
  /** Which of the program's mutants this scenario must catch; default all. */
  mutants?: readonly string[];
}

/** The scenarios that a command line offers. */
export type Registry = readonly Scenario[];

/** The names of the mutants that a scenario must catch. */
export function mutantsToCatch(scenario: Scenario, target: Explorable): readonly string[] {
  return scenario.mutants ?? mutantsOf(target);
}

/** The names of all mutants that a target has. */
export function mutantsOf(target: Explorable): readonly string[] {
  return target.type === 'transition system' ? [] : Object.keys(target.mutants ?? {});
}

/**
 * Finds a scenario by name.
 *
 * @throws UsageError when there is none, with names that look alike
 */
export function findScenario(registry: Registry, name: string): Scenario {
  const scenario = registry.find((each) => each.name === name);
  if (scenario !== undefined) return scenario;
  const near = registry
    .map((each) => ({ name: each.name, distance: editDistance(name, each.name) }))
    .filter((each) => each.distance <= Math.max(3, name.length / 2) || each.name.includes(name))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map((each) => `'${each.name}'`);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see --list';
  throw new UsageError(`there is no scenario '${name}'; ${hint}`);
}

/** Levenshtein's distance: how many letters to insert, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, change));
    }
    row = next;
  }
  return row[b.length];
}
