import { type Bytes, keyBytes, valueBytes } from './bytes.ts';
import { ArgumentError, FullError } from './errors.ts';
import { OneInstant } from './held-snapshot.ts';
import { ALWAYS, type EngineStep, IF_ABSENT, IF_EQUAL, IF_PRESENT } from './operation.ts';
import { type RangeOptions, RangeReader } from './range.ts';
import { type Range, rangeOf } from './range-iterator.ts';
import type { Session } from './session.ts';
import { get } from './steps/get.ts';
import { neighbour } from './steps/neighbour.ts';
import { pop } from './steps/pop.ts';
import { keyCopy, useValue, valueCopy } from './value.ts';
import { NO_BYTES, writeKey } from './writer.ts';

/** A key and its value. */
export type Entry = [key: Uint8Array, value: Uint8Array];

/**
 * A named, ordered map from keys to values in a store. Every operation is synchronous and linearizable over all threads
 * that share the store: it takes effect at one instant between its call and its return.
 *
 * Keys are 0 to 1,024 bytes and ordered bytewise, values up to 16 MiB; a string stands for its UTF-8 bytes. Every method
 * throws {@link ArgumentError}, {@link KeyTooLongError} or {@link ValueTooLongError} for what is neither,
 * {@link ClosedError} when the store is closed and {@link TreeDroppedError} when the tree is gone; writes also throw
 * {@link FullError}, {@link PoisonedError} and {@link LogStalledError}.
 */
export class Tree {
  readonly name: string;
  private readonly session: Session;
  private readonly treeId: number;
  private readonly rootPid: number;

  /** Use `db.tree(name)`. */
  constructor(session: Session, name: string, treeId: number, rootPid: number) {
    this.session = session;
    this.name = name;
    this.treeId = treeId;
    this.rootPid = rootPid;
  }

  /** The key's value, a copy; undefined when there is none. */
  get(key: Bytes): Uint8Array | undefined {
    const { session } = this;
    this.setKey(key);
    session.read(get);
    const { result } = session.op;
    const value = result === 0 ? undefined : valueCopy(session.memory, result);
    session.leave();
    return value;
  }

  /**
   * Calls `use` with the key's value without copying it, and returns what it returns; undefined when there is none. The
   * view is valid only during the call, must not be written to, and `use` must be short and must not touch the store:
   * meanwhile no memory is reclaimed.
   */
  getView<T>(key: Bytes, use: (value: Uint8Array) => T): T | undefined {
    const { session } = this;
    this.setKey(key);
    session.read(get);
    const { result } = session.op;
    session.viewing = true;
    try {
      return result === 0 ? undefined : useValue(session.memory, result, use);
    } finally {
      session.viewing = false;
      session.leave();
    }
  }

  /** Whether the key has a value. */
  has(key: Bytes): boolean {
    this.setKey(key);
    this.session.read(get);
    const found = this.session.op.result !== 0;
    this.session.leave();
    return found;
  }

  /** Sets the key's value. On return it is in the tree and in the log's memory; see `db.durable()`. */
  put(key: Bytes, value: Bytes): void {
    this.setKey(key);
    writeKey(this.session, this.treeId, ALWAYS, NO_BYTES, valueBytes(value), 0);
  }

  /** Removes the key; true when it was there. */
  delete(key: Bytes): boolean {
    this.setKey(key);
    return this.write(IF_PRESENT, NO_BYTES, undefined);
  }

  /**
   * Sets the key's value to `next` if it is `expected`; true when it was. `undefined` stands for "absent" on both sides:
   * `compareAndSwap(key, undefined, value)` inserts only a new key, `compareAndSwap(key, value, undefined)` deletes.
   */
  compareAndSwap(key: Bytes, expected: Bytes | undefined, next: Bytes | undefined): boolean {
    this.setKey(key);
    if (expected !== undefined) return this.write(IF_EQUAL, valueBytes(expected), next);
    if (next === undefined) return !this.has(key);
    return this.write(IF_ABSENT, NO_BYTES, next);
  }

