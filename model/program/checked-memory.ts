import { Violation } from '../errors.ts';
import { mixHigh, mixLow } from '../hash.ts';
import { widened } from '../machine.ts';
import type { Memory } from '../memory.ts';
import type { Access } from '../trace/trace.ts';
import { ACQUIRES, type Footprint, READ, RELEASES, WRITE } from './footprint.ts';

const NEUTRAL = 0;
const ACQUIRED = 1;
const RELEASED = 2;

/** In `atomics`: the step that runs has come to its `wait`. */
const WAITED = 1 << 20;

/** Position of a block state in the hash, beyond all words. */
const BLOCK_POSITION = 1 << 26;

/** Thrown out of a step in which its thread dies. */
export const DEATH_OF_THREAD = new Error('the thread dies here');

/** What the checker's memory asks its machine to do. */
export interface Scheduler {
  sleep(address: number, timeoutMs: number): void;
  wake(address: number, count: number): void;
}

/**
 * The checker's memory: it counts atomic actions, keeps an undo log and a running hash, and reports accesses out of
 * bounds or to released blocks. No threads run here at all, so nothing in it is atomic.
 */
export class CheckedMemory implements Memory {
  readonly words: Int32Array;
  low = 0;
  high = 0;
  /** Atomic actions of the step that runs. */
  atomics = 0;
  /** Plain writes behind the atomic action of the transition that runs, and the one before which its thread dies; −1: it does not. */
  counted = 0;
  /** Count those before the action, too. */
  countsAll = false;
  fatal = -1;
  /** What the transition that runs has accessed; null: nobody asks. */
  footprint: Footprint | null = null;
  /** Accesses for a trace; null: nobody asks. */
  recorded: Access[] | null = null;
  /** Whether writes are allowed: false while invariants look. */
  writable = true;
  /** Whether those that looked have seen a word that is not hashed. */
  sawIgnored = false;
  /** True during set-up, when one thread alone does any number of actions. */
  unchecked = false;

  private readonly halves: Uint16Array;
  private readonly bytes: Uint8Array;
  private readonly blocks: Uint8Array;
  private readonly ignored: Uint8Array;
  private readonly scheduler: Scheduler;
  /** Name of a word, for people. */
  readonly wordName: (address: number) => string;
  /** The word that the last violation was about. */
  offended = -1;
  /** Pairs (address, word before); for block states (~address, state before). */
  private log = new Int32Array(1 << 12);
  private logged = 0;

  constructor(
    words: number,
    scheduler: Scheduler,
    wordName: (address: number) => string,
    ignored: ((address: number) => boolean) | undefined,
  ) {
    this.words = new Int32Array(words);
    this.halves = new Uint16Array(this.words.buffer);
    this.bytes = new Uint8Array(this.words.buffer);
    this.blocks = new Uint8Array(words);
    this.ignored = new Uint8Array(words);
    this.scheduler = scheduler;
    this.wordName = wordName;
    if (ignored !== undefined) for (let i = 0; i < words; i++) this.ignored[i] = ignored(i) ? 1 : 0;
  }

  /** Where the undo log is now; {@link rollBack} goes back to it. */
  get mark(): number {
    return this.logged;
  }

  /** Memory as bytes, past all checks: for looking only. */
  get rawBytes(): Uint8Array {
    return this.bytes;
  }

  /** Makes the present the start: nothing before it can be undone. */
  forget(): void {
    this.logged = 0;
    this.atomics = 0;
  }

  rollBack(mark: number): void {
    const { log } = this;
    let at = this.logged;
    while (at > mark) {
      at -= 2;
      const address = log[at];
      if (address >= 0) this.words[address] = log[at + 1];
      else this.blocks[~address] = log[at + 1];
    }
    this.logged = mark;
  }

  /** Words and block states as text. */
  text(): string {
    const words = this.words.map((word, address) => (this.ignored[address] === 0 ? word : 0));
    return `${words.join()}/${this.blocks.join('')}`;
  }

