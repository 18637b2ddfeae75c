import type { Layout } from './layout.ts';
import type { Step } from './memory.ts';

/**
 * The registers that the page cache's steps use. The engine's operation has them all, so that there is one object with
 * one shape; `O` is that operation's type.
 */
export interface CacheRegisters<O> {
  readonly layout: Layout;
  /** This thread's index, and the address of its area. */
  readonly thread: number;
  readonly threadAt: number;

  /** The epoch that the thread pinned last: a lower bound of the epoch now. */
  epoch: number;
  afterPin: Step<O> | null;
  afterUnpin: Step<O> | null;

  newPid: number;
  afterTakePid: Step<O> | null;

  wantedClass: number;
  block: number;
  blockState: number;
  chunk: number;
  scanned: number;
  tag: number;
  afterAllocate: Step<O> | null;
  afterRetire: Step<O> | null;

  /** Loop counters of the epoch's mover. */
  mark: number;
  other: number;
  afterMove: Step<O> | null;
  /** Where the mover goes to let the log pass `mark`; continues at `afterDrain`, `drained` says whether it did. */
  readonly drain: Step<O>;
  afterDrain: Step<O> | null;
  drained: boolean;
  /** Where the mover goes for the log's tail with every taken place counted; leaves it in `mark`. */
  readonly helpTail: Step<O>;
  afterHelpTail: Step<O> | null;
}
