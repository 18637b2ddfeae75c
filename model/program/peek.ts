import { ModelError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import { CheckedMemory } from './checked-memory.ts';

/**
 * A word of the checker's memory, looked at by nobody: it counts as no access, is no part of a race, and is fine even where
 * the memory was released. For the end of an operation, invariants and mutants, which may have to know what no thread can know (which
 * place a record got, say).
 *
 * @throws ModelError RIGHTLINK_MODEL_PEEK when the memory is not the checker's, or has no such word
 */
export function peek(memory: Memory, address: number): number {
  const words = wordsOf(memory);
  if (address >>> 0 < words.length) return words[address];
  throw new ModelError('RIGHTLINK_MODEL_PEEK', `peek(${address}): memory has ${words.length} words`);
}

/**
 * A copy of all words, as {@link peek} sees them.
 *
 * @throws ModelError RIGHTLINK_MODEL_PEEK when the memory is not the checker's
 */
export function peekAll(memory: Memory): Int32Array<ArrayBuffer> {
  return new Int32Array(wordsOf(memory));
}

function wordsOf(memory: Memory): Int32Array {
  if (memory instanceof CheckedMemory) return memory.words;
  throw new ModelError('RIGHTLINK_MODEL_PEEK', 'peek() looks at the memory of a program being explored, no other');
}
