import { SNAPSHOT_GONE } from '../../engine/operation.ts';
import { getAt } from '../../engine/steps/get-at.ts';
import { beginSnapshot, endSnapshot } from '../../engine/steps/snapshot.ts';
import type { Memory } from '../../model/index.ts';
import { type Call, failureOf, starter, valueOrNull } from './operations.ts';
import type { ThreadRegisters } from './registers.ts';

/* Snapshots as a thread of a scenario uses them: one at a time, kept in its registers between operations. */

/** Begins a snapshot; its result is its position, counted from the scenario's start. */
export const takeSnapshot: Call = {
  name: 'snapshot',
  arguments: [],
  begin: () => beginSnapshot,
  end: (_memory: Memory, op: ThreadRegisters) =>
    failureOf(op) ?? (op.snapshot - (op.layout.firstPosition >>> 0)) % 2 ** 31,
};

/** Reads a key at the thread's snapshot. */
export function getAtSnapshot(key: string): Call {
  return { name: 'getAt', arguments: [key], begin: starter(key, getAt), end: valueOrNull };
}

/** Reads a key at the thread's snapshot, which may have been given up: then the read says so. */
export function getIfHeld(key: string): Call {
  return {
    name: 'getIfHeld',
    arguments: [key],
    begin: starter(key, getAt),
    end: (memory, op) => (op.failure === SNAPSHOT_GONE ? 'given up' : valueOrNull(memory, op)),
  };
}

/** Ends it. */
export const dropSnapshot: Call = { name: 'end snapshot', internal: true, begin: () => endSnapshot };
