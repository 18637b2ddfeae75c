import { FRONTIER_AT, NEXT_TREE_AT, TAIL_AT } from '../pagecache/layout.ts';
import { nodeDisk } from '../wal/disk.ts';
import { ImageWriter } from '../wal/image.ts';
import type { Keeper } from '../wal/keeper.ts';
import { readLoggedBytes } from '../wal/keeper-words.ts';
import { fullLsn } from '../wal/record.ts';
import { dropSegmentsBelow } from '../wal/segment-file.ts';
import { CATALOG_PID, CATALOG_TREE, decodeTree, type TreeLocation } from './catalog.ts';
import { ClosedError, DiskError, LogStalledError, TreeDroppedError } from './errors.ts';
import { CHECKPOINT_LEAVES_PER_TURN } from './limits.ts';
import type { Operation } from './operation.ts';
import { RangeReader } from './range.ts';
import type { Session } from './session.ts';

/** What a checkpointer is told once. */
export interface CheckpointOptions {
  readonly directory: string;
  readonly storeId: Uint8Array;
  /** Bytes of log after which a checkpoint begins. */
  readonly checkpointBytes: number;
}

/**
 * The simple checkpoint: an image of everything, written aside and renamed, after which older log is dropped. It runs in
 * the keeper's thread, a few leaves a turn, beside all writers:
 *
 * 1. S = tail; wait until the frontier has reached it: everything below is visible.
 * 2. Walk all trees. What is written meanwhile may or may not be seen; the log from S on holds it, and redo is idempotent.
 * 3. Write and sync the log up to the tail: the image holds nothing that the log does not. Finish the image: sync, rename, sync the directory.
 * 4. Drop the log below S.
 *
 * A failure of the image's file gives the image up, and leaves the last one and the log as they are.
 */
export class Checkpointer {
  private readonly session: Session;
  private readonly keeper: Keeper<Operation>;
  private readonly options: CheckpointOptions;
  private loggedAtLast: number;
  private walk: Walk | null = null;

  constructor(session: Session, keeper: Keeper<Operation>, options: CheckpointOptions) {
    this.session = session;
    this.keeper = keeper;
    this.options = options;
    this.loggedAtLast = readLoggedBytes(session.memory);
  }

  /** Does a piece of what there is to do; true when more is left. */
  turn(): boolean {
    try {
      if (this.walk === null) return this.beginIfDue();
      if (!this.walk.turn()) return true;
      this.finish(this.walk);
    } catch (error) {
      if (error instanceof LogStalledError) return true; // a pending record needs ring room: the keeper's turn makes it
      this.abandon();
      if (!(error instanceof DiskError || error instanceof ClosedError)) throw error;
      this.loggedAtLast = readLoggedBytes(this.session.memory); // try again when as much log has gathered
    }
    return false;
  }

  /** Gives up an image that is being written. */
  abandon(): void {
    this.walk?.image.abort();
    this.walk = null;
  }

  private beginIfDue(): boolean {
    const { session, options } = this;
    if (readLoggedBytes(session.memory) - this.loggedAtLast < options.checkpointBytes) return false;
    const { directory, storeId } = options;
    const tail = session.memory.load(TAIL_AT);
    const redoLsn = fullLsn(tail >>> 0, this.keeper.writtenLsn());
    this.walk = new Walk(session, new ImageWriter(nodeDisk, directory, storeId), tail, redoLsn);
    return true;
  }

  private finish(walk: Walk): void {
    const { keeper, session, options } = this;
    const endLsn = keeper.syncAll();
    if (endLsn < 0) {
      this.abandon(); // the log is not what the image would vouch for
      return;
    }
    // Places just below S that hold nothing are named by no block, and may be given out again after a crash.
    const redoLsn = Math.min(walk.redoLsn, endLsn + 1);
    walk.image.finish({ redoLsn, endLsn, nextTreeId: session.memory.load(NEXT_TREE_AT) });
    this.walk = null;
    this.loggedAtLast = readLoggedBytes(session.memory);
    dropSegmentsBelow(nodeDisk, options.directory, options.storeId, redoLsn);
  }
}

/** One walk over all trees, from the catalog on. */
class Walk {
  readonly image: ImageWriter;
  readonly redoLsn: number;
  private readonly session: Session;
  private readonly start: number;
  /** The trees to be walked: those that the image's catalog names, and no others. */
  private readonly todo: { name: string; location: TreeLocation }[] = [];
  private reader: RangeReader | null;
  private treeId = CATALOG_TREE;

  constructor(session: Session, image: ImageWriter, start: number, redoLsn: number) {
    this.session = session;
    this.image = image;
    this.start = start;
    this.redoLsn = redoLsn;
    this.reader = new RangeReader(session, 'catalog', CATALOG_PID, {}, true, null);
  }

  /** Copies some leaves; true when there are none left. */
  turn(): boolean {
    if (((this.session.memory.load(FRONTIER_AT) - this.start) | 0) < 0) return false;
    for (let leaves = 0; leaves < CHECKPOINT_LEAVES_PER_TURN; leaves++) {
      if (this.reader === null && !this.openNext()) return true;
      this.copyLeaf();
    }
    return false;
  }

  private openNext(): boolean {
    const next = this.todo.shift();
    if (next === undefined) return false;
    const { name, location } = next;
    this.treeId = location.treeId;
    this.reader = new RangeReader(this.session, name, location.rootPid, {}, true, null);
    return true;
  }

  private copyLeaf(): void {
    const { reader } = this;
    this.session.refuseToWait();
    try {
      if (reader?.fill() !== true) this.reader = null;
      else for (; reader.at < reader.count; reader.at++) this.copyEntry(reader.key(reader.at), reader.value(reader.at));
    } catch (error) {
      if (!(error instanceof TreeDroppedError)) throw error;
      this.reader = null; // the log has the drop: it came after S
    }
  }

  private copyEntry(key: Uint8Array, value: Uint8Array): void {
    if (this.treeId === CATALOG_TREE) this.todo.push(decodeTree(key, value));
    this.image.add(this.treeId, key, value);
  }
}
