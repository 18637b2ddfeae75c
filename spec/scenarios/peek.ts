import type { Memory } from '../../model/index.ts';

/**
 * Looks at a word without an access taking place: what an observer outside the program may do, to tell which LSN a record
 * got. The checker's memory shows its words for this.
 */
export function peek(memory: Memory, address: number): number {
  return wordsOf(memory)[address];
}

/** All words of the checker's memory. Look, do not touch. */
export function wordsOf(memory: Memory): Int32Array {
  return (memory as unknown as { readonly words: Int32Array }).words;
}
