import type { Memory, Step } from './memory.ts';
import { countSlabs, findSlab, IMAGE_RANGE_IDS, type SlotSpace, slabOf, slabWord, slotAt } from './slot-space.ts';

/*
 * Taking slots on disk and giving them back (README, "Slots"). A slot's word is the truth:
 *
 *     FREE                  nothing names it: neither a manifest that counts nor a page
 *     HELD by a thread      taken; nothing names it but, perhaps, the page whose word that thread was about to change
 *     LIVE                  a page names it
 *     RELEASED(generation)  no page names it any more; manifests below that generation may
 *
 * A word's lowest two bits are its state; the rest is the thread, or the generation. A generation has 30 bits: one
 * checkpoint a second makes them last for 34 years between two openings.
 */

/** Word of a slot that anyone may take. */
export const FREE_SLOT = 0;
/** Word of a slot that a page names. */
export const LIVE_SLOT = 2;

const HELD = 1;
const RELEASED = 3;
const STATE_MASK = 3;

/** The word of a slot that a thread has taken. */
export function heldSlot(thread: number): number {
  return (thread << 2) | HELD;
}

/** The thread that holds the slot; 0: nobody does. */
export function holderOf(word: number): number {
  return (word & STATE_MASK) === HELD ? word >>> 2 : 0;
}

/** The word of a slot that is free once the manifest has reached the generation. */
export function releasedSlot(generation: number): number {
  return (generation << 2) | RELEASED;
}

/** Whether the slot is released, and free in this generation. */
export function isDue(word: number, generation: number): boolean {
  return (word & STATE_MASK) === RELEASED && (((generation << 2) - (word & ~STATE_MASK)) | 0) >= 0;
}

/** The registers that the steps below use. */
export interface SlotRegisters<O> {
  readonly slots: SlotSpace;
  readonly thread: number;
  /** The slot at hand, as it is named in memory; 0: none. */
  slot: number;
  slotClass: number;
  slotWord: number;
  /** Whether the slot at hand was taken. */
  slotTaken: boolean;
  nextSlot: number;
  slabEnd: number;
  generation: number;
  /** For {@link reapSlots}: whose slots, and which of them a page names; 0: none. */
  deadThread: number;
  namedSlot: number;
  /** The image id given out, and how many more the thread has. */
  imageId: number;
  imageIdsLeft: number;
  afterSlot: Step<O> | null;
}

/*
 * Taking a slot. In: `slotClass`, `afterSlot`. Out: `slot`, HELD by the thread; 0: there is no room for another slab.
 */

/** K1: reads the cursor of the class. */
export function takeSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slot = memory.load(op.slots.cursorsAt + op.slotClass);
  op.slotTaken = false;
  return op.slot === 0 ? readSlabs : readSlotWord;
}

/** K2: reads the word of the slot there. */
function readSlotWord<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  return memory.load(slotAt(op.slots, op.slot)) === FREE_SLOT ? holdSlot : passSlot(memory, op);
}

/** K3: CASes it from FREE to HELD. */
function holdSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slotTaken = memory.compareExchange(slotAt(op.slots, op.slot), FREE_SLOT, heldSlot(op.thread)) === FREE_SLOT;
  return passSlot;
}

/** Where the cursor goes next: the slot behind in the slab, or the next slab of the class. Private. */
function passSlot<O extends SlotRegisters<O>>(_memory: Memory, op: O): Step<O> | null {
  op.nextSlot = op.slot + 1;
  return op.nextSlot % op.slots.slabSlots === 0 ? readSlabs : moveCursor;
}

/** K4: CASes the cursor on; whoever was faster did the same. */
function moveCursor<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(op.slots.cursorsAt + op.slotClass, op.slot, op.nextSlot);
  return op.slotTaken ? op.afterSlot : takeSlot;
}

/** K5: looks for the next slab of the class among those that are taken. */
function readSlabs<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { slots } = op;
  op.slabEnd = memory.load(slots.nextSlabAt);
  const from = op.slot === 0 ? 1 : slabOf(slots, op.slot) + 1;
  const slab = findSlab(memory, slots, op.slotClass, from, op.slabEnd);
  if (slab > 0) {
    op.nextSlot = slab * slots.slabSlots;
    return moveCursor;
  }
  if (op.slotTaken) return op.afterSlot;
  if (op.slabEnd < slots.slabs) return claimSlab;
  op.slot = 0;
  return op.afterSlot;
}

/** K6: CASes the word of the next slab to the class. */
function claimSlab<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { slots, slabEnd } = op;
  const ordinal = countSlabs(memory, slots, op.slotClass, slabEnd);
  memory.compareExchange(slots.slabTableAt + slabEnd, 0, slabWord(op.slotClass, ordinal));
  return passSlab;
}

/** K7: moves the counter on; whoever was faster did the same. */
function passSlab<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(op.slots.nextSlabAt, op.slabEnd, op.slabEnd + 1);
  return readSlabs;
}

/*
 * A slot that the thread took. In: `slot`, `afterSlot`.
 */

/** S1: a page names it now: CASes it to LIVE, unless somebody has released it already. */
export function settleSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(slotAt(op.slots, op.slot), heldSlot(op.thread), LIVE_SLOT);
  return op.afterSlot;
}

/** S2: nothing names it, and nothing ever did: it is free again. */
export function giveSlotBack<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.store(slotAt(op.slots, op.slot), FREE_SLOT);
  return op.afterSlot;
}

/*
 * Releasing a slot that a page names no longer. By whoever changed the page's word, or by its reaper; twice does no harm, as long as
 * both were pinned before the change: until they unpin no slot that was released since is free again (see below). A slot
 * that was taken for a manifest only is released by its taker, and named there. In: `slot`, `afterSlot`.
 */

/** R1: reads the generation, *after* the page's word was changed. A walk that is under way may have named the slot. */
export function releaseSlot<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.generation = dueAfter(memory.load(op.slots.generationAt));
  return readReleased;
}

/** The generation in which a slot is free that is released now, from the generation's word. */
export function dueAfter(word: number): number {
  return (word >>> 1) + 1 + (word & 1);
}

/** R2: reads its word; it may have been released already. */
function readReleased<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.slotWord = memory.load(slotAt(op.slots, op.slot));
  return (op.slotWord & STATE_MASK) === RELEASED ? op.afterSlot : markReleased;
}

/** R3: CASes it to RELEASED; lost, when its taker settled it in between, or somebody released it: R2 again. */
function markReleased<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const at = slotAt(op.slots, op.slot);
  const lost = memory.compareExchange(at, op.slotWord, releasedSlot(op.generation)) !== op.slotWord;
  return lost ? readReleased : op.afterSlot;
}

/*
 * Image ids: unique for as long as anything can name the image. In: `afterSlot`. Out: `imageId`, up to 2^42.
 */

/** N1: the next id of the thread's range; N2: a new range. */
export function takeImageId<O extends SlotRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  if (op.imageIdsLeft === 0) {
    op.imageId = (memory.add(op.slots.imageRangeAt, 1) >>> 0) * IMAGE_RANGE_IDS;
    op.imageIdsLeft = IMAGE_RANGE_IDS;
  } else {
    op.imageId++;
  }
  op.imageIdsLeft--;
  return op.afterSlot;
}
