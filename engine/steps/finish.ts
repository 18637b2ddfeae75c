import type { Memory } from '../../pagecache/memory.ts';
import { isForwarding, rightOf } from '../../pagecache/page-word.ts';
import { COUNT, EMPTY_SLOT, entryAt, FROZEN, isTombstoneSlot, RIGHT, SLOTS, slotAt } from '../frame.ts';
import { type EngineStep, type Operation, OUT_OF_MEMORY } from '../operation.ts';
import { boundWords, classForAll, fillScratch, MERGE, planSplit } from '../rebuild.ts';
import { oldVersionWords } from '../versions.ts';
import { collapse } from './collapse.ts';
import { consolidate } from './consolidate.ts';
import { helpAll } from './help-all.ts';
import { giveUpOldest, prune } from './prune.ts';
import { split } from './split.ts';

/*
 * Finishing a leaf (README, "Changing the structure", C1 to C4): it is closed for ever, then replaced. A page word is
 * only ever CASed from a closed frame whose records are all decided: else a pending insert is lost. Anybody can finish:
 * what comes out is a function of the frozen frame alone.
 *
 * In: `pid`, `word`, `frame`, `filled`, `needWords`, `afterFinish`, `onStarved`; pinned.
 */

/** C1: CASes the next slot from EMPTY to FROZEN. A full slot log is closed, too. */
export function finish(memory: Memory, op: Operation): EngineStep | null {
  op.left = 0;
  op.right = 0;
  op.root = 0;
  op.afterHelpAll = skipRight;
  return op.frozen || op.filled === memory.read32(op.frame + SLOTS) ? helpAll(memory, op) : freeze;
}

function freeze(memory: Memory, op: Operation): EngineStep | null {
  const found = memory.compareExchange(slotAt(op.frame, op.filled), EMPTY_SLOT, FROZEN);
  if (found === EMPTY_SLOT || found === FROZEN) return helpAll(memory, op);
  op.filled++;
  return op.filled === memory.read32(op.frame + SLOTS) ? helpAll(memory, op) : freeze;
}

/** C3: the right link of the new frame skips pages that have collapsed. */
function skipRight(memory: Memory, op: Operation): EngineStep | null {
  op.newRight = memory.read32(op.frame + RIGHT);
  op.afterPrune = choose;
  return op.newRight === 0 ? prune(memory, op) : readRight;
}

function readRight(memory: Memory, op: Operation): EngineStep | null {
  const word = memory.load(op.layout.pageTableAt + op.newRight);
  if (!isForwarding(word)) return prune(memory, op);
  op.newRight = rightOf(word);
  return readRight;
}

/** C4: private: what the next content asks for. It is merged here only when it may be too much for one page, or nothing. */
function choose(memory: Memory, op: Operation): EngineStep | null {
  op.change = MERGE;
  op.onLost = op.afterFinish;
  const most = boundWords(memory, op);
  if (most > op.layout.leafContentWords || op.held > 0 || mayBeEmpty(memory, op)) return chooseExactly(memory, op);
  op.wantedClass = classForAll(memory, op, most);
  return consolidate(memory, op);
}

function chooseExactly(memory: Memory, op: Operation): EngineStep | null {
  const { layout, scratch } = op;
  const words = fillScratch(memory, op);
  const { count, oldCount } = scratch;
  if (count === 0 && oldCount === 0 && op.newRight !== 0 && op.pid !== op.rootPid) return collapse(memory, op);
  op.wantedClass = classForAll(memory, op, words, oldVersionWords(memory, scratch, 0, oldCount));
  if (count > 1 && (words > layout.leafContentWords || op.wantedClass < 0)) {
    planSplit(memory, op, words, isAscending(memory, op));
    op.afterPost = op.afterFinish;
    return op.leftClass < 0 || op.rightClass < 0 ? makeFit(op) : split(memory, op);
  }
  return op.wantedClass < 0 ? makeFit(op) : consolidate(memory, op);
}

/** Even the largest block is too small for all the versions: the oldest snapshot is given up. */
function makeFit(op: Operation): EngineStep | null {
  if (op.held > 0) return giveUpOldest;
  op.failure = OUT_OF_MEMORY;
  return op.onStarved;
}

/** Whether the tombstones may have taken every key of the sorted area. */
function mayBeEmpty(memory: Memory, op: Operation): boolean {
  let kept = memory.read32(op.frame + COUNT);
  for (let i = 0; i < op.filled; i++) if (isTombstoneSlot(memory.read32(slotAt(op.frame, i)))) kept--;
  return kept <= 0;
}

/** Whether the last leaf grew at its end only: keys arrive in order, so the left half will hardly grow again. */
function isAscending(memory: Memory, op: Operation): boolean {
  const old = memory.read32(op.frame + COUNT);
  if (memory.read32(op.frame + RIGHT) !== 0 || old === 0 || op.scratch.count - old !== op.filled) return false;
  return op.scratch.reference[old - 1] === entryAt(memory, op.frame, old - 1);
}
