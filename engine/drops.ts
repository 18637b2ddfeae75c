import { DROPS, DROPS_AT } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';

/** Notes, before a tree is dropped, which root will go, so that its pages are freed whoever dies. A full list forgets. */
export function noteDrop(memory: Memory, rootPid: number): void {
  for (let i = 0; i < DROPS; i++) if (memory.compareExchange(DROPS_AT + i, 0, rootPid) === 0) return;
}