  /** Takes note of words that somebody has a look at: whether all of them are hashed. */
  see(first: number, last: number): void {
    for (let i = first; i <= last; i++) if (this.ignored[i] !== 0) this.sawIgnored = true;
  }

  load(address: number): number {
    this.atomic(address, READ);
    const found = this.words[address];
    if (this.recorded !== null) this.record('load', address, found, found);
    return found;
  }

  store(address: number, value: number): void {
    this.atomic(address, WRITE);
    const found = this.words[address];
    this.set(address, value | 0);
    if (this.recorded !== null) this.record('store', address, found, value | 0);
  }

  compareExchange(address: number, expected: number, replacement: number): number {
    this.atomic(address, WRITE);
    const found = this.words[address];
    if (found === (expected | 0)) this.set(address, replacement | 0);
    // One that fails only reads.
    else if (this.footprint !== null) this.footprint.atomicAccess = READ;
    if (this.recorded !== null) {
      if (found === (expected | 0)) this.record('cas', address, found, replacement | 0);
      else this.record('cas failed', address, found, found, expected | 0);
    }
    return found;
  }

  add(address: number, delta: number): number {
    this.atomic(address, WRITE);
    const found = this.words[address];
    this.set(address, (found + delta) | 0);
    if (this.recorded !== null) this.record('add', address, found, (found + delta) | 0);
    return found;
  }

  wait(address: number, expected: number, timeoutMs: number): void {
    this.atomic(address, READ);
    this.atomics = WAITED;
    const found = this.words[address];
    if (found !== (expected | 0)) {
      if (this.recorded !== null) this.record('wait not', address, found, found, expected | 0);
      return;
    }
    if (this.recorded !== null) this.record('wait', address, found, found);
    if (this.unchecked)
      throw new Violation('deadlock', `setup waits for ${this.wordName(address)}: nobody else runs yet`);
    if (this.footprint !== null) this.footprint.queue = address;
    this.scheduler.sleep(address, timeoutMs);
  }

  notify(address: number, count: number): void {
    this.atomic(address, READ);
    if (this.footprint !== null) this.footprint.queue = address;
    if (this.recorded !== null) this.record('notify', address, this.words[address], this.words[address]);
    if (!this.unchecked) this.scheduler.wake(address, count);
  }

  read32(address: number): number {
    this.plain(address, 1, READ);
    if (this.recorded !== null) this.record('read', address, this.words[address], this.words[address]);
    return this.words[address];
  }

  write32(address: number, value: number): void {
    this.plain(address, 1, WRITE);
    if (this.recorded !== null) this.record('write', address, this.words[address], value | 0);
    this.set(address, value | 0);
  }

  read16(byteAddress: number): number {
    if ((byteAddress & 1) !== 0) throw new Violation('out of bounds', `read16 at the odd byte address ${byteAddress}`);
    this.plainBytes(byteAddress, 2, READ, 2);
    if (this.recorded !== null) this.recordRead('read16', byteAddress >>> 2, 1);
    return this.halves[byteAddress >>> 1];
  }

  write16(byteAddress: number, value: number): void {
    if ((byteAddress & 1) !== 0) throw new Violation('out of bounds', `write16 at the odd byte address ${byteAddress}`);
    this.plainBytes(byteAddress, 2, WRITE, 2);
    const shift = (byteAddress & 2) * 8;
    const address = byteAddress >>> 2;
    const word = (this.words[address] & ~(0xffff << shift)) | ((value & 0xffff) << shift);
    if (this.recorded !== null) this.record('write16', address, this.words[address], word);
    this.set(address, word);
  }

  read8(byteAddress: number): number {
    this.plainBytes(byteAddress, 1, READ, 1);
    if (this.recorded !== null) this.recordRead('read8', byteAddress >>> 2, 1);
    return this.bytes[byteAddress];
  }

  write8(byteAddress: number, value: number): void {
    this.plainBytes(byteAddress, 1, WRITE, 1);
    this.setByte(byteAddress, value);
  }

