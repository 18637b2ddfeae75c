import { KEPT_AT, PRUNED_AT, SNAPSHOT_TOP_AT } from '../pagecache/layout.ts';
import { CATALOG_PID, listTrees } from './catalog.ts';
import { LogStalledError, TreeDroppedError } from './errors.ts';
import { highKeyAt, highKeyLength, RIGHT } from './frame.ts';
import { SWEPT_LEAVES_PER_TURN } from './limits.ts';
import type { Session } from './session.ts';
import { isHeld } from './snapshot-word.ts';
import { sweepLeaf } from './steps/sweep-leaf.ts';

const NO_KEY = new Uint8Array(0);

/**
 * Gives back the memory of old versions that no snapshot needs any more (README, "Snapshots"). A leaf that is written to drops
 * them at its next consolidation; the others are gone over here, a few a turn, when snapshots have ended since the last time.
 */
export class Sweeper {
  private readonly session: Session;
  /** The roots still to be gone over in this pass; null: no pass is under way. */
  private roots: number[] | null = null;
  private cursor: Uint8Array = NO_KEY;
  /** The snapshots that were held when the last pass began, as a text. */
  private held = '';
  /** What was kept when it ended: with no snapshot held, what a thread's death has falsified the count by. */
  private keptAtEnd = 0;

  constructor(session: Session) {
    this.session = session;
  }

  /** Does a piece of a pass, if one is due. */
  turn(): void {
    const { memory } = this.session;
    if (this.roots === null) {
      const held = this.heldNow();
      if (!this.isDue(held)) return;
      this.held = held;
      this.roots = [CATALOG_PID, ...listTrees(this.session).map(({ location }) => location.rootPid)];
      this.cursor = NO_KEY;
    }
    for (let leaves = 0; leaves < SWEPT_LEAVES_PER_TURN; leaves++) {
      const rootPid = this.roots[0];
      if (rootPid === undefined) {
        this.roots = null;
        this.keptAtEnd = memory.load(KEPT_AT);
        memory.store(PRUNED_AT, 0);
        return;
      }
      if (!this.sweep(rootPid)) return;
    }
  }

  private isDue(held: string): boolean {
    const { memory } = this.session;
    const kept = memory.load(KEPT_AT);
    if (memory.load(PRUNED_AT) !== 0) return true;
    return kept > 0 && (held !== this.held || (held === '' && kept !== this.keptAtEnd));
  }

  /** One leaf; false: it cannot be done now. */
  private sweep(rootPid: number): boolean {
    const { session } = this;
    session.setKey(this.cursor, this.cursor.length);
    session.op.rootPid = rootPid;
    session.refuseToWait();
    try {
      session.read(sweepLeaf);
    } catch (error) {
      if (error instanceof LogStalledError) return false;
      if (!(error instanceof TreeDroppedError)) throw error;
      this.nextRoot();
      return true;
    }
    const { memory, op } = session;
    const frame = op.firstWord;
    if (memory.read32(frame + RIGHT) === 0) this.nextRoot();
    else {
      this.cursor = new Uint8Array(highKeyLength(memory, frame));
      memory.readBytes(highKeyAt(memory, frame), this.cursor, 0, this.cursor.length);
    }
    session.leave();
    return true;
  }

  private nextRoot(): void {
    this.roots?.shift();
    this.cursor = NO_KEY;
  }

  private heldNow(): string {
    const { memory, layout } = this.session;
    const words: number[] = [];
    const top = memory.load(SNAPSHOT_TOP_AT);
    for (let i = 0; i < top; i++) {
      const word = memory.load(layout.snapshotsAt + i);
      if (isHeld(word)) words.push(word);
    }
    return words.join();
  }
}
