import { remember } from '../pagecache/allocator.ts';
import { BLOB_NEXT } from '../pagecache/blob.ts';
import { asFree, FREE, GRACE_EPOCHS, stateOf } from '../pagecache/block.ts';
import { COLLECTOR_AT, DROPS, DROPS_AT, EPOCH_AT, FREE_PID_AT, KEPT_AT } from '../pagecache/layout.ts';
import type { Memory } from '../pagecache/memory.ts';
import { run } from '../pagecache/memory.ts';
import {
  addressOf,
  droppedWord,
  freePidWord,
  isDropped,
  isForwarding,
  isFrame,
  rightOf,
} from '../pagecache/page-word.ts';
import { blobOf, keyLengthAt, kindAt, recordWordsAt } from '../wal/memory-record.ts';
import { BLOB } from '../wal/record.ts';
import { listTrees } from './catalog.ts';
import {
  COUNT,
  childAt,
  EMPTY_SLOT,
  entryAt,
  FROZEN,
  historyAt,
  historyWords,
  LEVEL,
  RIGHT,
  SLOTS,
  slotAt,
  slotRecord,
} from './frame.ts';
import type { Session } from './session.ts';
import { dropRoot } from './steps/drop.ts';
import { keptWords } from './versions.ts';

/**
 * Frees the pages of dropped trees (README, "Trees", N4), in the thread that owns the store: when a grace period is over,
 * nobody is inside the tree and nobody can come in, so it is this thread's alone.
 */
export class Reclaimer {
  private readonly session: Session;
  /** The epoch in which each dropped root was seen first. */
  private readonly seen = new Map<number, number>();

  constructor(session: Session) {
    this.session = session;
  }

  /** Looks after the list of dropped trees; call it now and then. */
  turn(): void {
    const { memory } = this.session;
    for (let i = 0; i < DROPS; i++) {
      const rootPid = memory.load(DROPS_AT + i);
      if (rootPid !== 0 && this.isReady(rootPid) && this.removeAlone(rootPid)) {
        this.seen.delete(rootPid);
        memory.store(DROPS_AT + i, 0);
      }
    }
    if (this.seen.size > 0) this.session.moveEpoch();
  }

  /** While nobody walks over the page table, who would still find the tree's pages there; false: somebody does. */
  private removeAlone(rootPid: number): boolean {
    const { memory, thread } = this.session;
    if (memory.compareExchange(COLLECTOR_AT, 0, thread) !== 0) return false;
    new TreeRemover(this.session).remove(rootPid);
    memory.store(COLLECTOR_AT, 0);
    return true;
  }

  private isReady(rootPid: number): boolean {
    const { session } = this;
    const { memory, layout, op } = session;
    if (!isDropped(memory.load(layout.pageTableAt + rootPid))) {
      if (listTrees(session).some(({ location }) => location.rootPid === rootPid)) return false; // not dropped yet
      op.rootPid = rootPid; // its name is gone, but its dropper died before the root was marked
      run(memory, op, dropRoot);
      session.leave();
    }
    const since = this.seen.get(rootPid) ?? memory.load(EPOCH_AT);
    this.seen.set(rootPid, since);
    return memory.load(EPOCH_AT) - since > GRACE_EPOCHS;
  }
}

/** Frees one tree, level by level along the right links. */
class TreeRemover {
  private readonly session: Session;
  private readonly memory: Memory;
  private readonly pids: number[] = [];

  constructor(session: Session) {
    this.session = session;
    this.memory = session.memory;
  }

  remove(rootPid: number): void {
    let pid = rootPid;
    for (;;) {
      const frame = this.liveFrame(pid);
      if (frame === 0) break;
      const below = this.memory.read32(frame + LEVEL) === 0 ? 0 : childAt(this.memory, frame, 0);
      this.removeLevel(pid);
      if (below === 0) break;
      pid = below;
    }
    // The root's id is never used again: handles of the tree, and whoever dropped it a second time, must find it dropped.
    this.memory.store(this.session.layout.pageTableAt + rootPid, droppedWord(0));
    if (this.pids.length > 0) this.pushPids();
  }

  /** The frame of a page, or of the live one that it forwards to. */
  private liveFrame(pid: number): number {
    let word = this.wordOf(pid);
    while (isForwarding(word)) word = this.wordOf(rightOf(word));
    return isFrame(word) || isDropped(word) ? addressOf(word) : 0;
  }

  private removeLevel(first: number): void {
    let pid = first;
    while (pid !== 0) {
      const word = this.wordOf(pid);
      if (!isDropped(word)) this.pids.push(pid);
      if (isForwarding(word)) {
        pid = rightOf(word);
        continue;
      }
      const frame = addressOf(word);
      pid = this.memory.read32(frame + RIGHT);
      if (this.memory.read32(frame + LEVEL) === 0) this.freeValues(frame);
      this.free(frame);
    }
  }

  private freeValues(frame: number): void {
    const { memory } = this;
    for (let i = 0; i < memory.read32(frame + SLOTS); i++) {
      const slot = memory.load(slotAt(frame, i));
      if (slot === EMPTY_SLOT || slot === FROZEN) break;
      this.freeValue(slotRecord(frame, slot));
    }
    for (let i = 0; i < memory.read32(frame + COUNT); i++) this.freeValue(entryAt(memory, frame, i));
    const end = historyAt(memory, frame) + historyWords(memory, frame);
    for (let at = historyAt(memory, frame); at < end; at += recordWordsAt(memory, at)) this.freeValue(at);
    const kept = keptWords(memory, frame);
    if (kept > 0) memory.add(KEPT_AT, -kept);
  }

  private freeValue(record: number): void {
    const { memory } = this;
    if (kindAt(memory, record) !== BLOB) return;
    let block = blobOf(memory, record, keyLengthAt(memory, record));
    while (block !== 0) {
      const next = memory.read32(block + BLOB_NEXT) >>> 0;
      this.free(block);
      block = next;
    }
  }

  private free(block: number): void {
    const state = this.memory.load(block);
    if (stateOf(state) === FREE) return;
    this.memory.store(block, asFree(state));
    remember(this.memory, this.session.op, block);
  }

  /** Gives the page ids back, as one stack on top of the shared one. */
  private pushPids(): void {
    const { memory, pids } = this;
    const { pageTableAt } = this.session.layout;
    for (let i = 1; i < pids.length; i++) memory.store(pageTableAt + pids[i], freePidWord(pids[i - 1]));
    for (;;) {
      const top = memory.load(FREE_PID_AT);
      memory.store(pageTableAt + pids[0], freePidWord(top));
      if (memory.compareExchange(FREE_PID_AT, top, pids[pids.length - 1]) === top) return;
    }
  }

  private wordOf(pid: number): number {
    return this.memory.load(this.session.layout.pageTableAt + pid);
  }
}