  copy(target: number, source: number, words: number): void {
    if (words === 0) return;
    this.plain(source, words, READ);
    this.plain(target, words, WRITE);
    if (this.recorded !== null) {
      this.recordRead('copy from', source, words);
      this.recorded.push({
        ...this.range(target, words),
        kind: 'copy to',
        before: this.words[target],
        after: this.words[source],
      });
    }
    for (let i = 0; i < words; i++) this.set(target + i, this.words[source + i]);
  }

  readBytes(byteAddress: number, target: Uint8Array, targetOffset: number, length: number): void {
    if (length === 0) return;
    this.plainBytes(byteAddress, length, READ, 1);
    requireRoom(target, targetOffset, length);
    if (this.recorded !== null) {
      const first = byteAddress >>> 2;
      this.recordRead('read bytes', first, ((byteAddress + length - 1) >>> 2) - first + 1);
    }
    for (let i = 0; i < length; i++) target[targetOffset + i] = this.bytes[byteAddress + i];
  }

  writeBytes(byteAddress: number, source: Uint8Array, sourceOffset: number, length: number): void {
    if (length === 0) return;
    this.plainBytes(byteAddress, length, WRITE, 1);
    requireRoom(source, sourceOffset, length);
    for (let i = 0; i < length; i++) this.setByte(byteAddress + i, source[sourceOffset + i]);
  }

  acquired(address: number, words: number): void {
    this.block(address, words, ACQUIRED);
  }

  released(address: number, words: number): void {
    this.block(address, words, RELEASED);
  }

  private atomic(address: number, access: number): void {
    this.atomics += 1;
    if (address >>> 0 !== address || address >= this.words.length || this.blocks[address] === RELEASED)
      this.reject(address, 1);
    if (!this.writable) this.observe(address, address, access);
    if (this.atomics > 1 && this.writable && !this.unchecked) {
      throw new Violation('two atomic actions', `a second atomic action, on ${this.wordName(address)}, in one step`);
    }
    if (this.footprint !== null) this.footprint.atomic(address, access);
  }

  private plain(address: number, words: number, access: number): void {
    const { blocks } = this;
    this.requireAwake();
    if (address >>> 0 !== address || !(words > 0 && address + words <= blocks.length)) this.reject(address, words);
    for (let i = 0; i < words; i++) if (blocks[address + i] === RELEASED) this.reject(address + i, 1);
    if (!this.writable) this.observe(address, address + words - 1, access);
    if (access === WRITE && (this.atomics > 0 || this.countsAll)) this.countWrite();
    if (this.footprint !== null) this.footprint.plain(address * 4, (address + words) * 4, access, 4);
  }

  private plainBytes(byteAddress: number, length: number, access: number, size: number): void {
    const { blocks } = this;
    const first = byteAddress >>> 2;
    const last = (byteAddress + length - 1) >>> 2;
    this.requireAwake();
    if (byteAddress >>> 0 !== byteAddress || !(length > 0 && last < blocks.length))
      this.reject(byteAddress / 4, length / 4);
    for (let i = first; i <= last; i++) if (blocks[i] === RELEASED) this.reject(i, 1);
    if (!this.writable) this.observe(first, last, access);
    if (access === WRITE && (this.atomics > 0 || this.countsAll)) this.countWrite();
    if (this.footprint !== null) this.footprint.plain(byteAddress, byteAddress + length, access, size);
  }

  /** Nothing comes behind a `wait` in its step: there it would happen before the thread sleeps, in production after. */
  private requireAwake(): void {
    if (this.atomics !== WAITED || !this.writable || this.unchecked) return;
    throw new Violation('exception', 'a step goes on with memory behind its wait, which must be the last that it does');
  }

  private countWrite(): void {
    if (this.counted === this.fatal) throw DEATH_OF_THREAD;
    this.counted += 1;
  }

