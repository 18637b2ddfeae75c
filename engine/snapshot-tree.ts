import { type Bytes, keyBytes } from './bytes.ts';
import { ArgumentError } from './errors.ts';
import type { HeldSnapshot } from './held-snapshot.ts';
import { type RangeOptions, RangeReader } from './range.ts';
import { type Range, rangeOf } from './range-iterator.ts';
import type { Session } from './session.ts';
import { getAt } from './steps/get-at.ts';
import type { Entry } from './tree.ts';
import { useValue, valueCopy } from './value.ts';

/**
 * A tree as it was at a snapshot's instant. Every method throws {@link SnapshotClosedError} once the snapshot has ended,
 * {@link SnapshotTooOldError} once it was given up, and {@link TreeDroppedError} when the tree was dropped since.
 */
export class SnapshotTree {
  readonly name: string;
  private readonly session: Session;
  private readonly held: HeldSnapshot;
  private readonly assertOpen: () => void;
  /** 0: there was no such tree. */
  private readonly rootPid: number;

  /** Use `snapshot.tree(name)`. `assertOpen` throws when the snapshot's handle was closed. */
  constructor(session: Session, held: HeldSnapshot, assertOpen: () => void, name: string, rootPid: number) {
    this.session = session;
    this.held = held;
    this.assertOpen = assertOpen;
    this.name = name;
    this.rootPid = rootPid;
  }

  /** The key's value, a copy; undefined when there was none. */
  get(key: Bytes): Uint8Array | undefined {
    if (!this.find(key)) return undefined;
    const { session } = this;
    const { result } = session.op;
    const value = result === 0 ? undefined : valueCopy(session.memory, result);
    session.leave();
    return value;
  }

  /** Calls `use` with the key's value without copying it; the same rules as for {@link Tree.getView}. */
  getView<T>(key: Bytes, use: (value: Uint8Array) => T): T | undefined {
    if (!this.find(key)) return undefined;
    const { session } = this;
    const { result } = session.op;
    session.viewing = true;
    try {
      return result === 0 ? undefined : useValue(session.memory, result, use);
    } finally {
      session.viewing = false;
      session.leave();
    }
  }

  /** Whether the key had a value. */
  has(key: Bytes): boolean {
    if (!this.find(key)) return false;
    const found = this.session.op.result !== 0;
    this.session.leave();
    return found;
  }

  /** The entry with the least key. */
  first(): Entry | undefined {
    return this.only({});
  }

  /** The entry with the greatest key. */
  last(): Entry | undefined {
    return this.only({ reverse: true });
  }

  /** The entry with the greatest key below `key`. */
  below(key: Bytes): Entry | undefined {
    return this.only({ lt: key, reverse: true });
  }

  /** The entry with the least key above `key`. */
  above(key: Bytes): Entry | undefined {
    return this.only({ gt: key });
  }

  /** The entry with the greatest key at or below `key`. */
  floor(key: Bytes): Entry | undefined {
    return this.only({ lte: key, reverse: true });
  }

  /** The entry with the least key at or above `key`. */
  ceiling(key: Bytes): Entry | undefined {
    return this.only({ gte: key });
  }

  /** The entries of a range, in key order. */
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

  /** Reads a key and leaves the thread pinned; false: there was no such tree. */
  private find(key: Bytes): boolean {
    this.assertOpen();
    const { session } = this;
    if (this.rootPid === 0) return false;
    if (!(typeof key === 'string' && session.setAsciiKey(key))) {
      const bytes = keyBytes(key);
      session.setKey(bytes, bytes.length);
    }
    session.op.rootPid = this.rootPid;
    session.treeName = this.name;
    this.held.select(session.op);
    session.read(getAt);
    return true;
  }

  private only(options: RangeOptions): Entry | undefined {
    const reader = this.opener({ ...options, limit: 1 }, true)();
    return reader.fill() ? [reader.key(0), reader.value(0)] : undefined;
  }

  private opener(options: RangeOptions, withValues: boolean): () => RangeReader {
    if (typeof options !== 'object' || options === null) throw new ArgumentError('Range options are an object.');
    const { session, name, rootPid, held, assertOpen } = this;
    const instant = { held, begin: () => false, end: () => undefined };
    return () => {
      assertOpen();
      const asked = rootPid === 0 ? { limit: 0 } : options;
      return new RangeReader(session, name, rootPid, asked, withValues, instant);
    };
  }
}
