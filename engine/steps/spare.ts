import type { Memory } from '../../pagecache/memory.ts';
import { collapsedWord, isDead, isForwarding, rightOf } from '../../pagecache/page-word.ts';
import { COUNT, childAt } from '../frame.ts';
import type { EngineStep, Operation } from '../operation.ts';

/*
 * Keeping page ids that something names from being given up (README, "Page ids", D4, D5 and D8). Pinned.
 */

/** From `spared` along collapsed pages to a live one, which is left in `spared`: what is DEAD on the way is only collapsed again. */
export function spare(memory: Memory, op: Operation): EngineStep | null {
  op.spareWord = memory.load(op.layout.pageTableAt + op.spared);
  if (!isForwarding(op.spareWord)) return op.afterSpare;
  return isDead(op.spareWord) ? unmark : goOn(op);
}

function unmark(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(op.layout.pageTableAt + op.spared, op.spareWord, collapsedWord(rightOf(op.spareWord)));
  return goOn(op);
}

function goOn(op: Operation): EngineStep | null {
  op.spared = rightOf(op.spareWord);
  return spare;
}

/**
 * D8: before an inner page is split, what it names is spared: its entries go to a page id that the walk may have passed.
 * In: `frame`, `afterSpareAll`.
 */
export function spareChildren(memory: Memory, op: Operation): EngineStep | null {
  op.index = 0;
  op.afterSpare = spareNext;
  return spareNext(memory, op);
}

function spareNext(memory: Memory, op: Operation): EngineStep | null {
  if (op.index === memory.read32(op.frame + COUNT)) return op.afterSpareAll;
  op.spared = childAt(memory, op.frame, op.index++);
  return spare;
}
