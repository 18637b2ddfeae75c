import { ModelError } from '../errors.ts';
import type { Memory } from '../memory.ts';
import { CheckedMemory } from './checked-memory.ts';

/**
 * A word of the checker's memory, looked at by nobody: it counts as no access, is no part of a race, and is fine even where
 * the memory was released. For the end of an operation, invariants and mutants, which may have to know what no thread can know (which
 * place a record got, say). Of another memory it is a plain read, so that the same code can run outside of an exploration.
 *
 * @throws ModelError RIGHTLINK_MODEL_PEEK when the checker's memory has no such word
 */
export function peek(memory: Memory, address: number): number {
  if (!(memory instanceof CheckedMemory)) return memory.read32(address);
  const { words } = memory;
  if (address >>> 0 < words.length) {
    memory.see(address, address);
    return words[address];
  }
  throw new ModelError('RIGHTLINK_MODEL_PEEK', `peek(${address}): memory has ${words.length} words`);
}

/**
 * A copy of all words of the checker's memory, as {@link peek} sees them.
 *
 * @throws ModelError RIGHTLINK_MODEL_PEEK when the memory is another
 */
export function peekAll(memory: Memory): Int32Array<ArrayBuffer> {
  if (memory instanceof CheckedMemory) {
    memory.see(0, memory.words.length - 1);
    return new Int32Array(memory.words);
  }
  throw new ModelError('RIGHTLINK_MODEL_PEEK', 'peekAll() looks at the memory of a program being explored, no other');
}
