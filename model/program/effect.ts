import { ENTRY, type Footprint, READ, WRITE } from './footprint.ts';

/** What a move that was made touched: enough to tell which moves commute. Never changed. */
export interface Effect {
  readonly thread: number;
  /** Triples: first byte, end byte, READ or WRITE. Plain accesses before the atomic action, the action, plain ones after it, queues of sleepers (negative bytes). */
  readonly accesses: Int32Array;
  /** Entry of the atomic action; −1: there was none. */
  readonly atomicAt: number;
  /** Where the queues begin. */
  readonly queuesAt: number;
  /** Words read and written, hashed to a set of 32. */
  readonly reads: number;
  readonly writes: number;
  /** Whether a call begins, or ends, whose place in real time matters. */
  readonly begins: boolean;
  readonly ends: boolean;
  /** Set of threads that it woke or started. */
  readonly wakes: number;
  /** Whether the thread died. */
  readonly dies: boolean;
}

/** A range of more words counts as touching everything, in the sets of 32. */
const LONG_WORDS = 8;

/** The accesses of a footprint and of queues, as an {@link Effect} has them. */
export function accessesOf(
  footprint: Footprint,
  queues: readonly number[],
): Pick<Effect, 'accesses' | 'atomicAt' | 'queuesAt' | 'reads' | 'writes'> {
  const { entries, count, leading, atomicAddress, atomicAccess } = footprint;
  const hasAtomic = atomicAddress >= 0;
  const atomicAt = hasAtomic ? leading : -1;
  const queuesAt = count + (hasAtomic ? 1 : 0);
  const accesses = new Int32Array((queuesAt + queues.length) * ENTRY);
  let at = 0;
  for (let i = 0; i <= count; i++) {
    if (i === atomicAt) at = put(accesses, at, atomicAddress * 4, atomicAddress * 4 + 4, atomicAccess);
    if (i < count) at = put(accesses, at, entries[i * ENTRY], entries[i * ENTRY + 1], entries[i * ENTRY + 2]);
  }
  for (const address of queues) at = put(accesses, at, -4 * address - 4, -4 * address, WRITE);
  let reads = 0;
  let writes = 0;
  for (let i = 0; i < accesses.length; i += ENTRY) {
    const set = setOf(accesses[i], accesses[i + 1]);
    if (accesses[i + 2] === READ) reads |= set;
    else writes |= set;
  }
  return { accesses, atomicAt, queuesAt, reads, writes };
}

/** The footprint that an effect was made of. */
export function fillFootprint(footprint: Footprint, { accesses, atomicAt, queuesAt }: Effect): void {
  footprint.clear();
  for (let i = 0; i < queuesAt; i++) {
    const at = i * ENTRY;
    if (i === atomicAt) footprint.atomic(accesses[at] / 4, accesses[at + 2]);
    // The size of elements does not matter for conflicts.
    else footprint.plain(accesses[at], accesses[at + 1], accesses[at + 2], 4);
  }
}

/** Whether two moves of different threads may not commute. */
export function dependent(a: Effect, b: Effect): boolean {
  if ((a.begins && b.ends) || (a.ends && b.begins)) return true;
  if (((a.writes & (b.reads | b.writes)) | (a.reads & b.writes)) === 0) return false;
  return overlap(a, 0, a.accesses.length / ENTRY, b, 0, b.accesses.length / ENTRY);
}

/** Whether one of some entries of a move conflicts with one of some of another: same byte, one of them writes. */
export function overlap(a: Effect, aFrom: number, aTo: number, b: Effect, bFrom: number, bTo: number): boolean {
  const x = a.accesses;
  const y = b.accesses;
  for (let i = aFrom * ENTRY; i < aTo * ENTRY; i += ENTRY) {
    for (let j = bFrom * ENTRY; j < bTo * ENTRY; j += ENTRY) {
      if (x[i] < y[j + 1] && y[j] < x[i + 1] && (x[i + 2] === WRITE || y[j + 2] === WRITE)) return true;
    }
  }
  return false;
}

function put(accesses: Int32Array, at: number, first: number, end: number, access: number): number {
  accesses[at] = first;
  accesses[at + 1] = end;
  accesses[at + 2] = access;
  return at + ENTRY;
}

function setOf(firstByte: number, endByte: number): number {
  const first = firstByte >> 2;
  const last = (endByte - 1) >> 2;
  if (last - first >= LONG_WORDS) return -1;
  let set = 0;
  for (let word = first; word <= last; word++) set |= 1 << (Math.imul(word, 0x9e3779b1) >>> 27);
  return set;
}
