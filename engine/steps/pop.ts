import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { readEra } from '../../wal/era.ts';
import { keyAt, keyLengthAt } from '../../wal/memory-record.ts';
import { TOMBSTONE } from '../../wal/record.ts';
import { RIGHT, SLOTS } from '../frame.ts';
import { mergeLeaf } from '../merge.ts';
import { ALWAYS, type EngineStep, NO_FAILURE, type Operation, ownKeyAt, searchFor, setKey } from '../operation.ts';
import { compress } from './compress.ts';
import { descend } from './descend.ts';
import { finish } from './finish.ts';
import { helpAll } from './help-all.ts';
import { post } from './post.ts';
import { appendExactly } from './put.ts';
import { relieve } from './relieve.ts';
import { isAged, readHint } from './slots.ts';

/*
 * Taking the first or the last key out (README, "Pop", Q1 to Q3). The tombstone goes to exactly the slot that was read as
 * empty, so nothing came between: the slot log orders all writes of the leaf. In: `downwards` (last). Out: `result`, the
 * record taken, or 0; pinned still.
 */

/** Q1: pins and goes to the leaf at the end. */
export function pop(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.postedFor = 0;
  op.pressure = 0;
  op.kind = TOMBSTONE;
  op.valueLength = 0;
  op.condition = ALWAYS;
  op.poster = post;
  op.compressor = compress;
  op.afterPin = readEra;
  op.afterEra = startPop;
  return pin(memory, op);
}

/** From the root, to the end: also after the page changed. */
export function startPop(memory: Memory, op: Operation): EngineStep | null {
  op.applied = false;
  op.recordFrame = 0;
  op.body = readLeaf;
  op.ownStrict = op.downwards;
  setKey(memory, op, op.downwards ? -1 : 0);
  op.lowLength = 0;
  return goToEnd(memory, op);
}

function goToEnd(memory: Memory, op: Operation): EngineStep | null {
  searchFor(memory, op, ownKeyAt(op), op.ownKeyLength, 0);
  op.strict = op.ownStrict;
  op.afterDescend = readLeaf;
  return descend(memory, op);
}

function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = helpAll;
  op.afterHelpAll = choose;
  return readHint(memory, op);
}

/** Q2: private: the key at the end of this leaf. An empty leaf is collapsed; the last one cannot be: on to its left. */
function choose(memory: Memory, op: Operation): EngineStep | null {
  mergeLeaf(memory, op.scratch, op.frame, op.filled);
  const { count } = op.scratch;
  if (count > 0 && !op.frozen && op.filled < memory.read32(op.frame + SLOTS) && !isAged(memory, op)) {
    return take(memory, op);
  }
  op.result = 0;
  if (count === 0 && memory.read32(op.frame + RIGHT) === 0) return op.downwards ? goLeft(memory, op) : null;
  op.needWords = 0;
  op.afterFinish = startPop;
  op.onSlotLost = startPop;
  op.onStarved = relieve; // not optional here: without it there is no slot to go on with
  return finish(memory, op);
}

function goLeft(memory: Memory, op: Operation): EngineStep | null {
  if (op.lowLength === 0) return null;
  searchFor(memory, op, op.lowAt, op.lowLength, 0);
  op.strict = true;
  op.afterDescend = readLeaf;
  return descend(memory, op);
}

/** Q3: its tombstone, at exactly the empty slot; lost to any other write: starts again. */
function take(memory: Memory, op: Operation): EngineStep | null {
  op.match = op.scratch.reference[op.downwards ? op.scratch.count - 1 : 0];
  op.result = op.match;
  const length = keyLengthAt(memory, op.match);
  memory.copy(ownKeyAt(op) / 4, keyAt(op.match) / 4, (length + 3) >>> 2);
  setKey(memory, op, length);
  op.onSlotLost = startPop;
  return appendExactly(memory, op);
}
