import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { droppedWord, isFrame } from '../../pagecache/page-word.ts';
import type { EngineStep, Operation } from '../operation.ts';

/*
 * Dropping a tree whose name is out of the catalog (README, "Trees", N3): its root's page word is marked, and every search
 * ends there. The word still names the frame, so that the owner of the store can free the pages later. In: `rootPid`.
 */

/** N3: CASes the root's page word to DROPPED. */
export function dropRoot(memory: Memory, op: Operation): EngineStep | null {
  op.afterPin = readRoot;
  return pin(memory, op);
}

function readRoot(memory: Memory, op: Operation): EngineStep | null {
  op.word = memory.load(op.layout.pageTableAt + op.rootPid);
  return isFrame(op.word) ? markDropped : null;
}

function markDropped(memory: Memory, op: Operation): EngineStep | null {
  const at = op.layout.pageTableAt + op.rootPid;
  return memory.compareExchange(at, op.word, droppedWord(op.word)) === op.word ? null : readRoot;
}
