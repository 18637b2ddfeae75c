import { conflict, conflictWithAtomic, type Footprint } from '../program/footprint.ts';

/** What a thread may be doing in a state, as far as races go. */
export interface Surroundings {
  /** Its next transition. */
  next: Footprint;
  /** What floats: entries `from` to `to` of the store. */
  store: Int32Array;
  from: number;
  to: number;
}

/**
 * A data race between what two threads can do next, as a byte address; −1: none.
 *
 * By happens-before, a program has a race iff some sequentially consistent execution has two conflicting accesses, one
 * of them plain, that nothing orders; and then another execution has the two side by side (leave out all that neither
 * of them depends on). So it is enough to look, in every reachable state, at what each thread does up to and including
 * its next atomic action, and at what it did after its last one.
 */
export function findRace(a: Surroundings, b: Surroundings): number {
  let byte = conflict(a.next.entries, 0, a.next.leadingCount, b.next.entries, 0, b.next.leadingCount);
  if (byte < 0 && a.to > a.from) byte = conflict(a.store, a.from, a.to, b.next.entries, 0, b.next.leadingCount);
  if (byte < 0 && b.to > b.from) byte = conflict(a.next.entries, 0, a.next.leadingCount, b.store, b.from, b.to);
  if (byte < 0 && a.to > a.from && b.to > b.from) byte = conflict(a.store, a.from, a.to, b.store, b.from, b.to);
  if (byte < 0 && a.next.atomicAddress >= 0) byte = withAtomic(b, a.next);
  if (byte < 0 && b.next.atomicAddress >= 0) byte = withAtomic(a, b.next);
  return byte;
}

function withAtomic({ next, store, from, to }: Surroundings, { atomicAddress, atomicAccess }: Footprint): number {
  const byte = conflictWithAtomic(next.entries, 0, next.leadingCount, atomicAddress, atomicAccess);
  return byte >= 0 ? byte : conflictWithAtomic(store, from, to, atomicAddress, atomicAccess);
}
