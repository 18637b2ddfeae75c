import type { Tree } from '../../engine/index.ts';

/*
 * What the threads of the process that gets killed write: a fixed sequence of operations for each thread, so that what is
 * found afterwards tells how many of them took effect, and whether that is a prefix.
 */

/** Keys that a thread writes, again and again. */
const SLOTS = 5003;
/** Every fifth operation deletes what was written three before it. So the last put of a sequence is always there. */
const DELETE_EVERY = 5;
const DELETE_BEHIND = 3;
const VALUE_BYTES = 150;

/** Threads that write. */
export const WRITERS = 2;

/** Runs operation `index` of a thread's sequence. `seen`: how many operations of the other thread had returned before. */
export function runOperation(tree: Tree, thread: number, index: number, seen: number): void {
  if (isDelete(index)) tree.delete(keyOf(thread, slotOf(index - DELETE_BEHIND)));
  else tree.put(keyOf(thread, slotOf(index)), bytesOf(index, seen));
}

/** A record found: which operation wrote it, and what that had seen. */
export interface Found {
  index: number;
  seen: number;
}

/** What a thread left behind, by slot; throws when a record is not one that was ever written. */
export function readBack(tree: Tree, thread: number): Map<number, Found> {
  const found = new Map<number, Found>();
  for (const [key, value] of tree.entries({ prefix: Uint8Array.of(thread) })) {
    const slot = Buffer.from(key).readUInt32BE(1);
    const bytes = Buffer.from(value);
    const record = { index: bytes.readUInt32BE(0), seen: bytes.readUInt32BE(4) };
    if (!bytes.equals(bytesOf(record.index, record.seen))) throw new Error(`The value in slot ${slot} is damaged.`);
    found.set(slot, record);
  }
  return found;
}

/**
 * After how many operations the sequence leaves exactly what was found; −1: after none, so it is no prefix.
 */
export function prefixLength(found: ReadonlyMap<number, Found>): number {
  const last = Math.max(-1, ...[...found.values()].map(({ index }) => index));
  // What follows the last put that is there can only be a delete.
  for (let length = last + 1; length <= last + 2; length++) {
    if (leavesExactly(length, found)) return length;
  }
  return -1;
}

function leavesExactly(length: number, found: ReadonlyMap<number, Found>): boolean {
  const expected = new Map<number, number>();
  for (let index = 0; index < length; index++) {
    if (isDelete(index)) expected.delete(slotOf(index - DELETE_BEHIND));
    else expected.set(slotOf(index), index);
  }
  if (expected.size !== found.size) return false;
  return [...expected].every(([slot, index]) => found.get(slot)?.index === index);
}

function isDelete(index: number): boolean {
  return index % DELETE_EVERY === DELETE_EVERY - 1;
}

function slotOf(index: number): number {
  return (index * 7919) % SLOTS;
}

function keyOf(thread: number, slot: number): Uint8Array {
  const key = Buffer.alloc(5, thread);
  key.writeUInt32BE(slot, 1);
  return key;
}

function bytesOf(index: number, seen: number): Uint8Array {
  const value = Buffer.alloc(VALUE_BYTES, index & 0xff);
  value.writeUInt32BE(index, 0);
  value.writeUInt32BE(seen, 4);
  return value;
}
