import { endOfBlocks, generateId, publishBlocks } from '../../engine/steps/generate-id.ts';
import type { Memory, Mutant } from '../../model/index.ts';
import { ID_BLOCKS_AT, ID_NEXT_AT } from '../../pagecache/layout.ts';
import { instead } from './mutants.ts';
import type { Call } from './operations.ts';
import type { ThreadRegisters } from './registers.ts';
import type { EngineScenario } from './scenario.ts';

/* Unique ids, where the low word wraps: 4,096 blocks of 2^20 are 2^32. */

const BLOCKS = 4096;

const storeNext = (memory: Memory): null => {
  memory.store(ID_NEXT_AT, -2);
  return null;
};

/** The last two ids of 4,096 blocks are left. */
const twoLeft: readonly Call[] = [
  { name: 'store the next id', internal: true, begin: () => storeNext },
  { ...publish(BLOCKS), internal: true },
];

/** So many blocks are reserved: anybody may give their ids out. */
function publish(blocks: number): Call {
  return {
    name: 'reserveIds',
    arguments: [endOfBlocks(blocks - BLOCKS)],
    end: () => null,
    begin: (op: ThreadRegisters) => {
      op.idBlocks = blocks;
      return publishBlocks;
    },
  };
}

/** Takes an id, counted from the end of the first blocks; null: there is none before another block is reserved. */
const takeId: Call = {
  name: 'generateId',
  arguments: [],
  begin: () => generateId,
  end: (_memory, op) => (op.id === 0 ? null : op.id - endOfBlocks(BLOCKS)),
};

/** The next id is stored, not CASed. */
const storeId: Mutant = { step: 'takeId', weaken: 'casToStore', about: 'stores the next id' };

/** Blocks are stored, though another thread may have reserved more. */
const storeBlocks: Mutant = { step: 'raiseBlocks', weaken: 'casToStore', about: 'stores the count of blocks' };

/** The next id is taken, whether its block is reserved or not. */
const takeUnreserved = instead('readNextId', 'takes an id that is not reserved', (read, memory, op) => {
  op.idBlocks += 1;
  return read(memory, op);
});

/** Ids are unique and grow, in the order in which they are taken (and none is given out that is not reserved). */
export const uniqueIds: EngineScenario = {
  name: 'unique-ids',
  about: 'three threads take ids, two of them reserve blocks: each id once, growing, none that is not reserved',
  leaves: ['a'],
  prepare: twoLeft,
  pins: false,
  actors: [
    { name: 'p', does: [takeId, publish(BLOCKS + 1), takeId] },
    { name: 'q', does: [takeId, publish(BLOCKS + 2), takeId] },
    { name: 'r', does: [takeId, takeId] },
  ],
  finally: { 'no block is unpublished': (memory) => memory.load(ID_BLOCKS_AT) === BLOCKS + 2 },
  mutants: {
    'store the next id': storeId,
    'store the blocks': storeBlocks,
    'take what is not reserved': takeUnreserved,
  },
};
