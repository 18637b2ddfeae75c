import type { Problem } from '../machine.ts';
import type { Step } from '../memory.ts';
import type { Program } from '../program.ts';
import type { Control } from './control.ts';
import type { Floating } from './floating.ts';

/** Where to look for a race: the parts of a machine that know what its threads are about to do. */
interface Place {
  readonly program: Program;
  readonly actors: readonly string[];
  readonly control: Control;
  readonly floating: Floating;
  readonly current: readonly (Step<object> | null)[];
}

/** A data race in the current state, among the footprints noted of it. */
export function raceAmong({ program, actors, control, floating, current }: Place): Problem | null {
  const race = floating.race(control);
  if (race === null) return null;
  const { first, second, byte } = race;
  const word = program.names?.(byte >>> 2) ?? `[${byte >>> 2}]`;
  const place = (thread: number): string =>
    `${actors[thread]} in or just before '${current[thread]?.name ?? 'the start or end of an operation'}'`;
  const message = `${place(first)} and ${place(second)} access ${word}, one of them plainly, one of them writing, and nothing orders the two`;
  return { kind: 'data race', name: 'data race', message };
}
