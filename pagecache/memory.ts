/**
 * The one door to shared memory.
 *
 * Addresses are indexes of 32-bit words; a *byte address* is `word address * 4 + i`. Values are signed 32-bit integers,
 * as an `Int32Array` gives them. Two kinds of access exist, and keeping them apart is what makes the engine explorable:
 *
 * - **atomic** access is what threads synchronise on. JavaScript's Atomics are sequentially consistent, so trying every
 *   interleaving of them is the whole truth, provided that the program has no data race and no mixed-size access.
 * - **plain** access is only for memory that is private to the thread, or published and immutable.
 */
export interface Memory {
  /** Atomic read of a word. */
  load(address: number): number;
  /** Atomic write of a word. */
  store(address: number, value: number): void;
  /** Atomic compare-and-swap; returns the word that was found (equal to `expected`: it was swapped). */
  compareExchange(address: number, expected: number, replacement: number): number;
  /** Atomic fetch-and-add; returns the word that was found. */
  add(address: number, delta: number): number;
  /**
   * If the word is `expected`, the thread sleeps until it is notified or `timeoutMs` have passed, before its next step
   * runs. Must be the last thing a step does with memory: nothing may depend on how the wait ended.
   */
  wait(address: number, expected: number, timeoutMs: number): void;
  /** Wakes at most `count` threads that wait on the word. */
  notify(address: number, count: number): void;

  /** Plain read of a word. */
  read32(address: number): number;
  /** Plain write of a word. */
  write32(address: number, value: number): void;
  /** Plain read of an unsigned half word at an even byte address. */
  read16(byteAddress: number): number;
  /** Plain write of a half word at an even byte address. */
  write16(byteAddress: number, value: number): void;
  /** Plain read of an unsigned byte. */
  read8(byteAddress: number): number;
  /** Plain write of a byte. */
  write8(byteAddress: number, value: number): void;
  /** Plain copy of `words` words inside shared memory; the ranges do not overlap. */
  copy(target: number, source: number, words: number): void;
  /** Plain copy of `length` bytes out of shared memory. */
  readBytes(byteAddress: number, target: Uint8Array, targetOffset: number, length: number): void;
  /** Plain copy of `length` bytes into shared memory. */
  writeBytes(byteAddress: number, source: Uint8Array, sourceOffset: number, length: number): void;

  /**
   * Annotation: the block `[address, address + words)` now belongs to this thread. Costs nothing here; the checker uses
   * it, with {@link Memory.released}, to catch every use of freed memory.
   */
  acquired(address: number, words: number): void;
  /** Annotation: the block was given back; any access before the next {@link Memory.acquired} is an error. */
  released(address: number, words: number): void;
}

/**
 * A step function: at most one atomic action on shared memory and any amount of private work; returns the step that
 * comes next, or `null` when the operation is done.
 */
export interface Step<O> {
  (memory: Memory, operation: O): Step<O> | null;
}

/** Runs an operation's steps until it is done: all there is to running the engine. */
export function run<O>(memory: Memory, operation: O, first: Step<O> | null): void {
  let step = first;
  while (step !== null) step = step(memory, operation);
}

/** Above this length a call into the runtime beats a loop (measured: 20 ns for the call, 1 ns a byte for the loop). */
const LOOP_BYTES = 24;
const LOOP_WORDS = 8;

/** What shared memory consists of; it travels to other threads. */
export type SharedBuffer = SharedArrayBuffer;

/** The memory of production: typed-array views over one SharedArrayBuffer, one class, so that V8 inlines it. */
export class SharedMemory implements Memory {
  readonly buffer: SharedArrayBuffer;
  readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly halves: Uint16Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** New memory of `words` words, all zeros. The system gives it pages only as they are touched. */
  static allocate(words: number): SharedMemory {
    return new SharedMemory(new SharedArrayBuffer(words * 4));
  }

  load(address: number): number {
    return Atomics.load(this.words, address);
  }

  store(address: number, value: number): void {
    Atomics.store(this.words, address, value);
  }

  compareExchange(address: number, expected: number, replacement: number): number {
    return Atomics.compareExchange(this.words, address, expected, replacement);
  }

  add(address: number, delta: number): number {
    return Atomics.add(this.words, address, delta);
  }

  wait(address: number, expected: number, timeoutMs: number): void {
    Atomics.wait(this.words, address, expected, timeoutMs);
  }

  notify(address: number, count: number): void {
    Atomics.notify(this.words, address, count);
  }

  /** Waits without blocking the event loop; resolves when notified, changed or timed out. */
  async waitAsync(address: number, expected: number, timeoutMs: number): Promise<void> {
    const wait = Atomics.waitAsync(this.words, address, expected, timeoutMs);
    if (wait.async) await wait.value;
  }

  read32(address: number): number {
    return this.words[address];
  }

  write32(address: number, value: number): void {
    this.words[address] = value;
  }

  read16(byteAddress: number): number {
    return this.halves[byteAddress / 2];
  }

  write16(byteAddress: number, value: number): void {
    this.halves[byteAddress / 2] = value;
  }

  read8(byteAddress: number): number {
    return this.bytes[byteAddress];
  }

  write8(byteAddress: number, value: number): void {
    this.bytes[byteAddress] = value;
  }

  copy(target: number, source: number, words: number): void {
    const memory = this.words;
    if (words > LOOP_WORDS) memory.copyWithin(target, source, source + words);
    else for (let i = 0; i < words; i++) memory[target + i] = memory[source + i];
  }

  readBytes(byteAddress: number, target: Uint8Array, targetOffset: number, length: number): void {
    const bytes = this.bytes;
    if (length <= LOOP_BYTES) {
      for (let i = 0; i < length; i++) target[targetOffset + i] = bytes[byteAddress + i];
    } else {
      target.set(bytes.subarray(byteAddress, byteAddress + length), targetOffset);
    }
  }

  writeBytes(byteAddress: number, source: Uint8Array, sourceOffset: number, length: number): void {
    const bytes = this.bytes;
    if (length <= LOOP_BYTES) {
      for (let i = 0; i < length; i++) bytes[byteAddress + i] = source[sourceOffset + i];
    } else if (sourceOffset === 0 && length === source.length) {
      bytes.set(source, byteAddress);
    } else {
      bytes.set(source.subarray(sourceOffset, sourceOffset + length), byteAddress);
    }
  }

  acquired(_address: number, _words: number): void {}

  released(_address: number, _words: number): void {}
}
