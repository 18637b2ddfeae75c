import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { readEra } from '../../wal/era.ts';
import { EMPTY_SLOT, RIGHT, SLOTS, slotAt } from '../frame.ts';
import { compareKeys } from '../keys.ts';
import { mergeLeaf } from '../merge.ts';
import { type EngineStep, NO_FAILURE, type Operation, searchFor } from '../operation.ts';
import { compress } from './compress.ts';
import { descend, readPage, restart } from './descend.ts';
import { finish } from './finish.ts';
import { helpAll } from './help-all.ts';
import { post } from './post.ts';
import { relieve } from './relieve.ts';
import { readHint } from './slots.ts';

/*
 * The nearest key above or below a key: first, last, above, below, floor, ceiling (README, "Neighbours", B1 to B5). One
 * instant: when the answer stands in another leaf than the search began in, the first leaf is looked at again; unchanged,
 * it held no better answer while the second one was read.
 *
 * In: the own key (length 0 upwards: first; −1 downwards: last), `downwards`, `inclusive`. Out: `result`; pinned still.
 */

/** B1: pins, then searches: for what lies just below the key, or for the key. */
export function neighbour(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.result = 0;
  op.postedFor = 0;
  op.onSlotLost = null;
  op.pressure = 0;
  op.ownStrict = op.downwards && !op.inclusive;
  op.poster = post;
  op.compressor = compress;
  op.body = readFirst;
  op.afterPin = readEra;
  op.afterEra = restart;
  return pin(memory, op);
}

function readFirst(memory: Memory, op: Operation): EngineStep | null {
  op.firstPid = 0;
  return readLeaf(memory, op);
}

/** B2: reads the leaf and helps what is pending there. */
function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = helpAll;
  op.afterHelpAll = choose;
  return readHint(memory, op);
}

/** B3: private: the nearest visible key in this leaf; none: on to the next. */
function choose(memory: Memory, op: Operation): EngineStep | null {
  mergeLeaf(memory, op.scratch, op.frame, op.filled);
  const index = op.downwards ? lastBelow(memory, op) : firstAbove(memory, op);
  if (index >= 0 && index < op.scratch.count) return answer(op, op.scratch.reference[index]);
  const end = op.downwards ? op.lowLength === 0 : memory.read32(op.frame + RIGHT) === 0;
  if (end) return answer(op, 0);
  if (op.firstPid !== 0 && op.firstPid !== op.pid) return removeEmpty(memory, op);
  op.firstPid = op.pid;
  op.firstWord = op.word;
  op.firstFilled = op.filled;
  op.afterDescend = readLeaf;
  return op.downwards ? goLeft(memory, op) : goRight(memory, op);
}

/** B4: the next leaf: right by its link, left by a search for what lies below this leaf's lower bound. Private. */
function goRight(memory: Memory, op: Operation): EngineStep | null {
  op.pid = memory.read32(op.frame + RIGHT);
  op.parentPid = 0; // the parent's entry led to the leaf before
  return readPage;
}

function goLeft(memory: Memory, op: Operation): EngineStep | null {
  searchFor(memory, op, op.lowAt, op.lowLength, 0);
  op.strict = true;
  return descend(memory, op);
}

/** A leaf between that holds nothing: collapses it and starts again, so that there is only one leaf to look at again. */
function removeEmpty(memory: Memory, op: Operation): EngineStep | null {
  if (op.scratch.count > 0) return restart(memory, op);
  op.needWords = 0;
  op.afterFinish = restart;
  op.onStarved = relieve; // the search would come back here again and again, pinned, so that nothing became free
  return finish(memory, op);
}

/** B5: looks at the first leaf again: the same frame, and no slot taken since. */
function answer(op: Operation, record: number): EngineStep | null {
  op.result = record;
  return op.firstPid === 0 || op.firstPid === op.pid ? null : rereadFirstWord;
}

function rereadFirstWord(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(op.layout.pageTableAt + op.firstPid) !== op.firstWord) return restart(memory, op);
  const frame = op.firstWord & ~15;
  return op.firstFilled === memory.read32((frame >>> 0) + SLOTS) ? null : rereadFirstSlot;
}

function rereadFirstSlot(memory: Memory, op: Operation): EngineStep | null {
  const frame = (op.firstWord & ~15) >>> 0;
  return memory.load(slotAt(frame, op.firstFilled)) === EMPTY_SLOT ? null : restart(memory, op);
}

/** Index in the scratch space of the first key above the one searched for (`inclusive`: or equal). */
function firstAbove(memory: Memory, op: Operation): number {
  return countBelow(memory, op, op.inclusive);
}

/** Index of the last key below (`inclusive`: or equal). Searching on to the left, the bound itself is not meant. */
function lastBelow(memory: Memory, op: Operation): number {
  return countBelow(memory, op, !op.inclusive || op.strict) - 1;
}

/** How many keys in the scratch space are below the key searched for (`strictly`), or not above it. */
function countBelow(memory: Memory, op: Operation, strictly: boolean): number {
  const { scratch, keyAddress, keyLength } = op;
  if (keyLength < 0) return scratch.count;
  let low = 0;
  let high = scratch.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(memory, scratch.keyAt[middle], scratch.keyLength[middle], keyAddress, keyLength);
    if (order < 0 || (order === 0 && !strictly)) low = middle + 1;
    else high = middle;
  }
  return low;
}
