import { CrashMachine } from './faults/machine.ts';
import type { Machine } from './machine.ts';
import type { Explorable, ExploreOptions } from './options.ts';
import { ProgramMachine } from './program/machine.ts';
import type { Program } from './program.ts';
import { SystemMachine } from './system/machine.ts';

/** Makes the machine for a target: what explores programs and systems alike. */
export function machineFor(explorable: Explorable, options: ExploreOptions): Machine {
  const target = options.judge === 'ends' ? withoutStates(explorable) : explorable;
  if (target.type === 'transition system')
    return new SystemMachine(target, options.symmetry === true, options.audit === 'every');
  if (target.type === 'crash program') {
    return new CrashMachine(target, typeof options.mutant === 'string' ? options.mutant : undefined);
  }
  return new ProgramMachine(target, {
    races: options.races !== false,
    symmetry: options.symmetry === true,
    // Other reductions must see all moves.
    reduce:
      options.reduce !== false &&
      options.search !== 'stateless' &&
      options.preemptions === undefined &&
      options.sleepSets !== true,
    ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
  });
}

/** The same without what is judged in every state. */
function withoutStates(target: Explorable): Explorable {
  const { invariants: _, goals: __, ...rest } = target as Program;
  return rest as Explorable;
}

/** The machine that traces are told and replayed with: it allows all moves, whatever reduction found the way. */
export function unreducedMachine(target: Explorable, options: ExploreOptions): Machine {
  return machineFor(target, { ...options, reduce: false });
}
