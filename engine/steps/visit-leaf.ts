import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { type EngineStep, NO_FAILURE, type Operation } from '../operation.ts';
import { restart } from './descend.ts';
import { helpAll } from './help-all.ts';
import { readHint } from './slots.ts';

/*
 * One leaf of a range scan (README, "Scans", V1). In: the own key, `ownStrict`. Out: `frame` and `filled`, all records
 * decided, and the bounds of the leaf; pinned still: the caller copies what it wants, then unpins. A scan pins no longer
 * than for one leaf.
 */

/** V1: the leaf that covers the key; strictly: the one that covers what lies just below it. */
export function visitLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.poster = null;
  op.compressor = null;
  op.body = readLeaf;
  op.afterPin = restart;
  return pin(memory, op);
}

function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = helpAll;
  op.afterHelpAll = null;
  return readHint(memory, op);
}
