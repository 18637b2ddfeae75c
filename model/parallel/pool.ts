import type { Share } from '../search/depth.ts';

// Words of the control area.
const STOP = 0;
const LOCK = 1;
const TOP = 2;
const SHARES = 3;
const IDLE = 4;
const BELL = 5;
const COUNTS = 8;

/**
 * Words for shares, one after another: path, levels, pending moves, and a header behind them. What is never used takes no
 * memory.
 */
const SHARE_WORDS = 1 << 24;
/** The lengths of the three lists, and the initial state. */
const HEADER_WORDS = 4;
/** Threads look for others' work this often. */
const IDLE_MS = 20;

/**
 * What the explorer threads of one exploration have in common besides the visited set: shares of the search that wait for
 * a thread, and whether to stop.
 */
export class Pool {
  readonly buffer: SharedArrayBuffer;
  private readonly threads: number;
  private readonly control: Int32Array;
  private readonly shares: Int32Array;

  constructor(threads: number, buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * (256 + SHARE_WORDS))) {
    this.threads = threads;
    this.buffer = buffer;
    this.control = new Int32Array(buffer, 0, 256);
    this.shares = new Int32Array(buffer, 1024, SHARE_WORDS);
  }

  get stopped(): boolean {
    return Atomics.load(this.control, STOP) !== 0;
  }

  stop(): void {
    Atomics.store(this.control, STOP, 1);
    this.ring();
  }

  /** Whether somebody has nothing to do. */
  get wanting(): boolean {
    return Atomics.load(this.control, IDLE) > Atomics.load(this.control, SHARES);
  }

  /** Says how far a thread is. */
  count(thread: number, states: number, transitions: number): void {
    Atomics.store(this.control, COUNTS + 2 * thread, states);
    Atomics.store(this.control, COUNTS + 2 * thread + 1, transitions);
  }

  /** How far all threads are. */
  get counts(): { states: number; transitions: number } {
    let states = 0;
    let transitions = 0;
    for (let i = 0; i < this.threads; i++) {
      states += Atomics.load(this.control, COUNTS + 2 * i) >>> 0;
      transitions += Atomics.load(this.control, COUNTS + 2 * i + 1) >>> 0;
    }
    return { states, transitions };
  }

  /** Words that a share may have: then all fit that can be waiting, one for every thread that is idle or gives. */
  get room(): number {
    return Math.floor(SHARE_WORDS / (2 * this.threads)) - HEADER_WORDS;
  }

  /** Leaves a share, no larger than {@link room}, for somebody. */
  give({ initial, path, levels, pending }: Share): void {
    this.lock();
    let top = this.control[TOP];
    for (const list of [path, levels, pending]) {
      this.shares.set(list, top);
      top += list.length;
    }
    for (const word of [path.length, levels.length, pending.length, initial]) this.shares[top++] = word;
    this.control[TOP] = top;
    Atomics.add(this.control, SHARES, 1);
    this.unlock();
    this.ring();
  }

  /** A share, or null when the exploration is over: nobody has one, and nobody is working. */
  take(): Share | null {
    Atomics.add(this.control, IDLE, 1);
    for (;;) {
      if (this.stopped) return null;
      const bell = Atomics.load(this.control, BELL);
      const share = this.takeNow();
      if (share !== null) return share;
      if (Atomics.load(this.control, IDLE) === this.threads && Atomics.load(this.control, SHARES) === 0) {
        this.stop();
        return null;
      }
      Atomics.wait(this.control, BELL, bell, IDLE_MS);
    }
  }

  /** Whoever takes a share stops being idle under the same lock, so nobody can think that all is done in between. */
  private takeNow(): Share | null {
    this.lock();
    const top = this.control[TOP];
    const share = top > 0 ? this.shareBelow(top) : null;
    if (share !== null) {
      this.control[TOP] = top - HEADER_WORDS - share.path.length - share.levels.length - share.pending.length;
      Atomics.sub(this.control, IDLE, 1);
      Atomics.sub(this.control, SHARES, 1);
    }
    this.unlock();
    return share;
  }

  private shareBelow(top: number): Share {
    const { shares } = this;
    const [path, levels, pending, initial] = shares.subarray(top - HEADER_WORDS, top);
    const list = (end: number, length: number) => new Int32Array(shares.subarray(end - length, end));
    const end = top - HEADER_WORDS;
    return {
      initial,
      path: list(end - pending - levels, path),
      levels: list(end - pending, levels),
      pending: list(end, pending),
    };
  }

  private ring(): void {
    Atomics.add(this.control, BELL, 1);
    Atomics.notify(this.control, BELL);
  }

  private lock(): void {
    while (Atomics.compareExchange(this.control, LOCK, 0, 1) !== 0) {}
  }

  private unlock(): void {
    Atomics.store(this.control, LOCK, 0);
  }
}
