import type { CacheRegisters } from './cache-registers.ts';
import { FREE_PID_AT, NEXT_PID_AT, NOTE_FREE_PIDS } from './layout.ts';
import type { Memory, Step } from './memory.ts';
import { freePidWord, rightOf } from './page-word.ts';

/*
 * Taking a page id (README, "Page ids", I1 to I3): one that this thread keeps, else all of the shared stack (whole, so
 * that there is no ABA), else one that was never used. Out: `newPid`, which may be past the end of the page table.
 */

/** Gives a page id back that nothing names: the thread keeps it. The one atomic action of its step. */
export function keepPid<O extends CacheRegisters<O>>(memory: Memory, op: O, pid: number): void {
  const kept = op.threadAt + NOTE_FREE_PIDS;
  memory.store(op.layout.pageTableAt + pid, freePidWord(memory.read32(kept)));
  memory.write32(kept, pid);
}

/** I1: from the ids that this thread took off the stack. */
export function takePid<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.newPid = memory.read32(op.threadAt + NOTE_FREE_PIDS);
  return op.newPid === 0 ? readStack : unchain;
}

/** Its page word names the next one. */
function unchain<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.write32(op.threadAt + NOTE_FREE_PIDS, rightOf(memory.load(op.layout.pageTableAt + op.newPid)));
  return op.afterTakePid;
}

/** I2: takes the whole stack. */
function readStack<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.newPid = memory.load(FREE_PID_AT);
  return op.newPid === 0 ? takeUnused : takeStack;
}

function takeStack<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  if (memory.compareExchange(FREE_PID_AT, op.newPid, 0) !== op.newPid) return readStack;
  memory.write32(op.threadAt + NOTE_FREE_PIDS, op.newPid);
  return unchain;
}

/** I3: one that was never used. */
function takeUnused<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.newPid = memory.add(NEXT_PID_AT, 1);
  return op.afterTakePid;
}
