import type { Machine, Problem } from '../machine.ts';
import type { Explorable } from '../options.ts';
import type { Mutant } from '../program.ts';
import type { Way } from '../search/search.ts';
import { linkReads, mergeAccesses, renameWords } from './accesses.ts';
import { findRepeats } from './repeats.ts';
import { encodeReplay } from './replay-string.ts';
import { scenarioOf } from './scenario.ts';
import { explainSwitches } from './switches.ts';
import type { Trace, TraceStep } from './trace.ts';

/**
 * Walks a way and tells what happens.
 *
 * @param machine one that allows the moves of the way, whatever reduction found it
 * @param problem what is wrong at the end
 */
export function tellTrace(
  target: Explorable,
  machine: Machine,
  way: Way,
  problem: Problem | null,
  mutant?: string | Mutant,
): Trace {
  machine.enter(way.initial);
  const initial = machine.picture();
  const steps: TraceStep[] = way.moves.map((move, index) => {
    const told = machine.tell(move);
    return { number: index + 1, ...told, accesses: mergeAccesses(told.accesses) };
  });
  renameWords(steps, machine.namesHere?.() ?? new Map());
  for (const _ of way.moves) machine.undo();
  linkReads(steps);
  const { actors } = machine;
  const switches = explainSwitches(steps, actors);
  return {
    version: 1,
    name: machine.name,
    actors,
    scenario: scenarioOf(target, steps, mutant),
    initial,
    steps,
    switches,
    repeats: findRepeats(steps),
    ...(way.loop === undefined ? {} : { loopsTo: way.loop + 1 }),
    ...(problem === null ? {} : { violation: { kind: problem.kind, name: problem.name, message: problem.message } }),
    replay: encodeReplay(target, way),
  };
}
