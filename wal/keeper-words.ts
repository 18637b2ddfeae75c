import { KEEPER_WORDS_AT } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import type { LogPosition } from './segment.ts';
import { STAGING_ENDS_AT, STAGING_WRITTEN_AT } from './staging.ts';

/*
 * What the keeper's role knows, in shared memory, so that a successor goes on from there. Only the role's holder writes
 * these words, plainly: the next holder takes the role after this one is known to be dead.
 */

const SEGMENT_AT = KEEPER_WORDS_AT + 4;
const OFFSET_AT = KEEPER_WORDS_AT + 5;
const SEQUENCE_AT = KEEPER_WORDS_AT + 6;
const WRITTEN_LSN_AT = KEEPER_WORDS_AT + 8; // and the word behind it: the high part
const LOGGED_BYTES_AT = KEEPER_WORDS_AT + 10; // and the word behind it
const SYNCS_AT = KEEPER_WORDS_AT + 12;

/** Where the next block of the log goes. */
export function readLogPosition(memory: Memory): LogPosition {
  return {
    segment: memory.read32(SEGMENT_AT),
    offset: memory.read32(OFFSET_AT),
    sequence: memory.read32(SEQUENCE_AT),
  };
}

/** Stores where the next block goes. */
export function writeLogPosition(memory: Memory, position: LogPosition): void {
  memory.write32(SEGMENT_AT, position.segment);
  memory.write32(OFFSET_AT, position.offset);
  memory.write32(SEQUENCE_AT, position.sequence);
}

/** The full LSN of the last position that is written to the log; it gives 32-bit positions their high part. */
export function readWrittenLsn(memory: Memory): number {
  return memory.read32(WRITTEN_LSN_AT + 1) * 2 ** 32 + (memory.read32(WRITTEN_LSN_AT) >>> 0);
}

/** Stores {@link readWrittenLsn}. */
export function writeWrittenLsn(memory: Memory, lsn: number): void {
  memory.write32(WRITTEN_LSN_AT, lsn | 0);
  memory.write32(WRITTEN_LSN_AT + 1, Math.floor(lsn / 2 ** 32));
}

/** Bytes written to the log since the store was opened. */
export function readLoggedBytes(memory: Memory): number {
  return memory.read32(LOGGED_BYTES_AT + 1) * 2 ** 32 + (memory.read32(LOGGED_BYTES_AT) >>> 0);
}

/** Adds to {@link readLoggedBytes}. */
export function addLoggedBytes(memory: Memory, bytes: number): void {
  const sum = readLoggedBytes(memory) + bytes;
  memory.write32(LOGGED_BYTES_AT, sum | 0);
  memory.write32(LOGGED_BYTES_AT + 1, Math.floor(sum / 2 ** 32));
}

/** How often the log was synced since the store was opened. */
export function readSyncs(memory: Memory): number {
  return memory.read32(SYNCS_AT) >>> 0;
}

/** Counts a sync. */
export function countSync(memory: Memory): void {
  memory.write32(SYNCS_AT, memory.read32(SYNCS_AT) + 1);
}

/** Sets the role's words for a store that was just opened: the log goes on at `position`, behind `lastLsn`. */
export function initialiseKeeperWords(memory: Memory, position: LogPosition, lastLsn: number): void {
  memory.write32(STAGING_ENDS_AT, 0);
  memory.write32(STAGING_ENDS_AT + 1, 0);
  memory.write32(STAGING_WRITTEN_AT, 0);
  writeLogPosition(memory, position);
  writeWrittenLsn(memory, lastLsn);
}
