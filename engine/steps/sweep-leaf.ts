import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { readEra } from '../../wal/era.ts';
import { historyWords } from '../frame.ts';
import { type EngineStep, NO_FAILURE, type Operation } from '../operation.ts';
import { compress } from './compress.ts';
import { restart } from './descend.ts';
import { finish } from './finish.ts';
import { post } from './post.ts';
import { readHint } from './slots.ts';
import { leaveUntidy } from './tidy.ts';

/*
 * Consolidating a leaf that keeps old versions, for snapshots may have ended that needed them (README, "Snapshots", W). In:
 * the own key. Out: `firstWord`, the address of the leaf's frame as it was found; pinned still.
 */

/** W: finds the leaf; one without a history is left alone. */
export function sweepLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.postedFor = 0;
  op.ownStrict = false;
  op.poster = post;
  op.compressor = compress;
  op.body = lookAtHistory;
  op.afterPin = readEra;
  op.afterEra = restart;
  return pin(memory, op);
}

function lookAtHistory(memory: Memory, op: Operation): EngineStep | null {
  op.firstWord = op.frame;
  op.afterSlots = close;
  return historyWords(memory, op.frame) === 0 ? null : readHint(memory, op);
}

function close(memory: Memory, op: Operation): EngineStep | null {
  op.needWords = 0;
  op.afterFinish = swept;
  op.onStarved = leaveUntidy;
  return finish(memory, op);
}

function swept(_memory: Memory, _op: Operation): EngineStep | null {
  return null;
}
