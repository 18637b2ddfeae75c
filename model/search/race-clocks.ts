import { type Effect, overlap } from '../program/effect.ts';

/** What synchronisation lets a thread know, after each of its events. */
interface Stamp {
  effect: Effect;
  /** How many events of its thread there are up to this one. */
  number: number;
  /**
   * By thread, in halves of events: 2n: its nth event up to the atomic action; 2n + 1: the plain accesses behind that, too.
   */
  known: Int32Array;
}

/**
 * Data races by happens-before, with vector clocks, on one execution: two conflicting accesses, one of them plain, that
 * no synchronisation orders. What races in one execution of a class races in all.
 *
 * The stateful searches look for the same by another way: for states in which both are about to happen (`judge/races.ts`).
 */
export class RaceClocks {
  private readonly stamps: Stamp[] = [];
  private readonly threads: number;

  constructor(threads: number) {
    this.threads = threads;
  }

  /** Adds an event; gives the thread of an earlier one that races with it, or −1. */
  push(effect: Effect): number {
    const { stamps } = this;
    const { thread } = effect;
    const before = new Int32Array(this.threads);
    let number = 1;
    for (let i = stamps.length - 1; i >= 0; i--) {
      const { effect: earlier, number: count, known } = stamps[i];
      if (earlier.thread === thread) {
        if (number === 1) number = count + 1;
        if (count === number - 1) join(before, known);
      }
      if ((earlier.wakes & (1 << thread)) === 0 || before[earlier.thread] >= 2 * count) continue;
      join(before, known);
      // A thread is known to be dead only when it is gone, with all that it did.
      if (earlier.dies) before[earlier.thread] = 2 * count + 1;
    }
    before[thread] = 2 * number - 1;
    const after = before.slice();
    for (const stamp of stamps) {
      if (stamp.effect.thread !== thread && atomicsConflict(stamp.effect, effect)) join(after, stamp.known);
    }
    let racing = -1;
    for (const stamp of stamps) {
      if (stamp.effect.thread === thread || after[stamp.effect.thread] > 2 * stamp.number) continue;
      if (races(stamp, effect, before, after)) racing = stamp.effect.thread;
    }
    after[thread] = 2 * number;
    stamps.push({ effect, number, known: after });
    return racing;
  }

  pop(): void {
    this.stamps.pop();
  }
}

function join(into: Int32Array, other: Int32Array): void {
  for (let t = 0; t < into.length; t++) if (other[t] > into[t]) into[t] = other[t];
}

function atomicsConflict(a: Effect, b: Effect): boolean {
  return a.atomicAt >= 0 && b.atomicAt >= 0 && overlap(a, a.atomicAt, a.atomicAt + 1, b, b.atomicAt, b.atomicAt + 1);
}

/** Plain accesses up to the atomic action, and those behind it: all are both, when there was none. */
function lead(effect: Effect): number {
  return effect.atomicAt >= 0 ? effect.atomicAt : effect.queuesAt;
}

function trail(effect: Effect): number {
  return effect.atomicAt >= 0 ? effect.atomicAt + 1 : 0;
}

function races({ effect: a, number }: Stamp, b: Effect, before: Int32Array, after: Int32Array): boolean {
  if (((a.writes & (b.reads | b.writes)) | (a.reads & b.writes)) === 0) return false;
  const [leadA, trailA, endA] = [lead(a), trail(a), a.queuesAt];
  const [leadB, trailB, endB] = [lead(b), trail(b), b.queuesAt];
  const actionA = a.atomicAt >= 0 ? leadA + 1 : leadA;
  const actionB = b.atomicAt >= 0 ? leadB + 1 : leadB;
  const early = before[a.thread];
  const late = after[a.thread];
  if (early < 2 * number) {
    if (overlap(a, 0, actionA, b, 0, leadB) || overlap(a, 0, leadA, b, leadB, actionB)) return true;
  }
  if (late < 2 * number && overlap(a, 0, actionA, b, trailB, endB)) return true;
  if (early <= 2 * number && overlap(a, trailA, endA, b, 0, actionB)) return true;
  return late <= 2 * number && overlap(a, trailA, endA, b, trailB, endB);
}
