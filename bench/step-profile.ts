import type { EngineStep } from '../engine/operation.ts';
import type { Session } from '../engine/session.ts';

/** One operation in so many is timed step by step; all are counted. */
const TIMED_EVERY = 16;
/** A step that took longer was interrupted by something else. */
const INTERRUPTED_NS = 200_000;
const CALIBRATIONS = 200_000;

interface StepTotals {
  name: string;
  visits: number;
  timedVisits: number;
  timedNs: number;
}

/** What the profile says of one step function, per operation. */
export interface StepFigures {
  step: string;
  visitsPerOp: number;
  nsPerVisit: number;
  nsPerOp: number;
}

/**
 * Runs an engine's operations step by step, as `run` in `pagecache/memory.ts` does, and counts and times the steps. What
 * the clock itself costs is measured first and taken off.
 */
export class StepProfile {
  private readonly totals = new Map<EngineStep | string, StepTotals>();
  private readonly clockNs = clockCostNs();
  private operations = 0;
  private timedOperations = 0;

  /** Runs one operation: steps from `first` on, between the parts of it that are no steps. */
  operation(session: Session, before: () => void, first: EngineStep, after: () => void, leave: EngineStep): void {
    const timed = this.operations++ % TIMED_EVERY === 0;
    if (timed) this.timedOperations++;
    this.part('(key in)', before, timed);
    this.steps(session, first, timed);
    this.part('(value out)', after, timed);
    session.op.afterUnpin = null;
    this.steps(session, leave, timed);
  }

  /** Steps that came up often enough to matter, in the order in which they first ran. */
  figures(): StepFigures[] {
    return [...this.totals.values()].map(({ name, visits, timedVisits, timedNs }) => ({
      step: name,
      visitsPerOp: visits / this.operations,
      nsPerVisit: timedVisits === 0 ? 0 : timedNs / timedVisits,
      nsPerOp: timedNs / this.timedOperations,
    }));
  }

  private steps(session: Session, first: EngineStep, timed: boolean): void {
    const { memory, op } = session;
    let step: EngineStep | null = first;
    while (step !== null) {
      const totals = this.totalsOf(step, step.name);
      totals.visits++;
      if (timed) {
        const start = performance.now();
        step = step(memory, op);
        this.add(totals, start);
      } else {
        step = step(memory, op);
      }
    }
  }

  private part(name: string, run: () => void, timed: boolean): void {
    const totals = this.totalsOf(name, name);
    totals.visits++;
    const start = timed ? performance.now() : 0;
    run();
    if (timed) this.add(totals, start);
  }

  private add(totals: StepTotals, startMs: number): void {
    const ns = (performance.now() - startMs) * 1e6;
    if (ns > INTERRUPTED_NS) return;
    totals.timedVisits++;
    totals.timedNs += Math.max(0, ns - this.clockNs);
  }

  private totalsOf(step: EngineStep | string, name: string): StepTotals {
    const known = this.totals.get(step);
    if (known !== undefined) return known;
    const totals = { name, visits: 0, timedVisits: 0, timedNs: 0 };
    this.totals.set(step, totals);
    return totals;
  }
}

/** What it costs to look at the clock twice: the median of many. */
function clockCostNs(): number {
  const costs = new Float64Array(CALIBRATIONS);
  for (let i = 0; i < CALIBRATIONS; i++) {
    const start = performance.now();
    costs[i] = (performance.now() - start) * 1e6;
  }
  return costs.sort()[CALIBRATIONS >> 1];
}
