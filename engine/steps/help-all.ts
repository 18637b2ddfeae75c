import type { Memory } from '../../pagecache/memory.ts';
import { help } from '../../wal/place.ts';
import { slotAt, slotRecord } from '../frame.ts';
import type { EngineStep, Operation } from '../operation.ts';

/*
 * Helping every pending record of a leaf, below `filled` (README, "Changing the structure", C2). In: `frame`, `filled`,
 * `afterHelpAll`; pinned.
 */

/** C2: from the oldest slot on. Private. */
export function helpAll(memory: Memory, op: Operation): EngineStep | null {
  op.index = 0;
  return helpNext(memory, op);
}

function helpNext(memory: Memory, op: Operation): EngineStep | null {
  if (op.index === op.filled) return op.afterHelpAll;
  op.subject = slotRecord(op.frame, memory.read32(slotAt(op.frame, op.index)));
  op.index++;
  op.afterDecide = helpNext;
  return help;
}
