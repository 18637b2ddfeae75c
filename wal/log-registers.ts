import type { CacheRegisters } from '../pagecache/cache-registers.ts';
import type { Step } from '../pagecache/memory.ts';

/** The registers that the log's steps use; see {@link CacheRegisters} for the type parameter. */
export interface LogRegisters<O> extends CacheRegisters<O> {
  /** The record whose place in the log is being settled. */
  subject: number;
  /** The log position tried for it. */
  place: number;
  /** A position that staging is known to have reached: spares the load of a word that the keeper writes all the time. */
  stagedSeen: number;
  afterDecide: Step<O> | null;
  /** The high part of log positions, as last read. */
  era: number;
  afterEra: Step<O> | null;
  /** Where an operation goes on that found the ring full, or its memory exhausted by a reader of old pages. */
  afterRoom: Step<O> | null;

  /** The frontier is advanced up to here. */
  goal: number;
  frontier: number;
  entry: number;
  afterAdvance: Step<O> | null;

  /** Staging: the position, where its bytes start and end in the staging buffer, and how many entries may still be staged. */
  position: number;
  stagingStart: number;
  stagingEnd: number;
  /** The position below which entries may be staged: the frontier as last read. */
  stagingGoal: number;
  budget: number;
  /** How much of a large value is staged, and the block of it that comes next. */
  partOffset: number;
  partBlock: number;
  afterStage: Step<O> | null;
  /** How often the ring had no room since staging moved last; and whether the operation gave up for it. */
  stalls: number;
  stalled: boolean;
  recycled: boolean;
  afterRecycle: Step<O> | null;
}
