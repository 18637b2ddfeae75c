import type { ExploreResult } from '../explore.ts';
import type { MutantOutcome } from '../mutate.ts';
import { type PrintOptions, printTrace } from '../trace/print.ts';
import type { Trace } from '../trace/trace.ts';

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
  collisionProbability: number;
  /** Whether each goal was reached. */
  goals?: Record<string, boolean>;
  /** Actions, or steps of the program's list, that never ran; null: not known, as the program lists none. */
  neverRun: readonly string[] | null;
  violation?: string;
  trace?: Trace;
  /** The trace as a person reads it. */
  traceText?: string;
}

/** What `--json` prints of a mutant, with `--all` and with `--mutate`. */
export interface MutantRow {
  scenario: string;
  mutant: string;
  caught: boolean;
  coverage: string;
  states: number;
  seconds: number;
  violation?: string;
}

/** A result as `--json` prints it. */
export function scenarioRow(scenario: string, result: ExploreResult, print: PrintOptions): ScenarioRow {
  const { mutant, violation, trace, goals } = result;
  return {
    scenario,
    ...(mutant === undefined ? {} : { mutant }),
    verdict: result.verdict,
    exhaustive: result.exhaustive,
    coverage: result.coverage,
    states: result.states,
    transitions: result.transitions,
    depth: result.depth,
    seconds: rounded(result.seconds),
    ...(result.checkpoint === undefined ? {} : { checkpoint: result.checkpoint }),
    collisionProbability: result.collisionProbability,
    ...(Object.keys(goals).length === 0
      ? {}
      : { goals: Object.fromEntries(Object.entries(goals).map(([name, { reached }]) => [name, reached])) }),
    neverRun: result.neverRun,
    ...(violation === undefined ? {} : { violation: `${violation.kind}: ${violation.message}` }),
    ...(trace === undefined ? {} : { trace, traceText: printTrace(trace, print) }),
  };
}

/** With `--goals`: the way to each goal that was reached, by the goal's name. */
export function goalTraces({ goals }: ExploreResult): { goalTraces: Record<string, Trace> } {
  const reached = Object.entries(goals).flatMap(([name, { trace }]) => (trace === undefined ? [] : [[name, trace]]));
  return { goalTraces: Object.fromEntries(reached) };
}

/** What became of a scenario's mutant, as `--all --json` prints it. */
export function mutantRow(scenario: string, mutant: string, result: ExploreResult): MutantRow {
  const { violation, states, coverage } = result;
  return {
    scenario,
    mutant,
    caught: result.verdict === 'violation',
    coverage,
    states,
    seconds: rounded(result.seconds),
    ...(violation === undefined ? {} : { violation: `${violation.kind}: ${violation.message}` }),
  };
}

/** What became of a mutant that `--mutate` made. */
export function outcomeRow(scenario: string, outcome: MutantOutcome): MutantRow {
  const { name, caught, coverage, states, seconds, by } = outcome;
  return {
    scenario,
    mutant: name,
    caught,
    coverage,
    states,
    seconds: rounded(seconds),
    ...(by === undefined ? {} : { violation: by }),
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
