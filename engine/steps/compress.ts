import type { Memory } from '../../pagecache/memory.ts';
import { addressOf } from '../../pagecache/page-word.ts';
import { RIGHT } from '../frame.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { boundWords, classForAll, REDIRECT } from '../rebuild.ts';
import { consolidate } from './consolidate.ts';
import { freeFrames } from './note.ts';

/*
 * Mending a parent whose entry led to a collapsed page (README, "Collapse", K3): the entry is made to lead to the first
 * live page on its right, which covers what the collapsed one did. In: `parentPid`, `parentWord`, `parentIndex`,
 * `liveChild`, `afterPost`; pinned since the parent was read.
 */

/** K3: replaces the parent, unless it has changed meanwhile: then the next one who passes will do it. */
export function compress(memory: Memory, op: Operation): EngineStep | null {
  op.pid = op.parentPid;
  op.word = op.parentWord;
  op.frame = addressOf(op.word);
  op.change = REDIRECT;
  op.changeIndex = op.parentIndex;
  op.changeEnd = 0;
  op.postChild = op.liveChild;
  op.newRight = memory.read32(op.frame + RIGHT);
  op.onLost = op.afterPost;
  op.onStarved = abandon;
  op.afterFinish = op.afterPost;
  op.wantedClass = classForAll(memory, op, boundWords(memory, op));
  return consolidate(memory, op);
}

function abandon(_memory: Memory, op: Operation): EngineStep | null {
  op.failure = 0;
  op.onLost = op.afterPost;
  op.compressor = null;
  return freeFrames;
}
