import type { Step } from '../../pagecache/memory.ts';
import type { SlotSpace } from '../../pagecache/slot-space.ts';
import type { SlotRegisters } from '../../pagecache/slots.ts';

/** The registers of a thread that does nothing but take and release slots. */
export class PlainSlotRegisters implements SlotRegisters<PlainSlotRegisters> {
  readonly slots: SlotSpace;
  readonly thread: number;
  slot = 0;
  slotClass = 0;
  slotWord = 0;
  slotTaken = false;
  nextSlot = 0;
  slabEnd = 0;
  generation = 0;
  deadThread = 0;
  namedSlot = 0;
  imageId = 0;
  imageIdsLeft = 0;
  afterSlot: Step<PlainSlotRegisters> | null = null;

  constructor(slots: SlotSpace, thread: number) {
    this.slots = slots;
    this.thread = thread;
  }
}
