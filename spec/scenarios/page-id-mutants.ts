import { entryAt } from '../../engine/frame.ts';
import { ENTRIES, FREE, LINKS } from '../../engine/steps/collect.ts';
import { type Mutant, peek } from '../../model/index.ts';
import { giveBack } from '../../pagecache/allocator.ts';
import { COLLECT_PHASE_AT } from '../../pagecache/layout.ts';
import { addressOf, isForwarding, isFrame, rightOf } from '../../pagecache/page-word.ts';
import { altered, instead } from './mutants.ts';

/* Mutants of what gets page ids back. */

/** A walk over the page table begins before the grace period of the one before it is over. */
export function earlyWalk(walk: 'LINKS' | 'ENTRIES' | 'FREE'): Mutant {
  const number = { LINKS, ENTRIES, FREE }[walk];
  return instead('beginTurn', 'gives page ids up too early', (begin, memory, op) => {
    if (memory.read32(COLLECT_PHASE_AT) !== number) return begin(memory, op);
    op.epoch += 2;
    const next = begin(memory, op);
    op.epoch -= 2;
    return next;
  });
}

/** A walk looks at no page: what names a collapsed page is neither spared nor mended. */
export function blindWalk(walk: 'LINKS' | 'ENTRIES'): Mutant {
  const number = { LINKS, ENTRIES }[walk];
  return instead('visitPage', 'gives page ids up that something names', (visit, memory, op) =>
    op.walk === number ? op.nextPage : visit(memory, op),
  );
}

/** What an inner page names is not spared before it is split. */
export const childrenUnspared = instead(
  'spareNext',
  'does not spare what entries name that move',
  (_spare, _memory, op) => op.afterSpareAll,
);

/** Only the first of a chain of collapsed pages is spared. */
export const chainUnspared = instead(
  'spare',
  'spares the first of several collapsed pages only',
  (spare, memory, op) => {
    const further = op.spareWord !== 0 && isForwarding(op.spareWord) && rightOf(op.spareWord) === op.spared;
    const next = spare(memory, op);
    if (!further || next?.name !== 'unmark') return next;
    op.spared = rightOf(op.spareWord);
    return spare;
  },
);

/** What a lost split had published is freed at once, not retired. */
export const freedAtOnce = instead('retire', 'frees at once what a lost split had published', (retire, memory, op) =>
  op.afterRetire?.name === 'unlinkFrames' ? giveBack(memory, op) : retire(memory, op),
);

/** An inner page collapses though the first entry of the next one has a key. */
export const notLowered = instead(
  'readRightInner',
  'does not lower the first entry of the next page',
  (read, memory, op) => {
    const word = peek(memory, op.layout.pageTableAt + op.newRight);
    const entry = isFrame(word) ? entryAt(memory, addressOf(word), 0) : 0;
    return read(altered(memory, { read32: (address) => (address === entry ? 0 : memory.read32(address)) }), op);
  },
);

/** An inner page collapses wherever the next one leads. */
export const childrenUncompared = instead('compareChildren', 'does not compare the children', (compare, memory, op) => {
  op.spared = op.liveChild;
  return compare(memory, op);
});
