import { classOfSlot, indexOfSlot, SLOT_CLASSES } from './slot-class.ts';

/** A set of slots on disk: a bit each. */
export class SlotSet {
  /** How many slots of each class are in the set. */
  readonly counts = new Float64Array(SLOT_CLASSES);
  readonly #bits: Uint8Array[] = Array.from({ length: SLOT_CLASSES }, () => new Uint8Array(64));

  /** Adds a slot; false: it was there. */
  add(slot: number): boolean {
    const slotClass = classOfSlot(slot);
    const index = indexOfSlot(slot);
    if (this.has(slotClass, index)) return false;
    if (index >>> 3 >= this.#bits[slotClass].length) this.#grow(slotClass, index >>> 3);
    this.#bits[slotClass][index >>> 3] |= 1 << (index & 7);
    this.counts[slotClass]++;
    return true;
  }

  has(slotClass: number, index: number): boolean {
    const bits = this.#bits[slotClass];
    return index >>> 3 < bits.length && (bits[index >>> 3] & (1 << (index & 7))) !== 0;
  }

  /** The first number from `from` on that no slot of the class has. */
  firstAbsent(slotClass: number, from: number): number {
    let index = from;
    while (this.has(slotClass, index)) index++;
    return index;
  }

  /** One more than the highest number of a slot of the class. */
  end(slotClass: number): number {
    const bits = this.#bits[slotClass];
    let end = bits.length * 8;
    while (end > 0 && !this.has(slotClass, end - 1)) end--;
    return end;
  }

  #grow(slotClass: number, byte: number): void {
    const next = new Uint8Array(2 * (byte + 1));
    next.set(this.#bits[slotClass]);
    this.#bits[slotClass] = next;
  }
}
