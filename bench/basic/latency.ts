import { build, type Histogram } from 'hdr-histogram-js';

/** One operation in so many is timed; the others run without a look at the clock. */
export const TIMED_EVERY = 64;

/** Latencies of the operations that one thread timed, in nanoseconds. */
export class Latencies {
  readonly nanoseconds: Float64Array;
  count = 0;

  constructor(operations: number) {
    this.nanoseconds = new Float64Array(Math.ceil(operations / TIMED_EVERY) + 1);
  }

  add(startMs: number): void {
    this.nanoseconds[this.count++] = (performance.now() - startMs) * 1e6;
  }

  taken(): Float64Array {
    return this.nanoseconds.slice(0, this.count);
  }
}

/** An empty histogram of nanoseconds, to three digits. */
export function latencyHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 60e9, numberOfSignificantValueDigits: 3 });
}
