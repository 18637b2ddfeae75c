import { NOTE_BLOB } from '../pagecache/layout.ts';
import { run } from '../pagecache/memory.ts';
import { recordWords } from '../wal/memory-record.ts';
import { BLOB, PUT, TOMBSTONE } from '../wal/record.ts';
import type { Session } from './session.ts';
import { freeChain, writeBlob } from './steps/blob.ts';
import { write } from './steps/put.ts';

/** No bytes: the `expected` of a write without such a condition. */
export const NO_BYTES = new Uint8Array(0);

/**
 * Writes one key: the session's own key, set before, in the tree whose root the operation has. `value` null deletes.
 * `firstLsn` is PENDING (0), or ANCIENT for what is recovered and not logged. True when the condition held.
 */
export function writeKey(
  session: Session,
  treeId: number,
  condition: number,
  expected: Uint8Array,
  value: Uint8Array | null,
  firstLsn: number,
): boolean {
  const { op } = session;
  op.treeId = treeId;
  op.firstLsn = firstLsn;
  op.condition = condition;
  op.expected = expected;
  op.value = value ?? NO_BYTES;
  op.valueLength = op.value.length;
  op.kind = value === null ? TOMBSTONE : placeValue(session, value.length);
  try {
    session.write(write);
  } catch (error) {
    // No longer noted: after a stall, when the record that names the value may be public. Else nothing names it.
    const noted = session.memory.read32(op.threadAt + NOTE_BLOB) !== 0;
    if (op.kind === BLOB && noted) run(session.memory, op, freeChain);
    throw error;
  }
  const { applied } = op;
  session.leave();
  if (!applied && op.kind === BLOB) run(session.memory, op, freeChain);
  if (firstLsn === 0) session.nudgeKeeper();
  return applied;
}

/** Inside the leaf, or, when it is too large, in blocks of its own, which are written now. */
function placeValue(session: Session, length: number): number {
  const { op, layout } = session;
  if (recordWords(PUT, op.ownKeyLength, length) <= layout.inlineWords) return PUT;
  session.refuseWrite();
  session.runUnderPressure(writeBlob);
  return BLOB;
}
