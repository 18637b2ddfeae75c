import { valueLengthAt } from '../wal/memory-record.ts';
import { type Bytes, compareWithBytes, freshBytes, keyBytes, prefixEnd } from './bytes.ts';
import { ArgumentError } from './errors.ts';
import { highKeyAt, highKeyLength, RIGHT } from './frame.ts';
import type { HeldSnapshot } from './held-snapshot.ts';
import { mergeLeaf } from './merge.ts';
import type { Session } from './session.ts';
import { visitLeaf } from './steps/visit-leaf.ts';
import { visitLeafAt } from './steps/visit-leaf-at.ts';
import { copyValue } from './value.ts';
import { mergeAt } from './versions.ts';

/** Which keys to go over, and how. */
export interface RangeOptions {
  /** Above this key. */
  readonly gt?: Bytes | undefined;
  /** At or above this key. */
  readonly gte?: Bytes | undefined;
  /** Below this key. */
  readonly lt?: Bytes | undefined;
  /** At or below this key. */
  readonly lte?: Bytes | undefined;
  /** Only keys that start so. */
  readonly prefix?: Bytes | undefined;
  /** From the last key to the first. */
  readonly reverse?: boolean | undefined;
  /** At most this many. */
  readonly limit?: number | undefined;
}

/** A bound: its key, and whether the key itself is inside. */
interface Bound {
  readonly key: Uint8Array;
  readonly inside: boolean;
}

/** Where a reader takes its snapshot from. */
export interface Instant {
  /** The snapshot to read at; null: each leaf as it is. */
  readonly held: HeldSnapshot | null;
  /** The range goes on beyond its first leaf: whether it is to be read again, at a snapshot now held for `reader`. */
  begin(reader: object): boolean;
  /** The range is at its end. */
  end(): void;
}

/**
 * Goes over a range leaf by leaf. A leaf is copied whole into one buffer, of which keys and values are views, and nothing
 * stays pinned between: the consumer may take its time, write to the tree, or stop. Keys come in order and once.
 *
 * Without an instant each leaf is read as it is when its turn comes: a key that is there all the while is not missed.
 */
export class RangeReader {
  /** Entries of the current leaf, and the one that comes next. */
  count = 0;
  at = 0;
  private buffer: Uint8Array = new Uint8Array(0);
  private starts = new Int32Array(64);
  private readonly session: Session;
  private readonly name: string;
  private readonly rootPid: number;
  private readonly reverse: boolean;
  private readonly withValues: boolean;
  private readonly low: Bound | null;
  private readonly high: Bound | null;
  private cursor: Bound | null;
  private left: number;
  private ended = false;
  private readonly instant: Instant | null;

  constructor(
    session: Session,
    name: string,
    rootPid: number,
    options: RangeOptions,
    withValues: boolean,
    instant: Instant | null,
  ) {
    this.instant = instant;
    this.session = session;
    this.name = name;
    this.rootPid = rootPid;
    this.withValues = withValues;
    this.reverse = options.reverse === true;
    this.low = lowBound(options);
    this.high = highBound(options);
    this.left = limitOf(options);
    this.cursor = this.reverse ? this.high : this.low;
  }

  /** Makes sure that there is an entry at {@link RangeReader.at}; false: the range is at its end. */
  fill(): boolean {
    while (this.at === this.count) {
      if (this.ended || this.left === 0) return this.end();
      this.readNext();
    }
    return true;
  }

  /** Ends the range here. */
  end(): boolean {
    this.ended = true;
    this.at = this.count;
    this.instant?.end();
    return false;
  }

  /** A range within one leaf is of one instant anyway; one that goes on is read again from its start, at a snapshot. */
  private readNext(): void {
    const { cursor, left } = this;
    this.readLeaf();
    if (this.ended || this.left === 0 || this.instant?.begin(this) !== true) return;
    this.cursor = cursor;
    this.left = left;
    this.readLeaf();
  }

  /** The key of entry `index`. */
  key(index: number): Uint8Array {
    return this.buffer.subarray(this.starts[2 * index], this.starts[2 * index + 1]);
  }

  /** The value of entry `index`. */
  value(index: number): Uint8Array {
    return this.buffer.subarray(this.starts[2 * index + 1], this.starts[2 * index + 2]);
  }

  private readLeaf(): void {
    const { session, cursor } = this;
    const { op } = session;
    op.rootPid = this.rootPid;
    session.treeName = this.name;
    if (cursor === null) session.setKey(this.buffer, this.reverse ? -1 : 0);
    else session.setKey(cursor.key, cursor.key.length);
    op.ownStrict = this.reverse && (cursor === null || !cursor.inside);
    const held = this.instant?.held ?? null;
    if (held !== null) held.select(op);
    session.read(held === null ? visitLeaf : visitLeafAt);
    try {
      if (held === null) mergeLeaf(session.memory, op.scratch, op.frame, op.filled);
      else mergeAt(session.memory, op.scratch, op);
      const from = this.low === null ? 0 : this.countBelow(this.low.key, !this.low.inside);
      const to = this.high === null ? op.scratch.count : this.countBelow(this.high.key, this.high.inside);
      this.copy(this.atCursor(from, to, true), this.atCursor(from, to, false));
      this.advance();
    } finally {
      session.leave();
    }
  }

