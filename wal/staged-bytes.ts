import type { Layout } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import { loggedBytes } from './record.ts';

/** Shared memory whose bytes can be handed to a disk as they are. */
export interface ByteMemory extends Memory {
  readonly bytes: Uint8Array;
}

/** A stretch of the staging buffer, as the log wants it: at most two views, and what is in them. */
export class StagedBytes {
  /** The position (LSN, low 32 bits) of the first record. */
  firstPosition = 0;
  /** How many records there are, parts of large values included. */
  records = 0;
  private readonly memory: ByteMemory;
  private readonly at: number;
  private readonly bytes: number;
  private start = 0;
  private end = 0;

  constructor(memory: ByteMemory, layout: Layout) {
    this.memory = memory;
    this.at = layout.stagingAt;
    this.bytes = layout.stagingBytes;
  }

  /** Chooses `[start, end)`, two of the buffer's wrapping byte counters, and counts the records there. */
  take(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.firstPosition = this.word(start);
    this.records = 0;
    for (
      let offset = start;
      offset !== end;
      offset = (offset + loggedBytes(this.word(offset + 4), this.word(offset + 8))) | 0
    ) {
      this.records++;
    }
  }

  /** The bytes, as one view, or two where they go around the buffer's end. */
  parts(): Uint8Array[] {
    const from = this.at * 4 + (this.start & (this.bytes - 1));
    const length = (this.end - this.start) >>> 0;
    const bufferEnd = this.at * 4 + this.bytes;
    const { bytes } = this.memory;
    if (from + length <= bufferEnd) return [bytes.subarray(from, from + length)];
    return [bytes.subarray(from, bufferEnd), bytes.subarray(this.at * 4, this.at * 4 + length - (bufferEnd - from))];
  }

  private word(offset: number): number {
    return this.memory.read32(this.at + (offset & (this.bytes - 1)) / 4);
  }
}
