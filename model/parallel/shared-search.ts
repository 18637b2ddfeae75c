import type { Machine } from '../machine.ts';
import { DepthSearch } from '../search/depth.ts';
import type { SearchLimits } from '../search/search.ts';
import type { Visited } from '../visited/fingerprints.ts';
import type { Pool } from './pool.ts';

/**
 * Depth-first search of one of several threads that share the visited set. A state belongs to whoever inserts it; a thread
 * without work takes over states that another has inserted, but not yet looked at.
 */
export class SharedSearch extends DepthSearch {
  private readonly pool: Pool;
  private entered = 0;

  constructor(machine: Machine, visited: Visited, limits: SearchLimits, pool: Pool) {
    super(machine, visited, limits);
    this.pool = pool;
  }

  /** Gives away half of the pending moves, those nearest to the start, if somebody wants them. */
  share(): void {
    while (this.pool.wanting) {
      const share = this.splitOff(this.pool.room);
      if (share === null) return;
      this.pool.give(share);
    }
  }

  /** First the initial states: all threads offer them, each is looked at by whoever inserts it. Then what others give away. */
  protected override enterNext(): void {
    if (this.entered < this.machine.initialStates) {
      this.enterInitial(this.entered++);
      return;
    }
    const share = this.pool.take();
    if (share === null) this.finished = true;
    else this.takeOver(share);
  }
}
