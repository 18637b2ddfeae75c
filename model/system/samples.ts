import type { State } from '../system.ts';

/** Most states kept: then every other one is dropped, and only half as many are taken from there on. */
const MOST = 1_000;

/** Copies of some of the states that a search goes through, spread evenly over all of it, however long it is. */
export class StateSamples {
  states: State[] = [];
  private every = 1;

  /** Takes a state; gives the number of states to leave out before the next. */
  take(state: State): number {
    this.states.push(state.slice());
    if (this.states.length === MOST) {
      this.states = this.states.filter((_, i) => i % 2 === 0);
      this.every *= 2;
    }
    return this.every - 1;
  }
}
