import { PRESSURE_ATTEMPTS_AT_ONCE } from '../../engine/limits.ts';
import { Operation } from '../../engine/operation.ts';
import { Scratch } from '../../engine/scratch.ts';
import type { Layout } from '../../pagecache/layout.ts';

/** The set-up uses the area of the scenario's last thread, before the scenario begins. */
export function setupThread(layout: Layout): number {
  return layout.threads - 1;
}

/** The engine's registers, and what a scan keeps between leaves (in the engine: fields of the range reader). */
export class ThreadRegisters extends Operation {
  /** The least key that the scan has not seen. */
  cursor = 0;
  /** The keys seen, as a text. */
  seen = '';
  ended = false;
  /** Making a tree: its root, the root's frame, and whether the catalog names it. */
  plantedPid = 0;
  plantedFrame = 0;
  named = false;

  constructor(layout: Layout, thread: number) {
    super(layout, thread, new Scratch(64, 64));
  }
}

/** Registers that live from one operation to the next, or never change. */
const KEPT = new Set([
  'layout',
  'thread',
  'threadAt',
  'scratch',
  'drain',
  'helpTail',
  'stagedSeen',
  'snapshot',
  'snapshotSlot',
  'snapshotWord',
  'cursor',
  'seen',
  'ended',
  'blob', // from the writing of a large value to that of the record
  'plantedPid',
  'plantedFrame',
  'named',
]);
const fresh = new WeakMap<Layout, ThreadRegisters>();
let scrubbed: readonly string[] = [];

/** Gives every register the value of an object just made, but for the few that live from one operation to the next. */
export function scrubAll(op: ThreadRegisters): void {
  let model = fresh.get(op.layout);
  if (model === undefined) {
    model = new ThreadRegisters(op.layout, setupThread(op.layout));
    fresh.set(op.layout, model);
  }
  const source = model as unknown as Record<string, unknown>;
  const target = op as unknown as Record<string, unknown>;
  for (const name of namesOf(model)) target[name] = source[name];
}

function namesOf(model: object): readonly string[] {
  if (scrubbed.length === 0) scrubbed = Object.keys(model).filter((name) => !KEPT.has(name));
  return scrubbed;
}

const ROOM =
  'waitForRoom notifyKeeper sleepForRoom checkRecycled recycleRing recycleDecided releaseKeeper notifyRoom rereadDrained';
const ADVANCING = 'advanceFrontier readEntry rereadFrontier decideEntry passEntry';
const STAGING =
  'stage readStart nextEntry readStagingGoal readStagingEntry copyEntry storeEnd recyclePlace publishStaged';
const PLACING = 'readStaged claimPlace advanceTail advanceTailForOther decide';
const PRUNING =
  'readHorizon raiseHorizon readSlotsTop readSnapshot readKept claimPruning giveUpOldest readSnapshotTop raiseSnapshotTop readDeadsSlot readSlotOwner endDeadsSnapshot nextDeadsSnapshot';
const BUILDING =
  'choose claimRetired readFresh claim readNextChunk claimChunk advanceNextChunk scanChunk scanBlock scanHeap build allocate allocateRight allocateRoot haveRoot haveRightPid haveLeftPid unchain readStack takeStack takeUnused';
const DRAINING = 'drainLog readDrained rereadDrained checkDrained readMark';

/** The operation in which some registers serve another purpose. */
export const REAP = 'reap';

/** Registers of a phase, and the steps that may come next while they matter. */
const PHASES: readonly (readonly [registers: readonly string[], liveBefore: string])[] = [
  [['place'], `${PLACING} waitForRoom`],
  [['subject'], `moveEra help takePlace ${PLACING} ${ROOM} ${ADVANCING} ${STAGING}`],
  [['horizon'], 'raiseHorizon'],
  [['top', 'oldestSlot', 'oldestWord'], PRUNING],
  [['born', 'held'], `${PRUNING} ${BUILDING}`],
  [['frontier'], 'readEntry rereadFrontier decideEntry passEntry publishSnapshot checkHorizon'],
  [['entry'], `readEntry rereadFrontier decideEntry passEntry ${STAGING}`],
  [['goal'], `${ADVANCING} ${ROOM} ${DRAINING}`],
  [['position', 'stagingGoal', 'stagingStart', 'stagingEnd', 'budget', 'partOffset', 'partBlock'], STAGING],
  [['blockState'], 'claim markRetired storeLinked freeBlock storePrivate takeBack sweepBlock'],
  [['tag'], 'readRetiring markRetired'],
  [['other'], 'pinMover checkPin'],
  [
    ['mark'],
    `helpTail readStagedForTail readTailPlace moveTail storeMark ${DRAINING} ${ROOM} ${ADVANCING} ${STAGING} advanceToTail recycleToTail keepMark`,
  ],
];

/**
 * Registers that are dead before a step, so that states which differ in nothing else count once: between operations all
 * that the next one sets, within one those of a phase that is over.
 */
export function deadBefore(next: { readonly name: string } | null, operation: string | null): readonly string[] {
  if (next === null) return scrubbed;
  if (operation === REAP) return [];
  return PHASES.flatMap(([registers, live]) => (live.split(' ').includes(next.name) ? [] : registers));
}

/** However often an operation has waited for memory: never, once, or so often that it rests. (The last attempt is not reached.) */
export function scrub(op: ThreadRegisters): void {
  if (op.pressure > 1) op.pressure = PRESSURE_ATTEMPTS_AT_ONCE;
}
