import { ArgumentError } from './errors.ts';
import { SLOT_INDEX_BITS } from './file-limits.ts';
import type { Memory } from './memory.ts';
import { classOfSlot, diskSlot, indexOfSlot, SLOT_CLASSES, SLOTS_MAX } from './slot-class.ts';

/**
 * The words in shared memory that say which slots on disk are taken (README, "Slots"). They stand in *slabs* of a fixed number
 * of slots of one class; in memory a slot is named by its number among all slabs' slots, 0 being none (slab 0 is not used).
 *
 *     | generation | checkpointer | next slab | image ids | cursor of each class | slab table | a word for each slot |
 *
 * A slab's word is `(class + 1) << 26 | ordinal among the slabs of its class`, written once; slabs are taken in order.
 */
export interface SlotSpace {
  /** Slabs in all. */
  readonly slabs: number;
  /** Slots of a slab. */
  readonly slabSlots: number;
  /** Classes of slots in use. */
  readonly classes: number;

  /** The manifest's generation: `generation << 1 | a walk is under way`. */
  readonly generationAt: number;
  /** The thread that makes a checkpoint, or 0. */
  readonly checkpointerAt: number;
  /** Never-used slabs start here. */
  readonly nextSlabAt: number;
  /** Image ids are given out in ranges; the next one. */
  readonly imageRangeAt: number;
  /** For each class a slot below which (in the order of slabs) there was none free when one was looked for; 0: begin anew. */
  readonly cursorsAt: number;
  readonly slabTableAt: number;
  readonly slotsAt: number;
  /** Where it ends. */
  readonly endAt: number;
}

/** Image ids in a range. */
export const IMAGE_RANGE_IDS = 1024;

/** Slots of a slab in production. */
export const SLAB_SLOTS = 64;

const LINE = 16;
const ORDINAL_MASK = 2 ** SLOT_INDEX_BITS - 1;

/**
 * Lays the words out from `at` on, a multiple of 16.
 * @throws ArgumentError when the numbers make no sense
 */
export function slotSpaceOf(
  at: number,
  slabs: number,
  slabSlots: number = SLAB_SLOTS,
  classes: number = SLOT_CLASSES,
): SlotSpace {
  if (at % LINE !== 0) throw new ArgumentError(`the words of slots begin at a multiple of 16, not ${at}`);
  if (slabs < 2 || slabSlots < 1 || slabs * slabSlots > SLOTS_MAX)
    throw new ArgumentError(`impossible: ${slabs} slabs`);
  if (classes < 1 || classes > SLOT_CLASSES) throw new ArgumentError(`there are no ${classes} classes of slots`);
  const cursorsAt = at + 4 * LINE;
  const slabTableAt = aligned(cursorsAt + classes);
  const slotsAt = aligned(slabTableAt + slabs);
  return {
    slabs,
    slabSlots,
    classes,
    generationAt: at,
    checkpointerAt: at + LINE,
    nextSlabAt: at + 2 * LINE,
    imageRangeAt: at + 3 * LINE,
    cursorsAt,
    slabTableAt,
    slotsAt,
    endAt: aligned(slotsAt + slabs * slabSlots),
  };
}

function aligned(words: number): number {
  return Math.ceil(words / LINE) * LINE;
}

/** Address of a slot's word. */
export function slotAt(space: SlotSpace, slot: number): number {
  return space.slotsAt + slot;
}

/** The slab that a slot belongs to. */
export function slabOf(space: SlotSpace, slot: number): number {
  return Math.floor(slot / space.slabSlots);
}

/** The word of a slab. */
export function slabWord(slotClass: number, ordinal: number): number {
  return ((slotClass + 1) << SLOT_INDEX_BITS) | ordinal;
}

/** The class of a slab that was taken. */
export function classOfSlab(memory: Memory, space: SlotSpace, slab: number): number {
  return (memory.read32(space.slabTableAt + slab) >>> SLOT_INDEX_BITS) - 1;
}

/** A slab's place among those of its class. */
export function ordinalOfSlab(memory: Memory, space: SlotSpace, slab: number): number {
  return memory.read32(space.slabTableAt + slab) & ORDINAL_MASK;
}

/** The slot on disk of a slot in memory. */
export function diskSlotOf(memory: Memory, space: SlotSpace, slot: number): number {
  const slab = slabOf(space, slot);
  const index = ordinalOfSlab(memory, space, slab) * space.slabSlots + (slot % space.slabSlots);
  return diskSlot(classOfSlab(memory, space, slab), index);
}

/** The first slab from `slab` on, below `end`, that has slots of the class; 0: there is none. */
export function findSlab(memory: Memory, space: SlotSpace, slotClass: number, slab: number, end: number): number {
  for (let i = slab; i < end; i++) if (classOfSlab(memory, space, i) === slotClass) return i;
  return 0;
}

/** How many slabs below `end` have slots of the class. */
export function countSlabs(memory: Memory, space: SlotSpace, slotClass: number, end: number): number {
  for (let i = end - 1; i > 0; i--) {
    if (classOfSlab(memory, space, i) === slotClass) return ordinalOfSlab(memory, space, i) + 1;
  }
  return 0;
}

/**
 * Fills the words in at open, alone, from the slots that the manifest names: first all of them go to
 * {@link SlotLoader.reserve}, then, after {@link SlotLoader.begin}, to {@link SlotLoader.take}.
 */
export class SlotLoader {
  readonly #memory: Memory;
  readonly #space: SlotSpace;
  readonly #slabs = new Float64Array(SLOT_CLASSES);
  readonly #firstSlab = new Float64Array(SLOT_CLASSES);

  constructor(memory: Memory, space: SlotSpace) {
    this.#memory = memory;
    this.#space = space;
  }

  /** Counts a slot on disk that will be taken. */
  reserve(slot: number): void {
    const slotClass = classOfSlot(slot);
    const slabs = Math.floor(indexOfSlot(slot) / this.#space.slabSlots) + 1;
    if (slabs > this.#slabs[slotClass]) this.#slabs[slotClass] = slabs;
  }

  /** Takes the slabs and writes the control words. False: there are more slabs than the space holds. */
  begin(generation: number, nextImageId: number): boolean {
    const space = this.#space;
    const memory = this.#memory;
    let slab = 1;
    for (let slotClass = 0; slotClass < space.classes; slotClass++) {
      const count = this.#slabs[slotClass];
      if (slab + count > space.slabs) return false;
      this.#firstSlab[slotClass] = slab;
      for (let i = 0; i < count; i++) memory.store(space.slabTableAt + slab + i, slabWord(slotClass, i));
      slab += count;
    }
    memory.store(space.nextSlabAt, slab);
    memory.store(space.generationAt, generation << 1);
    memory.store(space.imageRangeAt, Math.ceil(nextImageId / IMAGE_RANGE_IDS) | 0);
    return true;
  }

  /** Marks a reserved slot as taken; returns its name in memory, 0 when it was taken already. */
  take(slot: number, word: number): number {
    const { slabSlots, slotsAt } = this.#space;
    const name = this.#firstSlab[classOfSlot(slot)] * slabSlots + indexOfSlot(slot);
    if (this.#memory.load(slotsAt + name) !== 0) return 0;
    this.#memory.store(slotsAt + name, word);
    return name;
  }
}
