import { Footprint, WRITE } from './footprint.ts';
import type { Telling } from './telling.ts';

/** One access as it was made. */
export interface Witnessed {
  thread: number;
  /** Name of the step function. */
  step: string;
  firstByte: number;
  endByte: number;
  /** Bytes of one element: 4 for whole words, and for all that is atomic. */
  size: number;
  writes: boolean;
  atomic: boolean;
}

/** A footprint that also remembers each access by itself, and the step that made it: to tell people about. */
export class Witness extends Footprint {
  readonly accesses: Witnessed[] = [];
  private readonly thread: number;
  private readonly telling: Telling;

  constructor(thread: number, telling: Telling) {
    super();
    this.thread = thread;
    this.telling = telling;
  }

  override atomic(address: number, access: number): void {
    super.atomic(address, access);
    this.note(address * 4, address * 4 + 4, 4, access, true);
  }

  override plain(firstByte: number, endByte: number, access: number, size: number): void {
    super.plain(firstByte, endByte, access, size);
    this.note(firstByte, endByte, size, access, false);
  }

  private note(firstByte: number, endByte: number, size: number, access: number, atomic: boolean): void {
    const { thread, telling } = this;
    const step = telling.labels.at(-1) ?? 'begin';
    this.accesses.push({ thread, step, firstByte, endByte, size, writes: access === WRITE, atomic });
  }
}
