import type { Access, TraceStep } from './trace.ts';

const WRITES: ReadonlySet<string> = new Set(['store', 'cas', 'add', 'write', 'write8', 'write16', 'copy to', 'set']);
const READS: ReadonlySet<string> = new Set([
  'load',
  'cas',
  'cas failed',
  'add',
  'wait',
  'wait not',
  'read',
  'read8',
  'read16',
  'copy from',
  'read bytes',
]);
const ATOMIC: ReadonlySet<string> = new Set([
  'load',
  'store',
  'cas',
  'cas failed',
  'add',
  'wait',
  'wait not',
  'notify',
]);

/** Whether the access changes memory, were it to what was there before. */
export function isWrite({ kind }: Access): boolean {
  return WRITES.has(kind);
}

/** Whether what the access does depends on what it finds. */
export function isRead({ kind }: Access): boolean {
  return READS.has(kind);
}

/** Whether the access is an atomic action. */
export function isAtomic({ kind }: Access): boolean {
  return ATOMIC.has(kind);
}

/** Whether the order of two accesses may matter: to a word that one of them writes, or one wakes who sleeps by the other. */
export function conflict(a: Access, b: Access): boolean {
  if (!overlap(a, b)) return false;
  if (a.kind === 'notify' || b.kind === 'notify') return a.kind.startsWith('wait') || b.kind.startsWith('wait');
  return (isWrite(a) && (isRead(b) || isWrite(b))) || (isWrite(b) && isRead(a));
}

function overlap(a: Access, b: Access): boolean {
  return a.address < b.address + (b.words ?? 1) && b.address < a.address + (a.words ?? 1);
}

/** Reads of what was just read, and bytes written one after the other into a word, become one access. */
export function mergeAccesses(accesses: readonly Access[]): Access[] {
  const merged: Access[] = [];
  for (const access of accesses) {
    const again = merged.findLastIndex((each) => overlap(each, access));
    const before = again < 0 ? undefined : merged[again];
    const same = before?.kind === access.kind && before.address === access.address && before.words === access.words;
    if (before === undefined || !same || isAtomic(access)) merged.push({ ...access });
    else if (isWrite(access)) before.after = access.after;
    else if (!isRead(access)) merged.push({ ...access });
  }
  return merged;
}

/** Notes for every read which step wrote what it found. */
export function linkReads(steps: readonly TraceStep[]): void {
  const written = new Map<number, number>();
  for (const step of steps) {
    for (const access of step.accesses) {
      const words = Array.from({ length: access.words ?? 1 }, (_, i) => access.address + i);
      if (isRead(access)) {
        const from = Math.max(...words.map((word) => written.get(word) ?? 0));
        if (from > 0) access.from = from;
      }
      if (isWrite(access)) for (const word of words) written.set(word, step.number);
    }
  }
}

/** Gives words better names; those of released blocks mean different things at different times, and keep theirs. */
export function renameWords(steps: readonly TraceStep[], names: ReadonlyMap<number, string>): void {
  const all = steps.flatMap(({ accesses }) => accesses);
  const released = all.filter(({ kind }) => kind === 'released');
  for (const access of all) {
    if (released.some((block) => overlap(block, access))) continue;
    const { address, words = 1 } = access;
    const [first, last] = [names.get(address), names.get(address + words - 1)];
    if (words === 1) access.word = first ?? access.word;
    else if (first !== undefined && last !== undefined) access.word = first === last ? first : `${first} .. ${last}`;
  }
}
