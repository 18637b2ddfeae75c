import { widened } from '../machine.ts';
import type { Step } from '../memory.ts';
import type { Identity, Parts } from './identity.ts';

/** Words of a frame. */
const FRAME_WORDS = 15;

/** What `undo` needs to know of every transition on the way: where the logs of its parts stood, and the sums that it changed. */
export class Frames {
  /** Transitions on the way. */
  depth = 0;

  private readonly parts: Parts;
  private readonly identity: Identity;
  private words = new Int32Array(1 << 12);
  private readonly steps: (Step<object> | null)[] = [];

  constructor(parts: Parts, identity: Identity) {
    this.parts = parts;
    this.identity = identity;
  }

  /** Before a transition of a thread. */
  push(thread: number): void {
    const at = this.depth * FRAME_WORDS;
    if (at + FRAME_WORDS > this.words.length) this.words = widened(this.words);
    const { words, identity } = this;
    const { memory, control, floating, files, current } = this.parts;
    const file = files[thread];
    words[at] = thread;
    words[at + 1] = memory.mark;
    words[at + 2] = memory.low;
    words[at + 3] = memory.high;
    words[at + 4] = file.mark;
    words[at + 5] = file.low;
    words[at + 6] = file.high;
    words[at + 7] = identity.threadLow[thread];
    words[at + 8] = identity.threadHigh[thread];
    words[at + 9] = control.mark;
    words[at + 10] = control.low;
    words[at + 11] = control.high;
    words[at + 12] = floating.top;
    words[at + 13] = identity.low;
    words[at + 14] = identity.high;
    this.steps[this.depth] = current[thread];
    this.depth += 1;
  }

  /** Takes back the last transition. */
  pop(): void {
    this.depth -= 1;
    const at = this.depth * FRAME_WORDS;
    const { words, identity } = this;
    const { memory, control, floating, files, current } = this.parts;
    const thread = words[at];
    const file = files[thread];
    memory.rollBack(words[at + 1]);
    memory.low = words[at + 2];
    memory.high = words[at + 3];
    file.rollBack(words[at + 4]);
    file.low = words[at + 5];
    file.high = words[at + 6];
    identity.threadLow[thread] = words[at + 7];
    identity.threadHigh[thread] = words[at + 8];
    control.rollBack(words[at + 9]);
    control.low = words[at + 10];
    control.high = words[at + 11];
    floating.top = words[at + 12];
    identity.low = words[at + 13];
    identity.high = words[at + 14];
    current[thread] = this.steps[this.depth];
  }
}
