import { dependent, type Effect } from '../program/effect.ts';

/** A thread that need not move now: what it would do was tried before, and nothing since then touches it. */
export interface Sleeper {
  thread: number;
  /** What its moves would touch. */
  would: readonly Effect[];
}

export const NOBODY: readonly Sleeper[] = [];

/** Those who still sleep after a move. */
export function stillAsleep(sleeping: readonly Sleeper[], effect: Effect): readonly Sleeper[] {
  if (sleeping.length === 0) return NOBODY;
  return sleeping.filter(
    ({ thread, would }) => thread !== effect.thread && !would.some((each) => dependent(each, effect)),
  );
}

/** The sleeping threads as a set of bits. */
export function setOf(sleeping: readonly Sleeper[]): number {
  let set = 0;
  for (const { thread } of sleeping) set |= 1 << thread;
  return set;
}

/** The lowest member of a set of threads that is not empty. */
export function lowest(set: number): number {
  return 31 - Math.clz32(set & -set);
}
