import { ID_BLOCKS_AT, ID_NEXT_AT } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { ID_BLOCK_SHIFT, ID_BLOCKS_AHEAD_MAX } from '../limits.ts';
import type { EngineStep, Operation } from '../operation.ts';

/*
 * Taking an id (README, "Ids", G1 to G4). Ids are whole numbers; shared memory counts their low 32 bits, and the blocks of
 * 2^20 that have been reserved, durably, before any of their ids is given out. Out: `id`; 0: a block must be reserved first.
 */

/** G1: reads how many blocks are reserved. */
export function generateId(memory: Memory, op: Operation): EngineStep | null {
  op.id = 0;
  op.idBlocks = memory.load(ID_BLOCKS_AT);
  return readNextId;
}

/** G2: the next id, if it is in a block that is reserved. */
function readNextId(memory: Memory, op: Operation): EngineStep | null {
  op.idNext = memory.load(ID_NEXT_AT);
  return idsLeft(op) > 0 ? takeId : null;
}

/** G3: CASes the next id on. */
function takeId(memory: Memory, op: Operation): EngineStep | null {
  return memory.compareExchange(ID_NEXT_AT, op.idNext, (op.idNext + 1) | 0) === op.idNext ? checkLap : generateId;
}

/** G4: a thread that stood still while 2^32 ids were taken would find the low word it knew: then this id is left out. */
function checkLap(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(ID_BLOCKS_AT) - op.idBlocks > ID_BLOCKS_AHEAD_MAX) return generateId;
  op.id = endOfBlocks(op.idBlocks) - idsLeft(op);
  return null;
}

/** The first id that is not in the first `blocks` blocks. */
export function endOfBlocks(blocks: number): number {
  return blocks * 2 ** ID_BLOCK_SHIFT;
}

/** How many ids are left in the reserved blocks, from the next one on; negative before the first block of an opening. */
function idsLeft(op: Operation): number {
  return ((op.idBlocks << ID_BLOCK_SHIFT) - op.idNext) | 0;
}

/** Lets the ids of the first `idBlocks` blocks, which are reserved durably, be given out. */
export function publishBlocks(memory: Memory, op: Operation): EngineStep | null {
  op.idNext = memory.load(ID_BLOCKS_AT);
  return op.idNext < op.idBlocks ? raiseBlocks : null;
}

function raiseBlocks(memory: Memory, op: Operation): EngineStep | null {
  return memory.compareExchange(ID_BLOCKS_AT, op.idNext, op.idBlocks) === op.idNext ? null : publishBlocks;
}
