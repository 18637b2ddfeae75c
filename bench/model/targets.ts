import { type TransitionSystem, transitionSystem } from '../../model/index.ts';
import { twoPhaseCommit } from '../../spec/known-answers/protocols.ts';
import { filterLock } from './filter-lock.ts';

// What is explored here, as functions that make it: explorer threads import this module again.

export const twoPhaseCommit8 = () => twoPhaseCommit(8);
export const twoPhaseCommit9 = () => twoPhaseCommit(9);
export const filterLock6 = () => filterLock(6);

/** Two-phase commit among 10, and a lamp that anybody may switch at any time: twice the states. */
export function twoPhaseCommitAndLamp(): TransitionSystem {
  const commit = twoPhaseCommit(10);
  const lamp = commit.words;
  const { representative: _, ...alone } = commit;
  const switches = {
    name: 'switches',
    effect: (s: Int32Array) => {
      s[lamp] ^= 1;
    },
  };
  return transitionSystem({
    ...alone,
    name: `${commit.name}, and a lamp`,
    words: commit.words + 1,
    actors: [...commit.actors, { name: 'lamp', actions: [switches] }],
  });
}
