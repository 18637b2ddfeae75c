import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run, SharedMemory } from '../../pagecache/memory.ts';
import { classOfSlot, diskSlot, indexOfSlot } from '../../pagecache/slot-class.ts';
import { claimCheckpoint, endWalk, leaveCheckpoint, sweepSlots } from '../../pagecache/slot-generations.ts';
import { diskSlotOf, IMAGE_RANGE_IDS, SlotLoader, slotAt, slotSpaceOf } from '../../pagecache/slot-space.ts';
import {
  isDue,
  LIVE_SLOT,
  releasedSlot,
  releaseSlot,
  settleSlot,
  takeImageId,
  takeSlot,
} from '../../pagecache/slots.ts';
import { PlainSlotRegisters } from './slot-registers.ts';

// What several threads do at once is explored (spec/scenarios/slots.ts); here, one thread and production's sizes.

function bed(slabs: number): { memory: SharedMemory; op: PlainSlotRegisters; take: (slotClass: number) => number } {
  const space = slotSpaceOf(16, slabs);
  const memory = SharedMemory.allocate(space.endAt);
  memory.store(space.nextSlabAt, 1);
  const op = new PlainSlotRegisters(space, 3);
  const take = (slotClass: number): number => {
    op.slotClass = slotClass;
    run<PlainSlotRegisters>(memory, op, takeSlot);
    return op.slot;
  };
  return { memory, op, take };
}

function checkpoint(memory: SharedMemory, op: PlainSlotRegisters): void {
  for (const step of [claimCheckpoint, endWalk, sweepSlots, leaveCheckpoint]) run<PlainSlotRegisters>(memory, op, step);
}

describe('slots', () => {
  it('are taken from the beginning of each file on, and again two checkpoints after a walk that may have named them', () => {
    const { memory, op, take } = bed(20);
    const space = op.slots;
    const taken = Array.from({ length: 150 }, (_, i) => take(i % 3 === 0 ? 4 : 9));
    const onDisk = taken.map((slot) => diskSlotOf(memory, space, slot));
    for (const slotClass of [4, 9]) {
      const indexes = onDisk.filter((slot) => classOfSlot(slot) === slotClass).map(indexOfSlot);
      expect(indexes).toEqual(indexes.map((_, i) => i));
    }
    for (const slot of taken) {
      op.slot = slot;
      run<PlainSlotRegisters>(memory, op, settleSlot);
      expect(memory.load(slotAt(space, slot))).toBe(LIVE_SLOT);
    }
    op.slot = taken[0];
    run<PlainSlotRegisters>(memory, op, releaseSlot);
    expect(take(4)).not.toBe(taken[0]);
    checkpoint(memory, op);
    expect(take(4)).toBe(taken[0]);

    run<PlainSlotRegisters>(memory, op, claimCheckpoint); // a walk
    op.slot = taken[3];
    run<PlainSlotRegisters>(memory, op, releaseSlot);
    for (const step of [endWalk, sweepSlots, leaveCheckpoint]) run<PlainSlotRegisters>(memory, op, step);
    expect(take(4)).not.toBe(taken[3]);
    checkpoint(memory, op);
    expect(take(4)).toBe(taken[3]);
  });

  it('end when there is no slab left, and not before every slot is taken', () => {
    const { op, take } = bed(3);
    const taken = new Set<number>();
    for (let i = 0; i < 2 * op.slots.slabSlots; i++) taken.add(take(0));
    expect(taken.size).toBe(2 * op.slots.slabSlots);
    expect(taken.has(0)).toBe(false);
    expect(take(0)).toBe(0);
    expect(take(1)).toBe(0);
  });

  it('are due by their generation, also when that wraps', () => {
    expect(isDue(releasedSlot(7), 6)).toBe(false);
    expect(isDue(releasedSlot(7), 7)).toBe(true);
    expect(isDue(releasedSlot(2 ** 29), 2 ** 29 - 1)).toBe(false);
    expect(isDue(releasedSlot(0), 2 ** 30 - 1)).toBe(false);
    expect(isDue(LIVE_SLOT, 100)).toBe(false);
  });

  it('get image ids that are never the same', () => {
    const { memory, op } = bed(3);
    const other = new PlainSlotRegisters(op.slots, 3);
    memory.store(op.slots.imageRangeAt, -5); // near the end of what a word counts
    const ids = new Set<number>();
    for (let i = 0; i < 3 * IMAGE_RANGE_IDS; i++) {
      const registers = i % 2 === 0 ? op : other;
      run<PlainSlotRegisters>(memory, registers, takeImageId);
      ids.add(registers.imageId);
    }
    expect(ids.size).toBe(3 * IMAGE_RANGE_IDS);
    expect(Math.min(...ids)).toBe((2 ** 32 - 5) * IMAGE_RANGE_IDS);
  });
});

describe('slots at open', () => {
  it('are those that were named; all others are free, and taken first', () => {
    const named = fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(300)), {
      maxLength: 80,
      selector: ([slotClass, index]) => `${slotClass} ${index}`,
    });
    const check = fc.property(named, (places) => {
      const { memory, op, take } = bed(200);
      const loader = new SlotLoader(memory, op.slots);
      const slots = places.map(([slotClass, index]) => diskSlot(slotClass, index));
      for (const slot of slots) loader.reserve(slot);
      expect(loader.begin(12, 5000)).toBe(true);
      for (const slot of slots) {
        const name = loader.take(slot, LIVE_SLOT);
        expect(diskSlotOf(memory, op.slots, name)).toBe(slot);
        expect(loader.take(slot, LIVE_SLOT)).toBe(0); // named twice
      }
      run<PlainSlotRegisters>(memory, op, takeImageId);
      expect(op.imageId).toBeGreaterThanOrEqual(5000);
      const taken = new Set<number>(slots);
      for (let i = 0; i < 200; i++) {
        const slot = diskSlotOf(memory, op.slots, take(2));
        expect(taken.has(slot)).toBe(false);
        taken.add(slot);
      }
      const last = Math.max(...[...taken].filter((slot) => classOfSlot(slot) === 2).map(indexOfSlot));
      const highest = Math.max(-1, ...places.filter(([slotClass]) => slotClass === 2).map(([, index]) => index));
      expect(last).toBeLessThanOrEqual(Math.max(highest, 199 + places.length));
    });
    fc.assert(check, { numRuns: 100 });
  });

  it('need more room than there is: said so', () => {
    const { memory, op } = bed(3);
    const loader = new SlotLoader(memory, op.slots);
    loader.reserve(diskSlot(0, 64));
    loader.reserve(diskSlot(1, 0));
    expect(loader.begin(1, 1)).toBe(false);
  });
});
