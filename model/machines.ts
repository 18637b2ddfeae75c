import type { Machine } from './machine.ts';
import type { Explorable, ExploreOptions } from './options.ts';
import { ProgramMachine } from './program/machine.ts';
import type { Way } from './search/search.ts';
import { SystemMachine } from './system/machine.ts';
import type { Trace } from './trace/trace.ts';

/** Makes the machine for a target: what explores programs and systems alike. */
export function machineFor(target: Explorable, options: ExploreOptions): Machine {
  if (target.type === 'transition system') return new SystemMachine(target, options.symmetry === true);
  return new ProgramMachine(target, {
    races: options.races !== false,
    // The stateless search reduces by itself, and must see all moves.
    reduce: options.reduce !== false && options.search !== 'stateless' && options.preemptions === undefined,
    ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
  });
}

/** Walks a way and tells what happens. */
export function traceOf(machine: Machine, way: Way): Trace {
  machine.enter(way.initial);
  const initial = machine.picture();
  const steps = way.moves.map((move) => machine.tell(move));
  for (const _ of way.moves) machine.undo();
  const replay = `${way.initial}:${way.moves.map((move) => move.toString(36)).join('.')}`;
  return { name: machine.name, actors: machine.actors, initial, steps, replay };
}