  /** The part of the leaf that the cursor has not passed: its start, or its end. */
  private atCursor(from: number, to: number, start: boolean): number {
    const { cursor } = this;
    if (cursor === null) return start ? from : to;
    if (start) return this.reverse ? from : Math.max(from, this.countBelow(cursor.key, !cursor.inside));
    return this.reverse ? Math.min(to, this.countBelow(cursor.key, cursor.inside)) : to;
  }

  private copy(from: number, to: number): void {
    const { memory, op } = this.session;
    const { scratch } = op;
    const count = Math.max(0, Math.min(to - from, this.left));
    const first = this.reverse ? to - 1 : from;
    const step = this.reverse ? -1 : 1;
    let bytes = 0;
    for (let i = 0, at = first; i < count; i++, at += step) bytes += this.entryBytes(at);
    if (this.starts.length < 2 * count + 1) this.starts = new Int32Array(4 * count);
    this.buffer = freshBytes(bytes);
    let end = 0;
    for (let i = 0, at = first; i < count; i++, at += step) {
      this.starts[2 * i] = end;
      memory.readBytes(scratch.keyAt[at], this.buffer, end, scratch.keyLength[at]);
      end += scratch.keyLength[at];
      this.starts[2 * i + 1] = end;
      if (!this.withValues) continue;
      copyValue(memory, scratch.reference[at], this.buffer, end);
      end += valueLengthAt(memory, scratch.reference[at]);
    }
    this.starts[2 * count] = end;
    this.count = count;
    this.at = 0;
    this.left -= count;
  }

  private entryBytes(at: number): number {
    const { scratch } = this.session.op;
    const value = this.withValues ? valueLengthAt(this.session.memory, scratch.reference[at]) : 0;
    return scratch.keyLength[at] + value;
  }

  /** Moves the cursor to the leaf's end, and sees whether the range ends there. */
  private advance(): void {
    const { memory, op } = this.session;
    if (this.reverse) {
      this.ended =
        op.lowLength === 0 ||
        (this.low !== null && compareWithBytes(memory, op.lowAt, op.lowLength, this.low.key) <= 0);
      if (!this.ended) this.cursor = { key: this.leastSeen(), inside: false };
      return;
    }
    const highAt = highKeyAt(memory, op.frame);
    const highLength = highKeyLength(memory, op.frame);
    this.ended = memory.read32(op.frame + RIGHT) === 0;
    if (!this.ended && this.high !== null) {
      const order = compareWithBytes(memory, highAt, highLength, this.high.key);
      this.ended = order > 0 || (order === 0 && !this.high.inside);
    }
    if (!this.ended) this.cursor = { key: this.keyCopy(highAt, highLength), inside: true };
  }

  /**
   * The least key that the leaf is known to cover: where the search came in, or the least that it holds: a leaf whose left
   * neighbours collapsed reaches further left than the entry of the parent that led to it.
   */
  private leastSeen(): Uint8Array {
    const { memory, op } = this.session;
    const { scratch } = op;
    const low = this.keyCopy(op.lowAt, op.lowLength);
    const holdsLess = scratch.count > 0 && compareWithBytes(memory, scratch.keyAt[0], scratch.keyLength[0], low) < 0;
    return holdsLess ? this.keyCopy(scratch.keyAt[0], scratch.keyLength[0]) : low;
  }

  private keyCopy(at: number, length: number): Uint8Array {
    const key = new Uint8Array(length);
    this.session.memory.readBytes(at, key, 0, length);
    return key;
  }

  /** How many keys of the leaf are below a key; or, `included`, not above it. */
  private countBelow(key: Uint8Array, included: boolean): number {
    const { memory, op } = this.session;
    const { scratch } = op;
    let low = 0;
    let high = scratch.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compareWithBytes(memory, scratch.keyAt[middle], scratch.keyLength[middle], key);
      if (order < 0 || (order === 0 && included)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowBound(options: RangeOptions): Bound | null {
  const bounds: Bound[] = [];
  if (options.gt !== undefined) bounds.push({ key: new Uint8Array(keyBytes(options.gt)), inside: false });
  if (options.gte !== undefined) bounds.push({ key: new Uint8Array(keyBytes(options.gte)), inside: true });
  if (options.prefix !== undefined) bounds.push({ key: new Uint8Array(keyBytes(options.prefix)), inside: true });
  bounds.sort((a, b) => Buffer.compare(b.key, a.key) || Number(a.inside) - Number(b.inside));
  return bounds[0] ?? null;
}

function highBound(options: RangeOptions): Bound | null {
  const bounds: Bound[] = [];
  if (options.lt !== undefined) bounds.push({ key: new Uint8Array(keyBytes(options.lt)), inside: false });
  if (options.lte !== undefined) bounds.push({ key: new Uint8Array(keyBytes(options.lte)), inside: true });
  const end = options.prefix === undefined ? null : prefixEnd(keyBytes(options.prefix));
  if (end !== null) bounds.push({ key: end, inside: false });
  bounds.sort((a, b) => Buffer.compare(a.key, b.key) || Number(a.inside) - Number(b.inside));
  return bounds[0] ?? null;
}

function limitOf(options: RangeOptions): number {
  const { limit } = options;
  if (limit === undefined || limit === Number.POSITIVE_INFINITY) return Number.MAX_SAFE_INTEGER;
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw new ArgumentError(`limit must be an integer from 0 on, not ${limit}.`);
  return limit;
}
