import type { Way } from '../search/search.ts';

// Words of the control area.
const STOP = 0;
const LOCK = 1;
const TOP = 2;
const JOBS = 3;
const IDLE = 4;
const BELL = 5;
const COUNTS = 8;

/** Words for jobs: each is its moves, their number, and the initial state, one job after another. */
const JOB_WORDS = 1 << 20;
/** Threads look for others' work this often. */
const IDLE_MS = 20;

/** What the explorer threads of one exploration share besides the visited set: jobs, and whether to stop. */
export class Pool {
  readonly buffer: SharedArrayBuffer;
  private readonly threads: number;
  private readonly control: Int32Array;
  private readonly jobs: Int32Array;

  constructor(threads: number, buffer: SharedArrayBuffer = new SharedArrayBuffer(4 * (256 + JOB_WORDS))) {
    this.threads = threads;
    this.buffer = buffer;
    this.control = new Int32Array(buffer, 0, 256);
    this.jobs = new Int32Array(buffer, 1024, JOB_WORDS);
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
    return Atomics.load(this.control, IDLE) > Atomics.load(this.control, JOBS);
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

  /** Leaves a job for somebody: the state at the end of the way, which is marked as visited, and all behind it. False: no room. */
  give({ initial, moves }: Way): boolean {
    this.lock();
    let top = this.control[TOP];
    const fits = top + moves.length + 2 <= JOB_WORDS;
    if (fits) {
      for (const move of moves) this.jobs[top++] = move;
      this.jobs[top++] = moves.length;
      this.jobs[top++] = initial;
      this.control[TOP] = top;
      Atomics.add(this.control, JOBS, 1);
    }
    this.unlock();
    this.ring();
    return fits;
  }

  /** A job, or null when the exploration is over: nobody has one, and nobody is working. */
  take(): Way | null {
    Atomics.add(this.control, IDLE, 1);
    for (;;) {
      if (this.stopped) return null;
      const bell = Atomics.load(this.control, BELL);
      const job = this.takeNow();
      if (job !== null) return job;
      if (Atomics.load(this.control, IDLE) === this.threads && Atomics.load(this.control, JOBS) === 0) {
        this.stop();
        return null;
      }
      Atomics.wait(this.control, BELL, bell, IDLE_MS);
    }
  }

  /** Whoever takes a job stops being idle under the same lock, so nobody can think that all is done in between. */
  private takeNow(): Way | null {
    this.lock();
    let top = this.control[TOP];
    let job: Way | null = null;
    if (top > 0) {
      const initial = this.jobs[--top];
      const length = this.jobs[--top];
      job = { initial, moves: [...this.jobs.subarray(top - length, top)] };
      this.control[TOP] = top - length;
      Atomics.sub(this.control, IDLE, 1);
      Atomics.sub(this.control, JOBS, 1);
    }
    this.unlock();
    return job;
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
