import { NumberList } from './search.ts';

/** Sizes of first siblings are told apart by their binary logarithm. */
const BUCKETS = 32;
/** Siblings of one bucket that say enough. */
const ENOUGH = 8;

/**
 * Estimates how much of a depth-first search remains, in the spirit of D. Knuth (Estimating the efficiency of backtrack
 * programs, 1975): what waits beside the current way is taken to be like what was completed before.
 *
 * In a graph, siblings are not alike: whatever the first one leads to is known when the later ones have their turn. How
 * much smaller they are is learnt from completed siblings, by the size of the first, and applied to those that wait.
 */
export class DepthEstimate {
  /** By level: states seen when it began, and the size of its first completed child; 0: none yet. */
  private readonly starts = new NumberList();
  private readonly firsts = new NumberList();
  /** By bucket: later siblings, their total size, and that of the first ones beside them. */
  private readonly counts = new Float64Array(BUCKETS);
  private readonly later = new Float64Array(BUCKETS);
  private readonly first = new Float64Array(BUCKETS);

  /** By level, for a checkpoint: what was learnt of siblings is learnt again. */
  get lists(): { starts: Int32Array<ArrayBuffer>; firsts: Int32Array<ArrayBuffer> } {
    return { starts: this.starts.used, firsts: this.firsts.used };
  }

  /** Goes on with the lists of an earlier search. */
  resume(starts: Int32Array<ArrayBuffer>, firsts: Int32Array<ArrayBuffer>): void {
    this.starts.take(starts);
    this.firsts.take(firsts);
  }

  /** A level begins with a new state. */
  begin(states: number): void {
    this.starts.push(states);
    this.firsts.push(0);
  }

  /** The deepest level is complete. */
  end(states: number): void {
    const size = states - this.starts.pop() + 1;
    this.firsts.length -= 1;
    const parent = this.firsts.length - 1;
    if (parent < 0) return;
    const { words } = this.firsts;
    const before = words[parent];
    if (before === 0) {
      words[parent] = size;
      return;
    }
    const bucket = bucketOf(before);
    this.counts[bucket] += 1;
    this.later[bucket] += size;
    this.first[bucket] += before;
  }

  /**
   * States that are estimated to be still unknown.
   *
   * @param waiting by level: moves that wait there
   */
  remaining(states: number, waiting: (level: number) => number): number {
    let below = 0;
    for (let level = this.starts.length - 1; level >= 0; level--) {
      const count = waiting(level);
      if (count === 0) continue;
      const inProgress = level + 1 < this.starts.length ? states - this.starts.words[level + 1] + 1 + below : 1;
      const first = this.firsts.words[level] === 0 ? inProgress : this.firsts.words[level];
      below += count * first * this.ratio(first);
    }
    return below;
  }

  /** How large a later sibling is, compared with a first one of this size. */
  private ratio(first: number): number {
    for (let bucket = bucketOf(first); bucket >= 0; bucket--) {
      if (this.counts[bucket] >= ENOUGH) return this.later[bucket] / this.first[bucket];
    }
    return 1;
  }
}

function bucketOf(size: number): number {
  return 31 - Math.clz32(size);
}

/** Levels of a breadth-first search whose growth tells how it goes on. */
const LEVELS = 5;
/** Levels looked ahead. */
const AHEAD = 10_000;

/**
 * Estimates how many states are on the levels of a breadth-first search after those given: growth from level to level usually
 * falls evenly (the sizes make a bell curve), and is taken to go on so. Null while it does not fall.
 *
 * @param sizes of all levels so far
 */
export function statesAhead(sizes: readonly number[]): number | null {
  if (sizes.length < LEVELS) return null;
  const last = sizes.slice(-LEVELS);
  const growth = last.slice(1).map((size, i) => Math.log(size / last[i]));
  const slope = (growth[growth.length - 1] - growth[0]) / (growth.length - 1);
  let rate = growth[growth.length - 1];
  if (!(slope < 0)) return null;
  let size = last[last.length - 1];
  let total = 0;
  for (let i = 0; i < AHEAD; i++) {
    rate += slope;
    size *= Math.exp(rate);
    if (size < 1) return total;
    total += size;
  }
  return null;
}
