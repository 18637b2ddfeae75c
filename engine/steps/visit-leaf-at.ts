import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { slotAt, slotRecord } from '../frame.ts';
import { type EngineStep, NO_FAILURE, type Operation } from '../operation.ts';
import { isVisibleInSlot } from '../versions.ts';
import { restart } from './descend.ts';
import { readHint } from './slots.ts';
import { checkHeld } from './snapshot.ts';

/*
 * One leaf of a range scan at a snapshot (README, "Snapshots", T4 and T5). In: the own key, `ownStrict`, `snapshot`,
 * `snapshotSlot`, `snapshotWord`. Out: `frame`, `filled`, and `visible`, the slots that the snapshot sees; the bounds of the
 * leaf; pinned still.
 */

/** T4: the leaf that covers the key; strictly: the one that covers what lies just below it. */
export function visitLeafAt(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.poster = null;
  op.compressor = null;
  op.body = readLeaf;
  op.afterPin = restart;
  return pin(memory, op);
}

function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = judgeSlots;
  return readHint(memory, op);
}

function judgeSlots(memory: Memory, op: Operation): EngineStep | null {
  op.index = 0;
  op.visible = 0;
  return op.filled === 0 ? checkHeld(memory, op) : judgeSlot;
}

/** T5: which slots the snapshot sees: each is looked at once. */
function judgeSlot(memory: Memory, op: Operation): EngineStep | null {
  const record = slotRecord(op.frame, memory.read32(slotAt(op.frame, op.index)));
  if (isVisibleInSlot(memory, memory.load(record), op)) op.visible |= 1 << op.index;
  op.index++;
  return op.index < op.filled ? judgeSlot : checkHeld;
}
