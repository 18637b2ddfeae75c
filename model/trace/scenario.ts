import type { CrashProgram } from '../faults/crash-program.ts';
import type { Explorable } from '../options.ts';
import { argumentsText } from '../program/calls.ts';
import type { Mutant, Program, Thread } from '../program.ts';
import { isAtomic, isWrite } from './accesses.ts';
import type { TraceScenario, TraceStep, TraceThread } from './trace.ts';

/** What was run, for the head of a trace. */
export function scenarioOf(
  target: Explorable,
  steps: readonly TraceStep[],
  mutant: string | Mutant | undefined,
): TraceScenario {
  return {
    threads: threadsOf(target),
    ...(mutant === undefined ? {} : { mutant: typeof mutant === 'string' ? mutant : mutantText(mutant) }),
    deaths: target.type === 'program' ? (target.deaths ?? 0) : 0,
    memory: memoryAtStart(steps),
  };
}

function threadsOf(target: Explorable): TraceThread[] {
  if (target.type === 'program') return programThreads(target);
  return target.type === 'crash program' ? crashThreads(target) : systemActors(target);
}

function crashThreads({
  threads,
  powerLosses = 1,
  kills = 0,
  failures = 0,
  shortWrites = 0,
}: CrashProgram): TraceThread[] {
  const remarks = { first: [], later: ['after a crash'], every: ['from the start and after a crash'] };
  const faults = {
    'lose power': powerLosses,
    'kill all threads': kills,
    'fail a write or sync': failures,
    'cut a write short': shortWrites,
  };
  const possible = Object.entries(faults).filter(([, count]) => count > 0);
  return [
    ...threads.map(({ name, operations, lives = 'first' }) => ({
      name,
      operations: operations.map((operation) => [callText(operation)]),
      remarks: remarks[lives],
    })),
    { name: 'crash', actions: possible.map(([what, count]) => `${what} (at most ${count})`), remarks: [] },
  ];
}

function programThreads({ threads }: Program): TraceThread[] {
  return (threads as unknown as readonly Thread<object>[]).map((thread) => ({
    name: thread.name,
    operations: thread.operations.map((slot) => (Array.isArray(slot) ? slot : [slot]).map(callText)),
    remarks: remarksOf(thread),
  }));
}

function callText(operation: { name: string; arguments?: unknown }): string {
  return `${operation.name}${argumentsText(operation)}`;
}

function remarksOf({ startsWhenDead, background, mortal }: Thread<object>): string[] {
  const remarks: string[] = [];
  if (startsWhenDead !== undefined) remarks.push(`starts when ${startsWhenDead} has died`);
  if (background === true) remarks.push('in the background');
  if (mortal === false) remarks.push('never dies');
  return remarks;
}

function systemActors({ actors }: Extract<Explorable, { type: 'transition system' }>): TraceThread[] {
  return actors.map(({ name, actions }) => ({ name, actions: actions.map((action) => action.name), remarks: [] }));
}

/** A mutant that has no name. */
function mutantText(mutant: Mutant): string {
  if (mutant.about !== undefined) return mutant.about;
  if ('replace' in mutant) return 'steps replaced';
  if ('reorder' in mutant) return `${mutant.reorder[0]} behind ${mutant.reorder[1]}`;
  const step = typeof mutant.step === 'string' ? mutant.step : mutant.step.join(', ');
  return `${step}: ${typeof mutant.weaken === 'string' ? mutant.weaken : 'weakened'}`;
}

/** Words used atomically, or by several actors and changed, with what the first access found in them. */
function memoryAtStart(steps: readonly TraceStep[]): { word: string; address: number; value: number }[] {
  const words = new Map<
    number,
    { word: string; value: number; atomic: boolean; written: boolean; actors: Set<number> }
  >();
  for (const { actor, accesses } of steps) {
    for (const access of accesses) {
      if ((access.words ?? 1) > 1 || access.kind === 'acquired' || access.kind === 'released') continue;
      const known = words.get(access.address) ?? {
        word: access.word,
        value: access.before,
        atomic: false,
        written: false,
        actors: new Set(),
      };
      words.set(access.address, known);
      known.atomic ||= isAtomic(access) || access.kind === 'set';
      known.written ||= isWrite(access);
      known.actors.add(actor);
    }
  }
  return [...words]
    .filter(([, { atomic, written, actors }]) => atomic || (written && actors.size > 1))
    .sort(([a], [b]) => a - b)
    .map(([address, { word, value }]) => ({ word, address, value }));
}
