import { conflict, conflictWithAtomic, type Footprint } from '../footprint.ts';

/**
 * A data race between what two threads can do next, as a byte address; −1: none.
 *
 * By happens-before, a program has a race iff some sequentially consistent execution has two conflicting accesses, one
 * of them plain, that nothing orders; and then another execution has the two side by side (take away all that neither of
 * them depends on). So it is enough to look, in every reachable state, at what each thread does up to and including its
 * next atomic action, and at what it did after its last one.
 */
export function findRace(
  a: Footprint,
  floats: Int32Array,
  aFrom: number,
  aTo: number,
  b: Footprint,
  bFrom: number,
  bTo: number,
): number {
  const aLead = a.leadingCount;
  const bLead = b.leadingCount;
  let byte = conflict(a.entries, 0, aLead, b.entries, 0, bLead);
  if (byte < 0 && aTo > aFrom) byte = conflict(floats, aFrom, aTo, b.entries, 0, bLead);
  if (byte < 0 && bTo > bFrom) byte = conflict(a.entries, 0, aLead, floats, bFrom, bTo);
  if (byte < 0 && aTo > aFrom && bTo > bFrom) byte = conflict(floats, aFrom, aTo, floats, bFrom, bTo);
  if (byte < 0 && a.atomicAddress >= 0) byte = withAtomic(b, floats, bFrom, bTo, a);
  if (byte < 0 && b.atomicAddress >= 0) byte = withAtomic(a, floats, aFrom, aTo, b);
  return byte;
}

function withAtomic(plain: Footprint, floats: Int32Array, from: number, to: number, atomic: Footprint): number {
  const { atomicAddress, atomicAccess } = atomic;
  const byte = conflictWithAtomic(plain.entries, 0, plain.leadingCount, atomicAddress, atomicAccess);
  return byte >= 0 ? byte : conflictWithAtomic(floats, from, to, atomicAddress, atomicAccess);
}
