import { allocate } from '../../pagecache/allocator.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { frameWord } from '../../pagecache/page-word.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { buildAll } from '../rebuild.ts';
import { link, unlinkFrames, writeNote } from './note.ts';
import { replaced } from './retire-old.ts';

/*
 * Replacing a page by one frame with its next content (README, "Consolidate", C5 to C8). The page is a closed leaf, or an
 * inner page, which is immutable. In: `pid`, `word`, `frame`, `change`, `wantedClass`, `newRight`, `afterFinish`, `onLost`,
 * `onStarved`.
 */

/** C5: allocates before anything is changed. */
export function consolidate(memory: Memory, op: Operation): EngineStep | null {
  op.left = 0;
  op.right = 0;
  op.root = 0;
  op.afterAllocate = build;
  return allocate(memory, op);
}

/** C6: private: writes the new frame, and notes the change before the frame is marked as linked. */
function build(memory: Memory, op: Operation): EngineStep | null {
  if (op.block === 0) return tryLarger(memory, op);
  op.left = op.block;
  buildAll(memory, op);
  writeNote(memory, op);
  op.afterLink = install;
  return link(memory, op);
}

/** No block of that size is left, but perhaps a larger one: a store that is full can still be emptied. Private. */
function tryLarger(memory: Memory, op: Operation): EngineStep | null {
  if (op.wantedClass < 0 || op.wantedClass === op.layout.classWords.length - 1) return op.onStarved;
  op.wantedClass++;
  return allocate(memory, op);
}

/** C7: CASes the page word. */
function install(memory: Memory, op: Operation): EngineStep | null {
  const at = op.layout.pageTableAt + op.pid;
  if (memory.compareExchange(at, op.word, frameWord(op.left)) === op.word) return replaced;
  return unlinkFrames(memory, op);
}
