import { pin, unpin } from '../../pagecache/epochs.ts';
import {
  COLLECT_CURSOR_AT,
  COLLECT_EPOCH_AT,
  COLLECT_PHASE_AT,
  COLLECTOR_AT,
  EPOCH_AT,
  FREE_PID_AT,
  NEXT_PID_AT,
  NOTE_FREE_PIDS,
} from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { keepPid } from '../../pagecache/page-ids.ts';
import { addressOf, deadWord, isCollapsed, isDead, isFrame, rightOf } from '../../pagecache/page-word.ts';
import { LEVEL, RIGHT } from '../frame.ts';
import { COLLECT_GRACE_EPOCHS, COLLECT_PIDS_PER_TURN } from '../limits.ts';
import type { EngineStep, Operation } from '../operation.ts';
import { mendLink, tendInner } from './mend.ts';
import { spare } from './spare.ts';

/*
 * Getting back the page ids of collapsed pages (README, "Page ids", D1 to D7): four walks over the page table, with a
 * grace period after each of the first three. Anyone does a turn, a bounded piece of a walk; where it stands is in shared
 * memory, so that the next one goes on, whoever it is.
 *
 * Out: `collected`, whether the last walk was finished. In: `afterCollect`.
 */

/** The walks. */
export const MARK = 0;
export const LINKS = 1;
export const ENTRIES = 2;
export const FREE = 3;

/** D1: one collector at a time; only its exit frees the claim for it. */
export function collect(memory: Memory, op: Operation): EngineStep | null {
  op.collected = false;
  if (memory.compareExchange(COLLECTOR_AT, 0, op.thread) !== 0) return op.afterCollect;
  op.rootPid = 0; // no root is changed: it has no right sibling
  op.nextPage = nextPage;
  op.samePage = visitPage;
  op.afterPin = beginTurn;
  return pin;
}

/** D2: a walk begins when the grace period after the one before is over. Private. */
function beginTurn(memory: Memory, op: Operation): EngineStep | null {
  op.walk = memory.read32(COLLECT_PHASE_AT);
  op.walked = memory.read32(COLLECT_CURSOR_AT);
  op.walkBudget = COLLECT_PIDS_PER_TURN;
  const since = ((op.epoch - memory.read32(COLLECT_EPOCH_AT)) << 2) >> 2; // epochs have 30 bits
  if (op.walked === 0 && op.walk !== MARK && since < COLLECT_GRACE_EPOCHS) return endTurn(memory, op);
  return readEnd;
}

function readEnd(memory: Memory, op: Operation): EngineStep | null {
  op.walkEnd = Math.min(memory.load(NEXT_PID_AT), op.layout.pages);
  return nextPage(memory, op);
}

/** On to the next page id, or to the end of the turn. Private. */
function nextPage(memory: Memory, op: Operation): EngineStep | null {
  if (op.walked + 1 >= op.walkEnd) return op.walk === FREE ? endFree(memory, op) : endWalk;
  if (op.walkBudget-- === 0) return op.walk === FREE ? endFree(memory, op) : endTurn(memory, op);
  op.walked++;
  return visitPage;
}

/** Reads the page word; also again, after the page was mended. */
function visitPage(memory: Memory, op: Operation): EngineStep | null {
  op.word = memory.load(op.layout.pageTableAt + op.walked);
  op.pid = op.walked;
  op.frame = addressOf(op.word);
  if (op.walk === MARK) return isCollapsed(op.word) ? markDead : nextPage(memory, op);
  if (op.walk === FREE) return isDead(op.word) ? freePid : nextPage(memory, op);
  return op.walk === LINKS ? followLink(memory, op) : followEntries(memory, op);
}

/** D3: collapsed pages become DEAD: they still forward to the right, and are given up unless something names them. */
function markDead(memory: Memory, op: Operation): EngineStep | null {
  memory.compareExchange(op.layout.pageTableAt + op.pid, op.word, deadWord(rightOf(op.word)));
  return nextPage(memory, op);
}

/** D4: what a right link names is spared, and so is what a page names that collapsed since D3. Private. */
function followLink(memory: Memory, op: Operation): EngineStep | null {
  if (isCollapsed(op.word)) {
    op.spared = rightOf(op.word);
    op.afterSpare = nextPage;
    return spare;
  }
  op.spared = isFrame(op.word) ? memory.read32(op.frame + RIGHT) : 0;
  if (op.spared === 0) return nextPage(memory, op);
  op.newRight = op.spared;
  op.afterSpare = linkFollowed;
  return spare;
}

/** The link is made to skip what has collapsed. */
function linkFollowed(memory: Memory, op: Operation): EngineStep | null {
  return op.spared === op.newRight ? nextPage(memory, op) : mendLink(memory, op);
}

/** D5: what entries of inner pages name is spared. Private. */
function followEntries(memory: Memory, op: Operation): EngineStep | null {
  return isFrame(op.word) && memory.read32(op.frame + LEVEL) > 0 ? tendInner(memory, op) : nextPage(memory, op);
}

/** D6: nothing names it any more, and nobody who followed a link to it is left. */
function freePid(memory: Memory, op: Operation): EngineStep | null {
  keepPid(memory, op, op.pid);
  return nextPage;
}

/** D7: the ids are everybody's, unless there are others on the shared stack: then they are this thread's, until its next turn. */
function endFree(memory: Memory, op: Operation): EngineStep | null {
  return memory.read32(op.threadAt + NOTE_FREE_PIDS) === 0 ? freed(op) : shareIds;
}

function shareIds(memory: Memory, op: Operation): EngineStep | null {
  const kept = op.threadAt + NOTE_FREE_PIDS;
  if (memory.compareExchange(FREE_PID_AT, 0, memory.read32(kept)) === 0) memory.write32(kept, 0);
  return freed(op);
}

function freed(op: Operation): EngineStep | null {
  return op.walked + 1 >= op.walkEnd ? endWalk : endTurn;
}

/** The walk is over: its grace period begins. */
function endWalk(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(COLLECT_EPOCH_AT, memory.load(EPOCH_AT));
  op.collected = op.walk === FREE;
  op.walk = op.collected ? MARK : op.walk + 1;
  op.walked = 0;
  return endTurn(memory, op);
}

/** The turn is over: where the walk stands is noted, then the claim is given back. Also after a failure on the way. */
export function endTurn(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(COLLECT_PHASE_AT, op.walk);
  memory.write32(COLLECT_CURSOR_AT, op.walked);
  op.afterUnpin = releaseCollector;
  return unpin;
}

function releaseCollector(memory: Memory, op: Operation): EngineStep | null {
  memory.store(COLLECTOR_AT, 0);
  return op.afterCollect;
}
