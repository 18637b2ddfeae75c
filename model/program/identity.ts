import { mixHigh, mixLow } from '../hash.ts';
import type { Step } from '../memory.ts';
import type { Program } from '../program.ts';
import type { Calls } from './calls.ts';
import type { CheckedMemory } from './checked-memory.ts';
import { CONTROL_WORDS, type Control, DEAD, FINISHED, FLOAT_FROM, FLOAT_TO, STATUS, STEP_POSITION } from './control.ts';
import type { Floating } from './floating.ts';
import type { Observer } from './observer.ts';
import type { RegisterFile } from './registers.ts';
import { functionHash } from './step-identity.ts';

/** The parts of a program's state that its fingerprint is made of. */
export interface Parts {
  program: Program;
  memory: CheckedMemory;
  control: Control;
  floating: Floating;
  files: readonly RegisterFile[];
  current: (Step<object> | null)[];
  observer: Observer;
  /** By thread: the first of those that it can be exchanged with; itself, if there are none. */
  kin: readonly number[];
}

/** A program's fingerprint: the sum of those of memory, control words and threads, kept up to date thread by thread. */
export class Identity {
  low = 0;
  high = 0;
  /** By thread: of its registers, next step and floating accesses. */
  readonly threadLow: Int32Array;
  readonly threadHigh: Int32Array;
  private readonly parts: Parts;
  /** Threads that can be exchanged with others. */
  private readonly exchanged: readonly number[];

  constructor(parts: Parts) {
    this.parts = parts;
    this.threadLow = new Int32Array(parts.files.length);
    this.threadHigh = new Int32Array(parts.files.length);
    this.exchanged = parts.kin.flatMap((first, i) =>
      parts.kin.indexOf(first) !== parts.kin.lastIndexOf(first) ? [i] : [],
    );
  }

  /** After a thread moved. A thread that will never run again has no registers. */
  refreshThread(thread: number): void {
    const { control, current, files, floating, kin } = this.parts;
    const status = control.get(thread, STATUS);
    let low = 0;
    let high = 0;
    if (status !== DEAD && status !== FINISHED) {
      const step = current[thread];
      const word = step === null ? 0 : functionHash(step);
      low = (files[thread].low + mixLow(STEP_POSITION + kin[thread], word)) | 0;
      high = (files[thread].high + mixHigh(STEP_POSITION + kin[thread], word)) | 0;
    }
    if (control.get(thread, FLOAT_TO) > 0) {
      low = (low + floating.low(thread, control, kin[thread])) | 0;
      high = (high + floating.high(thread, control, kin[thread])) | 0;
    }
    this.threadLow[thread] = low;
    this.threadHigh[thread] = high;
  }

  /** After any move. */
  refresh(): void {
    const { program, memory, control } = this.parts;
    let { low, high } = control;
    if (program.canonical === undefined) {
      low = (low + memory.low) | 0;
      high = (high + memory.high) | 0;
    } else {
      for (const [i, word] of this.canonicalWords().entries()) {
        low = (low + mixLow(i, word)) | 0;
        high = (high + mixHigh(i, word)) | 0;
      }
    }
    for (let i = 0; i < this.threadLow.length; i++) {
      low = (low + this.threadLow[i]) | 0;
      high = (high + this.threadHigh[i]) | 0;
    }
    this.low = low;
    this.high = high;
    if (this.exchanged.length > 0) this.mixExchanged();
  }

  /**
   * Takes what belongs to threads that can be exchanged out of the sum, and puts it in as one mix for each thread: the
   * same sum, then, whoever of them is where.
   */
  private mixExchanged(): void {
    const { control, kin } = this.parts;
    for (const thread of this.exchanged) {
      control.partAs(thread, thread);
      this.low = (this.low - this.threadLow[thread] - control.partLow) | 0;
      this.high = (this.high - this.threadHigh[thread] - control.partHigh) | 0;
      control.partAs(thread, kin[thread]);
      const low = (this.threadLow[thread] + control.partLow) | 0;
      const high = (this.threadHigh[thread] + control.partHigh) | 0;
      this.low = (this.low + mixLow(low, high)) | 0;
      this.high = (this.high + mixHigh(low, high)) | 0;
    }
  }

  /** Everything that the fingerprint is made of, written out. */
  text(calls: Calls): string {
    const { program, memory, control, files, current, floating } = this.parts;
    const parts = [program.canonical === undefined ? memory.text() : this.canonicalWords().join()];
    for (let i = 0; i < control.words.length; i++) {
      const float = i < control.deathsAt && i % CONTROL_WORDS >= FLOAT_FROM;
      if (!float) parts.push(calls.text(control, i, control.words[i]));
    }
    for (const [thread, file] of files.entries()) {
      const status = control.get(thread, STATUS);
      const gone = status === DEAD || status === FINISHED;
      if (!gone) {
        const step = current[thread];
        parts.push(step === null ? '' : `${step.name} ${functionHash(step)}`, file.text());
      }
      parts.push(floating.text(thread, control));
    }
    return parts.join(';');
  }

  private canonicalWords(): number[] {
    const { program, memory, observer } = this.parts;
    const out: number[] = [];
    observer.look(() => program.canonical?.(memory, observer.view, out));
    return out;
  }
}
