import type { Memory, Step } from './memory.ts';
import { slotAt } from './slot-space.ts';
import { dueAfter, FREE_SLOT, holderOf, isDue, LIVE_SLOT, releasedSlot, type SlotRegisters } from './slots.ts';

/*
 * The generation, moved by the one thread that makes a checkpoint. In: `afterSlot`.
 */

/** G1: claims the checkpointer's role, or ends with `slotTaken` false. */
export function claimCheckpoint<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slotTaken = memory.compareExchange(op.slots.checkpointerAt, 0, op.thread) === 0;
  return op.slotTaken ? readGeneration : op.afterSlot;
}

function readGeneration<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.generation = memory.load(op.slots.generationAt) >>> 1;
  return beginWalk;
}

/** G2: says that a walk is under way, *before* it reads any page. A walk that came to nothing has left that word as it is. */
function beginWalk<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.slots.generationAt, (op.generation << 1) | 1);
  return op.afterSlot;
}

/** G3: the manifest of the walk is durable: the next generation. */
export function endWalk<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.generation = memory.load(op.slots.generationAt) >>> 1;
  return storeGeneration;
}

function storeGeneration<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.generation++;
  memory.store(op.slots.generationAt, op.generation << 1);
  return op.afterSlot;
}

/** G4: gives the role back, at the end or after a failure. */
export function leaveCheckpoint<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.slots.checkpointerAt, 0);
  return op.afterSlot;
}

/*
 * Freeing released slots, by the checkpointer, after the generation moved **and** every thread that was pinned then has unpinned
 * since: the caller has made sure. In: `afterSlot`.
 */

/** W1: reads the generation: no slot is due that a later one has to wait for. */
export function sweepSlots<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.generation = memory.load(op.slots.generationAt) >>> 1;
  return readSweepEnd;
}

function readSweepEnd<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slabEnd = memory.load(op.slots.nextSlabAt);
  op.slot = op.slots.slabSlots;
  return nextSwept(op);
}

function nextSwept<O extends SlotRegisters<O>>(op: O): Step<O> | null {
  if (op.slot < op.slabEnd * op.slots.slabSlots) return sweepSlot;
  op.slotClass = 0;
  return resetCursor;
}

/** W2: reads a slot's word. */
function sweepSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slotWord = memory.load(slotAt(op.slots, op.slot));
  if (isDue(op.slotWord, op.generation)) return freeSlot;
  op.slot++;
  return nextSwept(op);
}

/** W3: due: nothing can name it any more. */
function freeSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(slotAt(op.slots, op.slot), op.slotWord, FREE_SLOT);
  op.slot++;
  return nextSwept(op);
}

/** W4: takers look from the beginning again, class by class. */
function resetCursor<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(op.slots.cursorsAt + op.slotClass, 0);
  op.slotClass++;
  return op.slotClass < op.slots.classes ? resetCursor : op.afterSlot;
}

/*
 * The slots that a dead thread held, by its reaper, who leaves the dead thread's pin for last. In: `deadThread`, `namedSlot` (read,
 * after its death, from the page that its note names: no other page can name a slot that it held), `afterSlot`.
 */

/** D1: reads the generation, *after* the page: what the page does not name may be in a manifest. */
export function reapSlots<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.generation = dueAfter(memory.load(op.slots.generationAt));
  return readReapEnd;
}

function readReapEnd<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slabEnd = memory.load(op.slots.nextSlabAt);
  op.slot = op.slots.slabSlots;
  return nextReaped(op);
}

function nextReaped<O extends SlotRegisters<O>>(op: O): Step<O> | null {
  return op.slot < op.slabEnd * op.slots.slabSlots ? reapSlot : reapCheckpointer;
}

/** D2: reads a slot's word. */
function reapSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slotWord = memory.load(slotAt(op.slots, op.slot));
  if (holderOf(op.slotWord) === op.deadThread) return settleReaped;
  op.slot++;
  return nextReaped(op);
}

/** D3: one that it held: LIVE when the page names it, else RELEASED; lost, when somebody released it. */
function settleReaped<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const word = op.slot === op.namedSlot ? LIVE_SLOT : releasedSlot(op.generation);
  memory.compareExchange(slotAt(op.slots, op.slot), op.slotWord, word);
  op.slot++;
  return nextReaped(op);
}

/** D4: the checkpointer's role is free again. What the dead thread's walk had named stays released for two generations. */
function reapCheckpointer<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(op.slots.checkpointerAt, op.deadThread, 0);
  return op.afterSlot;
}