  /** While invariants look: they may not write, and words that are not hashed are told of. */
  private observe(first: number, last: number, access: number): void {
    if (access === WRITE) throw new Violation('exception', 'an invariant writes to memory');
    this.see(first, last);
  }

  private reject(address: number, words: number): never {
    this.offended = address;
    if (address >= 0 && words > 0 && address + words <= this.words.length && Number.isInteger(address)) {
      throw new Violation('released memory', `access to ${this.wordName(address)}, which was released`);
    }
    throw new Violation('out of bounds', `access to ${words} words at address ${address} of ${this.words.length}`);
  }

  private block(address: number, words: number, state: number): void {
    if (address >>> 0 !== address || !(words >= 0 && address + words <= this.words.length)) this.reject(address, words);
    for (let i = address; i < address + words; i++) {
      const old = this.blocks[i];
      if (old === state) this.offended = i;
      if (state === RELEASED && old === RELEASED) {
        throw new Violation('released memory', `${this.wordName(i)} is released, though it was released before`);
      }
      if (state === ACQUIRED && old === ACQUIRED) {
        throw new Violation('released memory', `${this.wordName(i)} is handed out, though it was not released`);
      }
      this.push(~i, old);
      this.blocks[i] = state;
      this.low = (this.low + blockLow(i, state) - blockLow(i, old)) | 0;
      this.high = (this.high + blockHigh(i, state) - blockHigh(i, old)) | 0;
    }
    const size = state === RELEASED ? RELEASES : ACQUIRES;
    if (this.footprint !== null) this.footprint.plain(address * 4, (address + words) * 4, WRITE, size);
    if (this.recorded !== null) {
      const kind = state === RELEASED ? 'released' : 'acquired';
      this.recorded.push({ ...this.range(address, words), kind, before: 0, after: 0 });
    }
  }

  private setByte(byteAddress: number, value: number): void {
    const shift = (byteAddress & 3) * 8;
    const address = byteAddress >>> 2;
    const word = (this.words[address] & ~(0xff << shift)) | ((value & 0xff) << shift);
    if (this.recorded !== null) this.record('write8', address, this.words[address], word);
    this.set(address, word);
  }

  private set(address: number, value: number): void {
    const old = this.words[address];
    if (old === value) return;
    this.push(address, old);
    this.words[address] = value;
    if (this.ignored[address] !== 0) return;
    this.low = (this.low + mixLow(address, value) - mixLow(address, old)) | 0;
    this.high = (this.high + mixHigh(address, value) - mixHigh(address, old)) | 0;
  }

  private push(address: number, old: number): void {
    if (this.logged + 2 > this.log.length) this.log = widened(this.log);
    this.log[this.logged] = address;
    this.log[this.logged + 1] = old;
    this.logged += 2;
  }

  private record(kind: string, address: number, before: number, after: number, expected?: number): void {
    const more = expected === undefined ? {} : { expected };
    this.recorded?.push({ kind, word: this.wordName(address), address, before, after, ...more });
  }

  private recordRead(kind: string, address: number, words: number): void {
    const found = this.words[address];
    this.recorded?.push({ ...this.range(address, words), kind, before: found, after: found });
  }

  private range(address: number, words: number): { word: string; address: number; words?: number } {
    const word = this.wordName(address);
    return words === 1
      ? { word, address }
      : { word: `${word} .. ${this.wordName(address + words - 1)}`, address, words };
  }
}

/** A buffer that is too small would be filled, or read, in part, and differently in production. */
function requireRoom(buffer: Uint8Array, offset: number, length: number): void {
  if (offset >= 0 && offset + length <= buffer.length) return;
  throw new Violation('out of bounds', `${length} bytes at ${offset} of a buffer of ${buffer.length} bytes`);
}

function blockLow(address: number, state: number): number {
  return state === NEUTRAL ? 0 : mixLow(BLOCK_POSITION + address, state);
}

function blockHigh(address: number, state: number): number {
  return state === NEUTRAL ? 0 : mixHigh(BLOCK_POSITION + address, state);
}
