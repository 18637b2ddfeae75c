import { pin } from '../../pagecache/epochs.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { kindAt } from '../../wal/memory-record.ts';
import { help } from '../../wal/place.ts';
import { TOMBSTONE } from '../../wal/record.ts';
import { type EngineStep, NO_FAILURE, type Operation } from '../operation.ts';
import { restart } from './descend.ts';
import { inSortedArea, newestInSlots, readHint } from './slots.ts';

/*
 * Reading one key (README, "get", G1 to G3). In: the own key. Out: `result`, valid while pinned: the caller copies the
 * value out and unpins.
 */

/** G1: pins, then searches. */
export function get(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.result = 0;
  op.ownStrict = false;
  op.poster = null;
  op.compressor = null;
  op.body = readLeaf;
  op.afterPin = restart;
  return pin(memory, op);
}

function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = lookUp;
  return readHint(memory, op);
}

/** G2: the newest record of the key: the slots from the newest on, then the sorted area, whose records are decided. */
function lookUp(memory: Memory, op: Operation): EngineStep | null {
  op.match = newestInSlots(memory, op);
  if (op.match !== 0) return readDecided;
  op.match = inSortedArea(memory, op);
  return found(memory, op);
}

/** G3: a record that is still PENDING is helped: it may become visible to others before this read returns. */
function readDecided(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(op.match) !== 0) return found(memory, op);
  op.subject = op.match;
  op.afterDecide = found;
  return help;
}

function found(memory: Memory, op: Operation): EngineStep | null {
  op.result = op.match !== 0 && kindAt(memory, op.match) !== TOMBSTONE ? op.match : 0;
  return null;
}
