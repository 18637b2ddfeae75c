import { giveUpOldest } from '../../engine/steps/prune.ts';
import { retireOld } from '../../engine/steps/retire-old.ts';
import type { Memory, Mutant } from '../../model/index.ts';
import { instead } from './mutants.ts';

/* Mutants of snapshots. */

/** The snapshot's position is the tail as it is: what is undecided below may still come to be. */
export const snapshotAtTail = instead(
  'readSnapshotTail',
  'begins at the tail, undecided as it is',
  (read, memory, op) => {
    read(memory, op);
    op.frontier = op.goal;
    return op.afterAdvance;
  },
);

/** The horizon is raised after the slots were looked at. */
export const scanFirst = instead(
  ['readHorizon', 'readSlotsTop'],
  'looks at the snapshot slots before it raises the horizon',
  (original, memory, op) => {
    if (original.name === 'readSlotsTop') {
      if (op.planted !== 2) return original(memory, op);
      op.planted = 0;
      return op.afterPrune;
    }
    if (op.planted === 0) {
      op.planted = 1;
      op.onLost = op.afterPrune;
      op.afterPrune = original;
      return giveUpOldest(withoutSwap(memory), op);
    }
    if (op.planted === 1) op.afterPrune = op.onLost;
    op.planted = 2;
    return original(memory, op);
  },
);

/** A snapshot does not look whether the horizon has passed it. */
export const noReread = instead('checkHorizon', 'does not read the horizon again', () => null);

/** A consolidation keeps only the newest versions. */
export const pruneAll = instead('choose', 'keeps the newest version only', (choose, memory, op) => {
  op.held = 0;
  return choose(memory, op);
});

/** What a snapshot read is taken for right, though the snapshot may have been given up before. */
export const notHeld = instead('checkHeld', 'does not look whether the snapshot is still held', () => null);

/** A large value is retired with the frame that it leaves, though the new frame's history names it. */
export const retireNamed = instead('replaced', 'retires what the new history names', (replaced, memory, op) => {
  op.left = 0;
  op.right = 0;
  return replaced(memory, op);
});

/** The reaper takes everything that the dead's old frame named for left out. */
export const reapNamed = instead('findUnnamedBlobs', 'reaps what the tree still names', (_find, memory, op) => {
  op.left = 0;
  op.right = 0;
  return retireOld(memory, op);
});

/** A snapshot reader takes a record that has no position yet. */
export const readUndecided: Mutant = {
  step: 'readLsn',
  weaken: { load: (memory, address) => memory.load(address) || 4 },
  about: 'a snapshot reads what is undecided',
};

function withoutSwap(memory: Memory): Memory {
  const made = Object.create(memory) as Memory;
  made.compareExchange = (_address, expected) => expected;
  return made;
}
