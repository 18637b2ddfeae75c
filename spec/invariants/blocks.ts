import type { Memory } from '../../model/index.ts';
import { BLOB_NEXT } from '../../pagecache/blob.ts';
import { FREE, graceIsOver, LINKED, ownerOf, PRIVATE, RETIRED, stateOf } from '../../pagecache/block.ts';
import { EPOCH_AT, type Layout, STAGED_AT } from '../../pagecache/layout.ts';
import { addressOf, isFrame } from '../../pagecache/page-word.ts';
import { isEmpty, placeOf } from '../../wal/ring.ts';
import type { TreePicture } from './picture.ts';

/* The memory's invariants. (I8, no access to freed memory, the checker's memory reports by itself.) */

type Verdict = true | string;

const STATES = { [FREE]: 'free', [PRIVATE]: 'private', [LINKED]: 'linked', [RETIRED]: 'retired' } as Record<
  number,
  string
>;

/** I9: a frame that a page word names is linked, and no other page word names it. */
export function namedFramesAreLinked(memory: Memory, { words }: TreePicture): Verdict {
  const named = new Set<number>();
  for (let pid = 1; pid < words.length; pid++) {
    if (!isFrame(words[pid])) continue;
    const frame = addressOf(words[pid]);
    const state = stateOf(memory.load(frame));
    if (state !== LINKED) return `page ${pid} names a frame that is ${STATES[state]}`;
    if (named.has(frame)) return `page ${pid} names a frame that another page names`;
    named.add(frame);
  }
  return true;
}

/** I10: nothing that the log ring still names can be handed out: not free, and if retired, not old enough. */
export function ringNamesNothingFree(memory: Memory, layout: Layout): Verdict {
  const epoch = memory.load(EPOCH_AT);
  const staged = memory.load(STAGED_AT);
  for (let i = 0; i < layout.ringWords; i++) {
    const at = (staged + i) | 0;
    const entry = memory.load(placeOf(layout, at));
    if (isEmpty(entry)) continue;
    const block = blockOf(memory, layout, entry >>> 0);
    const word = memory.load(block);
    const state = stateOf(word);
    if (state === FREE || state === PRIVATE) return `position ${at} names a record in a block that is ${STATES[state]}`;
    if (state === RETIRED && graceIsOver(word, epoch))
      return `position ${at} names a record in a block that may be reused`;
  }
  return true;
}

/**
 * I9 at the end, when all threads are done or reaped and enough epochs have passed: every block is free, or linked and
 * named by a page word, or by a record that a page holds; none is lost.
 */
export function noBlockIsLost(memory: Memory, layout: Layout, { words, pages }: TreePicture): Verdict {
  const named = new Set(words.filter(isFrame).map(addressOf));
  for (const { sorted, slots, history } of pages.values()) {
    for (const { blob } of [...sorted, ...slots, ...history]) {
      for (let block = blob; block !== 0; block = memory.read32(block + BLOB_NEXT) >>> 0) named.add(block);
    }
  }
  const epoch = memory.load(EPOCH_AT);
  for (let chunk = 0; chunk < layout.chunks; chunk++) {
    const size = blockWords(memory, layout, chunk);
    if (size === 0) continue;
    for (let at = 0; at + size <= layout.chunkWords; at += size) {
      const block = layout.heapAt + chunk * layout.chunkWords + at;
      const word = memory.load(block);
      const state = stateOf(word);
      if (state === LINKED && named.has(block)) continue;
      if (named.has(block)) return `block ${block} is named by a page or a record, and ${STATES[state]}`;
      if (state === FREE || (state === RETIRED && graceIsOver(word, epoch))) continue;
      const owner = state === LINKED ? '' : `, by thread ${ownerOf(word)}`;
      return `block ${block} is ${STATES[state]}${owner} for ever, and nothing names it`;
    }
  }
  return true;
}

/** Words of the blocks in a chunk; 0: it is not in use. */
export function blockWords(memory: Memory, layout: Layout, chunk: number): number {
  const sizeClass = memory.load(layout.chunkTableAt + chunk) - 1;
  return sizeClass < 0 ? 0 : layout.classWords[sizeClass];
}

/** The block that an address lies in. */
export function blockOf(memory: Memory, layout: Layout, address: number): number {
  const chunk = Math.floor((address - layout.heapAt) / layout.chunkWords);
  const size = blockWords(memory, layout, chunk);
  const start = layout.heapAt + chunk * layout.chunkWords;
  return start + Math.floor((address - start) / size) * size;
}
