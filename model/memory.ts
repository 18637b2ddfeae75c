/**
 * Shared memory as step functions see it: 32-bit words reached by address, through atomic and plain accesses.
 *
 * Addresses are indexes of words; a byte address is `word address * 4 + i`. Values are int32, as `Int32Array` gives
 * them. Production code implements this over a `SharedArrayBuffer`; the checker implements it again, and that is all
 * the two have to agree on.
 */
export interface Memory {
  /** Sequentially consistent read. */
  load(address: number): number;
  /** Sequentially consistent write. */
  store(address: number, value: number): void;
  /** Writes `replacement` if the word is `expected`; returns the word found. */
  compareExchange(address: number, expected: number, replacement: number): number;
  /** Adds with 32-bit wrap-around; returns the word found. */
  add(address: number, delta: number): number;
  /**
   * If the word is `expected`, the thread sleeps before its next step until notified, or until `timeoutMs` pass
   * (`Infinity`: never). The last thing a step does with memory.
   */
  wait(address: number, expected: number, timeoutMs: number): void;
  /** Wakes at most `count` threads that wait on the word, the longest waiting first. */
  notify(address: number, count: number): void;

  /** Plain read of a word: private, or published and immutable. So are all below. */
  read32(address: number): number;
  write32(address: number, value: number): void;
  /** The byte address is even. */
  read16(byteAddress: number): number;
  write16(byteAddress: number, value: number): void;
  read8(byteAddress: number): number;
  write8(byteAddress: number, value: number): void;
  /** Copies words within shared memory; the ranges do not overlap. */
  copy(target: number, source: number, words: number): void;
  readBytes(byteAddress: number, target: Uint8Array, targetOffset: number, length: number): void;
  writeBytes(byteAddress: number, source: Uint8Array, sourceOffset: number, length: number): void;

  /** Annotation: an allocator handed out the words `[address, address + words)`. */
  acquired(address: number, words: number): void;
  /** Annotation: the block was given back; any access before it is acquired again is a violation. */
  released(address: number, words: number): void;
}

/**
 * A step function: at most one atomic action on memory, any amount of private work, then the step that follows, or
 * null when the operation is done. All it keeps from step to step is in the operation's registers.
 */
export interface Step<O> {
  (memory: Memory, operation: O): Step<O> | null;
}

/** Runs steps to their end, one thread alone. For `setup`, and for code that wants to use step functions directly. */
export function run<O>(memory: Memory, operation: O, first: Step<O> | null): void {
  let step = first;
  while (step !== null) step = step(memory, operation);
}
