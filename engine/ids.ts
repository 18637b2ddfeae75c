import { ID_BLOCKS_AT, ID_NEXT_AT } from '../pagecache/layout.ts';
import { run } from '../pagecache/memory.ts';
import { findOrMakeTree, findTree, HIDDEN_PREFIX } from './catalog.ts';
import { BrokenError } from './errors.ts';
import type { Session } from './session.ts';
import { endOfBlocks, generateId, publishBlocks } from './steps/generate-id.ts';
import { Tree } from './tree.ts';

/*
 * Unique ids (README, "Ids"): blocks of them are reserved in a tree that users do not see, and a block is used only once its
 * reservation is on the disk. So no crash gives an id out twice; it leaves the rest of a block out.
 */

const IDS_TREE = new TextEncoder().encode(`${HIDDEN_PREFIX}ids`);
const BLOCKS_KEY = 'blocks';

/** Where ids go on, when a store was just opened: behind all blocks that were reserved. */
export function initialiseIds(session: Session): void {
  const blocks = findTree(session, IDS_TREE) === undefined ? 0 : reservedBlocks(idsTree(session));
  session.memory.store(ID_BLOCKS_AT, blocks);
  session.memory.store(ID_NEXT_AT, (endOfBlocks(blocks) + 1) | 0);
}

/** The next id; `sync` waits until everything written so far is on the disk. */
export function nextId(session: Session, sync: () => void): number {
  const { memory, op } = session;
  for (;;) {
    session.refuseWrite();
    run(memory, op, generateId);
    if (op.id !== 0) return op.id;
    reserve(session, op.idBlocks, sync);
  }
}

/** Makes sure that more than `known` blocks are reserved, durably. */
function reserve(session: Session, known: number, sync: () => void): void {
  const tree = idsTree(session);
  let blocks = reservedBlocks(tree);
  if (blocks <= known) {
    const old = blocks === 0 ? undefined : String(blocks);
    if (!tree.compareAndSwap(BLOCKS_KEY, old, String(blocks + 1))) return; // another thread was faster
    blocks++;
  }
  sync();
  session.op.idBlocks = blocks;
  run(session.memory, session.op, publishBlocks);
}

function reservedBlocks(tree: Tree): number {
  const bytes = tree.get(BLOCKS_KEY);
  if (bytes === undefined) return 0;
  const blocks = Number(new TextDecoder().decode(bytes));
  if (!Number.isInteger(blocks) || blocks < 1) throw new BrokenError('The count of reserved ids is none.');
  return blocks;
}

function idsTree(session: Session): Tree {
  const { treeId, rootPid } = findOrMakeTree(session, IDS_TREE);
  return new Tree(session, 'ids', treeId, rootPid);
}
