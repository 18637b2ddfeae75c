import { pin } from '../../pagecache/epochs.ts';
import { HORIZON_AT, SNAPSHOT_TOP_AT, TAIL_AT } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { readEra, wholePosition } from '../../wal/era.ts';
import { advanceFrontier } from '../../wal/frontier.ts';
import { lsnWord } from '../../wal/ring.ts';
import { type EngineStep, NO_FAILURE, NO_SNAPSHOT_SLOT, type Operation, SNAPSHOT_GONE } from '../operation.ts';
import { claimedWord, SLOT_FREE } from '../snapshot-word.ts';

/*
 * Beginning and ending a snapshot (README, "Snapshots", S1 to S7): a position of the log below which everything is decided,
 * published in a slot where consolidations look for it. Never waits for a writer: what is undecided is decided here.
 *
 * Out: `snapshot`, `snapshotSlot`, `snapshotWord`, or `failure`; pinned still.
 */

/** S1: pins, reads the era, and takes a free slot. */
export function beginSnapshot(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.index = 0;
  op.afterPin = readEra;
  op.afterEra = claimSlot;
  return pin(memory, op);
}

function claimSlot(memory: Memory, op: Operation): EngineStep | null {
  const { layout } = op;
  if (op.index === layout.snapshots) {
    op.failure = NO_SNAPSHOT_SLOT;
    return null;
  }
  op.snapshotSlot = layout.snapshotsAt + op.index;
  if (memory.compareExchange(op.snapshotSlot, SLOT_FREE, claimedWord(op.thread)) === SLOT_FREE) return storeOwner;
  op.index++;
  return claimSlot;
}

/** S2: whose it is, for the reaper. */
function storeOwner(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.snapshotSlot + op.layout.snapshots, op.thread);
  return readSnapshotTop;
}

/** S3: consolidations look at the slots below the top. */
function readSnapshotTop(memory: Memory, op: Operation): EngineStep | null {
  op.top = memory.load(SNAPSHOT_TOP_AT);
  return op.top <= op.index ? raiseSnapshotTop : readSnapshotTail;
}

function raiseSnapshotTop(memory: Memory, op: Operation): EngineStep | null {
  return memory.compareExchange(SNAPSHOT_TOP_AT, op.top, op.index + 1) === op.top ? readSnapshotTail : readSnapshotTop;
}

/** S4: everything that is done by now has a place below the tail. */
function readSnapshotTail(memory: Memory, op: Operation): EngineStep | null {
  op.goal = memory.load(TAIL_AT);
  op.afterAdvance = publishSnapshot;
  return advanceFrontier;
}

/** S5: helps the frontier there: then all below is decided. The frontier is the position, published in the slot. */
function publishSnapshot(memory: Memory, op: Operation): EngineStep | null {
  op.snapshot = wholePosition(op.era, op.frontier);
  op.snapshotWord = lsnWord(op.frontier);
  memory.store(op.snapshotSlot, op.snapshotWord);
  return checkHorizon;
}

/** S6: a consolidation that did not find the slot may have dropped versions below the horizon: then again, above it. */
function checkHorizon(memory: Memory, op: Operation): EngineStep | null {
  op.goal = memory.load(HORIZON_AT);
  return ((op.goal - op.frontier) | 0) > 0 ? advanceFrontier : null;
}

/** S7: ends the thread's own snapshot. In: `snapshotSlot`. */
export function endSnapshot(memory: Memory, op: Operation): EngineStep | null {
  memory.store(op.snapshotSlot, SLOT_FREE);
  return null;
}

/** Whether what was read at a snapshot counts: it was still held when the leaf was read. The last step of every read at one. */
export function checkHeld(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(op.snapshotSlot) !== op.snapshotWord) op.failure = SNAPSHOT_GONE;
  return null;
}