  /**
   * Replaces the key's value by `next(old)` atomically and returns the new one. `next` may run several times, so it must
   * be pure; `undefined` stands for "absent", and returned it deletes the key.
   */
  update(key: Bytes, next: (old: Uint8Array | undefined) => Bytes | undefined): Uint8Array | undefined {
    const own = keyBytes(key);
    for (;;) {
      const old = this.get(own);
      const replacement = next(old?.slice()); // what `next` does to its argument must not change what is compared
      const value = replacement === undefined ? undefined : valueBytes(replacement);
      if (this.compareAndSwap(own, old, value)) return value;
    }
  }

  /** The entry with the least key. */
  first(): Entry | undefined {
    this.session.setKey(NO_BYTES, 0);
    return this.find(false, true);
  }

  /** The entry with the greatest key. */
  last(): Entry | undefined {
    this.session.setKey(NO_BYTES, -1);
    return this.find(true, false);
  }

  /** The entry with the greatest key below `key`. */
  below(key: Bytes): Entry | undefined {
    this.setKey(key);
    return this.find(true, false);
  }

  /** The entry with the least key above `key`. */
  above(key: Bytes): Entry | undefined {
    this.setKey(key);
    return this.find(false, false);
  }

  /** The entry with the greatest key at or below `key`. */
  floor(key: Bytes): Entry | undefined {
    this.setKey(key);
    return this.find(true, true);
  }

  /** The entry with the least key at or above `key`. */
  ceiling(key: Bytes): Entry | undefined {
    this.setKey(key);
    return this.find(false, true);
  }

  /** Takes the entry with the least key out; undefined when the tree is empty. */
  popFirst(): Entry | undefined {
    return this.pop(false);
  }

  /** Takes the entry with the greatest key out; undefined when the tree is empty. */
  popLast(): Entry | undefined {
    return this.pop(true);
  }

  /**
   * The entries of a range, in key order, all as of one instant: when the iteration begins. A range that goes beyond one leaf
   * holds a snapshot until it is at its end or ended (`break`, `return()`), or the iterator is collected.
   */
  entries(options: RangeOptions = {}): Range<Entry> {
    return rangeOf<Entry>(this.opener(options, true), (reader, index) => [reader.key(index), reader.value(index)]);
  }

  /** The keys of a range, in order. */
  keys(options: RangeOptions = {}): Range<Uint8Array> {
    return rangeOf(this.opener(options, false), (reader, index) => reader.key(index));
  }

  /** The values of a range, in key order. */
  values(options: RangeOptions = {}): Range<Uint8Array> {
    return rangeOf(this.opener(options, true), (reader, index) => reader.value(index));
  }

  private opener(options: RangeOptions, withValues: boolean): () => RangeReader {
    if (typeof options !== 'object' || options === null) throw new ArgumentError('Range options are an object.');
    const { session, name, rootPid } = this;
    return () => new RangeReader(session, name, rootPid, options, withValues, new OneInstant(session));
  }

  private find(downwards: boolean, inclusive: boolean): Entry | undefined {
    const { session } = this;
    session.op.rootPid = this.rootPid;
    session.treeName = this.name;
    session.op.downwards = downwards;
    session.op.inclusive = inclusive;
    return this.takeEntry(neighbour, false);
  }

  private pop(downwards: boolean): Entry | undefined {
    const { op } = this.session;
    op.rootPid = this.rootPid;
    op.treeId = this.treeId;
    op.firstLsn = 0;
    op.downwards = downwards;
    this.session.treeName = this.name;
    const entry = this.takeEntry(pop, true);
    this.session.nudgeKeeper();
    return entry;
  }

  private takeEntry(step: EngineStep, writes: boolean): Entry | undefined {
    const { session } = this;
    if (writes) session.write(step);
    else session.read(step);
    const { result } = session.op;
    const { memory } = session;
    const entry: Entry | undefined = result === 0 ? undefined : [keyCopy(memory, result), valueCopy(memory, result)];
    session.leave();
    return entry;
  }

  private setKey(key: Bytes): void {
    const { session } = this;
    session.op.rootPid = this.rootPid;
    session.treeName = this.name;
    if (typeof key === 'string' && session.setAsciiKey(key)) return;
    const bytes = keyBytes(key);
    session.setKey(bytes, bytes.length);
  }

  private write(condition: number, expected: Uint8Array, next: Bytes | undefined): boolean {
    const value = next === undefined ? null : valueBytes(next);
    return writeKey(this.session, this.treeId, condition, expected, value, 0);
  }
}
