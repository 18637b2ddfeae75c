import type { ExploreResult } from '../explore.ts';
import { printTrace } from '../trace/print.ts';

/** What `--json` prints of a scenario. */
export interface ScenarioRow {
  scenario: string;
  /** When it was this mutant of the scenario. */
  mutant?: string;
  verdict: 'ok' | 'violation';
  exhaustive: boolean;
  coverage: string;
  states: number;
  transitions: number;
  depth: number;
  seconds: number;
  /** Interrupted: the file to resume from. */
  checkpoint?: string;
  violation?: string;
  trace?: string;
}

/** What `--all --json` prints of a mutant. */
export interface MutantRow {
  scenario: string;
  mutant: string;
  caught: boolean;
  states: number;
  seconds: number;
  violation?: string;
}

/** A result as `--json` prints it. */
export function scenarioRow(scenario: string, result: ExploreResult): ScenarioRow {
  const { mutant, verdict, exhaustive, coverage, states, transitions, depth, violation } = result;
  return {
    scenario,
    ...(mutant === undefined ? {} : { mutant }),
    verdict,
    exhaustive,
    coverage,
    states,
    transitions,
    depth,
    seconds: rounded(result.seconds),
    ...(result.checkpoint === undefined ? {} : { checkpoint: result.checkpoint }),
    ...(violation === undefined
      ? {}
      : { violation: `${violation.kind}: ${violation.message}`, trace: printTrace(violation.trace) }),
  };
}

/** What became of a mutant, as `--all --json` prints it. */
export function mutantRow(scenario: string, mutant: string, result: ExploreResult): MutantRow {
  const { violation, states } = result;
  return {
    scenario,
    mutant,
    caught: result.verdict === 'violation',
    states,
    seconds: rounded(result.seconds),
    ...(violation === undefined ? {} : { violation: `${violation.kind}: ${violation.message}` }),
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
