import { COLLAPSED_COUNT } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { collapsedWord } from '../../pagecache/page-word.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { clearNote, writeNote } from './note.ts';
import { replaced } from './retire-old.ts';

/*
 * Collapsing an empty leaf to the right (README, "Collapse", K1 and K2). The page is closed and holds no visible key; it
 * is not the rightmost and not the root. From the CAS on every search goes right. The parent's entry, and the
 * predecessor's right link, are mended by whoever passes: see `compress.ts`, and step C3 of finishing.
 */

/** K1: notes the change. */
export function collapse(memory: Memory, op: Operation): EngineStep | null {
  writeNote(memory, op);
  return install;
}

/** K2: CASes the page word to COLLAPSED: the linearization. A collapsed page is never edited again. */
function install(memory: Memory, op: Operation): EngineStep | null {
  const at = op.layout.pageTableAt + op.pid;
  if (memory.compareExchange(at, op.word, collapsedWord(op.newRight)) === op.word) {
    const count = op.threadAt + COLLAPSED_COUNT;
    memory.write32(count, memory.read32(count) + 1);
    return replaced;
  }
  clearNote(memory, op);
  return op.afterFinish;
}
