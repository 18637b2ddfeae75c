import { findRace } from '../judge/races.ts';
import { widened } from '../machine.ts';
import { CONTROL_WORDS, type Control, FLOAT_FROM, FLOAT_TO } from './control.ts';
import { ENTRY, Footprint, floatHigh, floatLow } from './footprint.ts';

/** Two threads and the byte on which they race. */
export interface Race {
  first: number;
  second: number;
  byte: number;
}

/**
 * Plain accesses for the race check: the footprints of what every thread can do next in the current state, and the
 * accesses that float, which each thread did after its last atomic action.
 */
export class Floating {
  top = 0;
  private store = new Int32Array(1 << 10);
  private readonly footprints: Footprint[] = [];
  private readonly owners: number[] = [];
  private readonly spare = new Footprint();

  /** A new state is looked at. */
  clear(): void {
    this.owners.length = 0;
  }

  /** A footprint to be filled with one of a thread's possible next transitions. */
  next(thread: number): Footprint {
    const used = this.owners.length;
    if (used === this.footprints.length) this.footprints.push(new Footprint());
    this.owners.push(thread);
    this.footprints[used].clear();
    return this.footprints[used];
  }

  /** A footprint for a transition that is made for good. */
  scratch(): Footprint {
    this.spare.clear();
    return this.spare;
  }

  /** After a transition: what floats is what came after its atomic action, or all, in addition, if there was none. */
  keep(thread: number, footprint: Footprint, control: Control): void {
    const { words } = control;
    const at = thread * CONTROL_WORDS;
    const alone = footprint.atomicAddress < 0;
    const from = alone ? 0 : footprint.leading;
    const start = this.top;
    if (alone) this.append(this.store, words[at + FLOAT_FROM], words[at + FLOAT_TO]);
    this.append(footprint.entries, from, footprint.count);
    const empty = this.top === start;
    control.float(thread, empty ? 0 : start, empty ? 0 : this.top);
  }

  /** Hash of what floats for a thread, as if it were another's. */
  low(thread: number, control: Control, as: number): number {
    return floatLow(this.store, control.get(thread, FLOAT_FROM), control.get(thread, FLOAT_TO), as);
  }

  high(thread: number, control: Control, as: number): number {
    return floatHigh(this.store, control.get(thread, FLOAT_FROM), control.get(thread, FLOAT_TO), as);
  }

  /** What floats for a thread, as text. */
  text(thread: number, control: Control): string {
    const from = control.get(thread, FLOAT_FROM) * ENTRY;
    return this.store.subarray(from, control.get(thread, FLOAT_TO) * ENTRY).join();
  }

  /** A race between two of the threads, if there is one. */
  race(control: Control): Race | null {
    const { footprints, owners } = this;
    for (let i = 1; i < owners.length; i++) {
      for (let j = 0; j < i; j++) {
        if (owners[i] === owners[j]) continue;
        const byte = this.raceOf(footprints[i], owners[i], footprints[j], owners[j], control);
        if (byte >= 0) return { first: owners[i], second: owners[j], byte };
      }
    }
    return null;
  }

  private raceOf(a: Footprint, first: number, b: Footprint, second: number, control: Control): number {
    const { words } = control;
    const atA = first * CONTROL_WORDS;
    const atB = second * CONTROL_WORDS;
    const { store } = this;
    return findRace(
      { next: a, store, from: words[atA + FLOAT_FROM], to: words[atA + FLOAT_TO] },
      { next: b, store, from: words[atB + FLOAT_FROM], to: words[atB + FLOAT_TO] },
    );
  }

  private append(entries: Int32Array, from: number, to: number): void {
    while ((this.top + to - from) * ENTRY > this.store.length) this.store = widened(this.store);
    const { store } = this;
    let at = this.top * ENTRY;
    for (let i = from * ENTRY; i < to * ENTRY; i++) store[at++] = entries[i];
    this.top += to - from;
  }
}
