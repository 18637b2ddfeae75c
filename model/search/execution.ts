import { dependent, type Effect } from '../program/effect.ts';

/** An event of the current execution. */
export interface Event extends Effect {
  move: number;
  /** How many events of its thread there are up to this one. */
  number: number;
  /** By thread: how many of its events happen before this one, this one included. */
  clock: Int32Array;
}

/**
 * The execution that a stateless search is in the middle of: its events in order, and which of them happen before which.
 *
 * Two events are ordered if they are of one thread, if they do not commute, or if one lets the other's thread go on; and
 * through others. All executions with the same events ordered alike end in the same state: one class (A. Mazurkiewicz).
 */
export class Execution {
  readonly events: Event[] = [];
  /** By thread: events so far. */
  private readonly counts: Int32Array;
  private readonly last: (Event | undefined)[][];

  constructor(threads: number) {
    this.counts = new Int32Array(threads);
    this.last = Array.from({ length: threads }, () => []);
  }

  /**
   * Adds an event, and gives the earlier ones that race with it: that do not commute with it, with nothing ordered in
   * between, and that its thread did not have to wait for.
   *
   * @param couldMove for an earlier event: the set of threads that had a move just before it
   */
  push(effect: Effect, move: number, couldMove: (index: number) => number): number[] {
    const { events, counts } = this;
    const { thread } = effect;
    const own = this.last[thread].at(-1);
    const clock = own === undefined ? new Int32Array(counts.length) : own.clock.slice();
    const races: number[] = [];
    const bit = 1 << thread;
    for (let i = events.length - 1; i >= 0; i--) {
      const earlier = events[i];
      if (earlier.thread === thread || clock[earlier.thread] >= earlier.number) continue;
      const waited = (earlier.wakes & bit) !== 0;
      if (!waited && !dependent(earlier, effect)) continue;
      if (!waited || (couldMove(i) & bit) !== 0) races.push(i);
      for (let t = 0; t < clock.length; t++) if (earlier.clock[t] > clock[t]) clock[t] = earlier.clock[t];
    }
    counts[thread] += 1;
    clock[thread] = counts[thread];
    const event = { ...effect, move, number: counts[thread], clock };
    events.push(event);
    this.last[thread].push(event);
    return races;
  }

  pop(): void {
    const event = this.events.pop();
    if (event === undefined) return;
    this.last[event.thread].pop();
    this.counts[event.thread] -= 1;
  }

  /**
   * For an event that races with the last one: the set of threads that can go first in what leads to the last one
   * without the event (I[E'](v) in the paper that the search follows).
   */
  initialsWithout(index: number): number {
    const { events } = this;
    const { thread: excluded, number } = events[index];
    const first = new Int32Array(this.counts.length);
    let initials = 0;
    for (let k = index + 1; k < events.length; k++) {
      const event = events[k];
      const isLast = k === events.length - 1;
      if ((!isLast && event.clock[excluded] >= number) || first[event.thread] > 0) continue;
      first[event.thread] = event.number;
      let isFirst = true;
      for (let t = 0; t < first.length; t++) {
        if (t !== event.thread && first[t] > 0 && event.clock[t] >= first[t]) isFirst = false;
      }
      if (isFirst) initials |= 1 << event.thread;
    }
    return initials;
  }

  moves(): number[] {
    return this.events.map((event) => event.move);
  }
}
