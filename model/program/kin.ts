import { ModelError } from '../errors.ts';
import { type Machine, Moves } from '../machine.ts';
import type { Program } from '../program.ts';

/** By thread: the first of those that it can be exchanged with; itself, if there are none or symmetry is not asked for. */
export function kinOf({ threads, interchangeable }: Program, symmetry: boolean): number[] {
  const names = threads.map(({ name }) => name);
  return names.map((name, i) => {
    const group = symmetry ? interchangeable?.find((each) => each.includes(name)) : undefined;
    return group === undefined ? i : names.findIndex((each) => group.includes(each));
  });
}

/**
 * Checks that threads said to be interchangeable are so at the start: whatever one can do there, each can, and it leads to
 * states that count as one. This finds registers, steps and first accesses that tell them apart. (Not what shows only later.)
 *
 * @throws ModelError RIGHTLINK_MODEL_SYMMETRY when they are not
 */
export function checkKin(machine: Machine, kin: readonly number[]): void {
  const moves = new Moves();
  machine.enter(0);
  machine.expand(moves);
  const leads = kin.map(() => [] as string[]);
  for (let i = 0; i < moves.count; i++) leads[machine.actorOf(moves.id[i])].push(`${moves.low[i]} ${moves.high[i]}`);
  for (const [thread, first] of kin.entries()) {
    if (leads[thread].sort().join() === leads[first].sort().join()) continue;
    throw new ModelError(
      'RIGHTLINK_MODEL_SYMMETRY',
      `'${machine.name}': threads '${machine.actors[first]}' and '${machine.actors[thread]}' are said to be interchangeable, but what they do first differs in more than who does it`,
    );
  }
}
