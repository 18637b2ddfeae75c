import { STAGED_AT } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import { advanceFrontier } from './frontier.ts';
import type { LogRegisters } from './log-registers.ts';
import { recycleRing } from './room.ts';

/*
 * Letting the log pass a mark, so that no ring entry names a block that was unlinked before (README, "Draining").
 * In: `mark`, `afterDrain`; pinned. Out: `drained`. Without a keeper, nobody would advance the frontier: so do it here.
 */

/** D1: advances the frontier to the mark. */
export function drainLog<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.goal = op.mark;
  op.afterAdvance = readDrained;
  return advanceFrontier(memory, op);
}

/** D2: staging must have passed it, too. Without a keeper's thread nobody would stage: so do it here. */
function readDrained<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagedSeen = memory.load(STAGED_AT);
  op.drained = isDrained(op);
  if (op.drained || op.layout.stagingBytes > 0) return op.afterDrain;
  op.afterRecycle = rereadDrained;
  return recycleRing;
}

function rereadDrained<O extends LogRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.stagedSeen = memory.load(STAGED_AT);
  op.drained = isDrained(op);
  return op.afterDrain;
}

function isDrained<O extends LogRegisters<O>>(op: O): boolean {
  return ((op.stagedSeen - op.mark) | 0) >= 0;
}
