import { FREE, RETIRED, stateOf } from '../pagecache/block.ts';
import {
  COUNTERS,
  DURABLE_AT,
  EPOCH_AT,
  FRONTIER_AT,
  KEPT_AT,
  NEXT_CHUNK_AT,
  NEXT_PID_AT,
  POISON_CAUSE_AT,
  STAGED_AT,
  STORE_POISONED,
  STORE_STATE_AT,
  TAIL_AT,
  TICKET,
  threadArea,
} from '../pagecache/layout.ts';
import { readLoggedBytes, readSyncs, readWrittenLsn } from '../wal/keeper-words.ts';
import { errnoName } from './errno.ts';
import { type Recovery, readRecovery } from './recovery-words.ts';
import { COUNT_READS, COUNT_WRITES, type Session } from './session.ts';
import { isHeld } from './snapshot-word.ts';

/** What `db.stats()` tells. Counts are since the store was opened; sizes in bytes. */
export interface Statistics {
  /** Operations of all threads together. */
  readonly operations: { readonly reads: number; readonly writes: number };
  readonly memory: {
    /** The shared memory's size, and the part of it that has been touched by the heap. */
    readonly cacheBytes: number;
    readonly heapBytes: number;
    /** In blocks that hold a page or a large value. */
    readonly usedBytes: number;
    /** In blocks that were replaced, and are free again once no older reader can be inside. */
    readonly retiredBytes: number;
    /** Page ids given out. */
    readonly pages: number;
    readonly epoch: number;
  };
  readonly snapshots: {
    /** Held now, by whichever thread, those of iterators included. */
    readonly held: number;
    /** Bytes of old versions kept for them, about; a thread that dies may falsify it by a leaf's. */
    readonly keptBytes: number;
  };
  /** Threads attached, the opening one included. */
  readonly threads: number;
  readonly log: {
    /** Records between the tail and what is decided, staged, durable. */
    readonly undecided: number;
    readonly unstaged: number;
    readonly undurable: number;
    readonly bytes: number;
    readonly syncs: number;
    /** LSN of the last record written to the log file. */
    readonly lastLsn: number;
  };
  /** Whether a write or a sync failed, and how. */
  readonly poisoned: string | null;
  /** What opening the store found. */
  readonly recovery: Recovery;
}

/** Collects {@link Statistics} from shared memory. */
export function statisticsOf(session: Session): Statistics {
  const { memory, layout } = session;
  const durable = memory.load(DURABLE_AT);
  const staged = memory.load(STAGED_AT);
  const frontier = memory.load(FRONTIER_AT);
  const tail = memory.load(TAIL_AT); // last: it is ahead of the others
  const state = memory.load(STORE_STATE_AT);
  const { usedBytes, retiredBytes, heapBytes } = heapUse(session);
  return {
    operations: { reads: sum(session, COUNT_READS), writes: sum(session, COUNT_WRITES) },
    memory: {
      cacheBytes: layout.totalWords * 4,
      heapBytes,
      usedBytes,
      retiredBytes,
      pages: Math.min(memory.load(NEXT_PID_AT), layout.pages) - 1,
      epoch: memory.load(EPOCH_AT),
    },
    snapshots: { held: countSnapshots(session), keptBytes: Math.max(0, memory.load(KEPT_AT)) * 4 },
    threads: countThreads(session),
    log: {
      undecided: (tail - frontier) | 0,
      unstaged: (tail - staged) | 0,
      undurable: layout.stagingBytes === 0 ? 0 : (tail - durable) | 0,
      bytes: readLoggedBytes(memory),
      syncs: readSyncs(memory),
      lastLsn: readWrittenLsn(memory),
    },
    poisoned: (state & STORE_POISONED) === 0 ? null : errnoName(memory.load(POISON_CAUSE_AT)),
    recovery: readRecovery(memory),
  };
}

function sum(session: Session, counter: number): number {
  let total = 0;
  for (let thread = 1; thread < session.layout.threads; thread++) {
    total += session.memory.load(threadArea(session.layout, thread) + COUNTERS + counter) >>> 0;
  }
  return total;
}

function countSnapshots(session: Session): number {
  const { memory, layout } = session;
  let held = 0;
  for (let i = 0; i < layout.snapshots; i++) if (isHeld(memory.load(layout.snapshotsAt + i))) held++;
  return held;
}

function countThreads(session: Session): number {
  let threads = 0;
  for (let thread = 1; thread < session.layout.threads; thread++) {
    if (session.memory.load(threadArea(session.layout, thread) + TICKET) !== 0) threads++;
  }
  return threads;
}

/** Walks the state words of all blocks: a few milliseconds for a full heap. */
function heapUse(session: Session): { usedBytes: number; retiredBytes: number; heapBytes: number } {
  const { memory, layout } = session;
  const chunks = Math.min(memory.load(NEXT_CHUNK_AT), layout.chunks);
  let used = 0;
  let retired = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const sizeClass = memory.load(layout.chunkTableAt + chunk) - 1;
    if (sizeClass < 0) continue;
    const words = layout.classWords[sizeClass];
    const start = layout.heapAt + chunk * layout.chunkWords;
    for (let block = start; block + words <= start + layout.chunkWords; block += words) {
      const state = stateOf(memory.load(block));
      if (state === RETIRED) retired += words * 4;
      else if (state !== FREE) used += words * 4;
    }
  }
  return { usedBytes: used, retiredBytes: retired, heapBytes: chunks * layout.chunkWords * 4 };
}
