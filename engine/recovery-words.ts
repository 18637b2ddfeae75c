import { RECOVERY_AT, RECOVERY_BYTES } from '../pagecache/layout.ts';
import type { SharedMemory } from '../pagecache/memory.ts';

/** What opening a store found on its disk. */
export interface Recovery {
  /** Whether the store had been closed cleanly, or was new. */
  readonly clean: boolean;
  /** Entries read from the checkpoint's image. */
  readonly imageEntries: number;
  /** Records read from the log. */
  readonly logRecords: number;
  /** The last LSN that was recovered. */
  readonly lastLsn: number;
  /** Where the log stopped making sense, when it did: everything before was taken, what followed was not. */
  readonly truncated: {
    readonly file: string;
    readonly offset: number;
    readonly reason: string;
    readonly lostBytes: number;
  } | null;
  readonly seconds: number;
}

/** What a new or temporary store recovers. */
export const NOTHING_RECOVERED: Recovery = {
  clean: true,
  imageEntries: 0,
  logRecords: 0,
  lastLsn: 0,
  truncated: null,
  seconds: 0,
};

/** Leaves the report in shared memory, so that every thread's `stats()` can tell. Written once, before the store is shared. */
export function writeRecovery(memory: SharedMemory, recovery: Recovery): void {
  const bytes = new TextEncoder().encode(JSON.stringify(recovery));
  const length = Math.min(bytes.length, RECOVERY_BYTES - 4);
  memory.write32(RECOVERY_AT, bytes.length === length ? length : 0);
  memory.writeBytes((RECOVERY_AT + 1) * 4, bytes, 0, length);
}

/** Reads what {@link writeRecovery} left. */
export function readRecovery(memory: SharedMemory): Recovery {
  const bytes = new Uint8Array(memory.read32(RECOVERY_AT));
  memory.readBytes((RECOVERY_AT + 1) * 4, bytes, 0, bytes.length);
  return bytes.length === 0 ? NOTHING_RECOVERED : JSON.parse(new TextDecoder().decode(bytes));
}
