import { freshBytes } from '../engine/bytes.ts';
import { findTree, type TreeLocation } from '../engine/catalog.ts';
import { open } from '../engine/index.ts';
import { ALWAYS } from '../engine/operation.ts';
import { Session } from '../engine/session.ts';
import { get } from '../engine/steps/get.ts';
import { write } from '../engine/steps/put.ts';
import { Tree } from '../engine/tree.ts';
import { copyValue } from '../engine/value.ts';
import { unpin } from '../pagecache/epochs.ts';
import { SharedMemory } from '../pagecache/memory.ts';
import { valueLengthAt } from '../wal/memory-record.ts';
import { PUT } from '../wal/record.ts';
import { KEY_BYTES, randomKeys, shuffledKeys, valueIndex, valuePool } from './basic/data.ts';
import type { Progress } from './progress.ts';
import { StepProfile } from './step-profile.ts';
import type { BenchOptions, Report, Row, Workload } from './workload.ts';

/*
 * Where the time of one get and one put goes, step function by step function, in a store in memory on one thread.
 */

const CACHE_BYTES_PER_RECORD = 1024;
/** Steps below this share of the time are summed up in one line. */
const SMALL_SHARE = 0.01;
/** Operations in a group of which the plain time is taken. */
const PLAIN_GROUP = 500;
/** A thread slot that nobody else uses: the opening thread has the first. */
const THREAD = 2;

export const profile: Workload = {
  name: 'profile',
  about: 'one get and one put, step by step: visits and nanoseconds',
  async run(options, progress): Promise<Report> {
    const bed = await Bed.make(options, progress);
    progress.step('gets, step by step');
    const gets = bed.gets();
    progress.step('puts, step by step');
    const puts = bed.puts();
    progress.stop();
    await bed.close();
    return {
      rows: [...rowsOf('get', gets, bed.plainGetNs), ...rowsOf('put', puts, bed.plainPutNs)],
      notes: [
        `${options.records.toLocaleString('en')} records of 116 bytes, in memory, one thread. Gets in random order, then half as many new keys put.`,
        `Rows in the order in which the steps first run. "(…)" is what surrounds the steps. "all, plain" is the same without counting or clock: the median of groups of ${PLAIN_GROUP}.`,
      ],
    };
  },
};

/** A loaded store, with a session of its own on it, whose steps can be run by hand. */
class Bed {
  plainGetNs = 0;
  plainPutNs = 0;
  private readonly session: Session;
  private readonly location: TreeLocation;
  private readonly loaded: Uint8Array;
  private readonly fresh: Uint8Array;
  private readonly pool = valuePool();
  private readonly key = Buffer.alloc(KEY_BYTES);
  readonly close: () => Promise<void>;

  private constructor(session: Session, location: TreeLocation, records: number, close: () => Promise<void>) {
    this.session = session;
    this.location = location;
    this.loaded = new Uint8Array(shuffledKeys(randomKeys(records, 42), 43));
    this.fresh = new Uint8Array(randomKeys(records, 44));
    this.close = close;
  }

  static async make(options: BenchOptions, progress: Progress): Promise<Bed> {
    progress.start(3);
    progress.step('loading');
    const store = await open(undefined, { cacheBytes: Math.max(2 ** 26, options.records * CACHE_BYTES_PER_RECORD) });
    store.tree('profile');
    const { buffer, layout } = store.share();
    const session = new Session(new SharedMemory(buffer), layout, THREAD, false);
    session.synchroniseWithTail();
    const location = findTree(session, Buffer.from('profile'));
    if (location === undefined) throw new Error('The tree just made is not there.');
    const bed = new Bed(session, location, options.records, () => store.close());
    bed.load();
    return bed;
  }

  gets(): StepProfile {
    const { session, key } = this;
    const { op } = session;
    const steps = new StepProfile();
    const before = () => this.setKey(key);
    const copyOut = () => {
      const value = freshBytes(valueLengthAt(session.memory, op.result));
      copyValue(session.memory, op.result, value, 0);
    };
    for (let at = 0; at < this.loaded.length; at += KEY_BYTES) {
      this.takeKey(this.loaded, at);
      steps.operation(session, before, get, copyOut, unpin);
    }
    return steps;
  }

  puts(): StepProfile {
    const { session, key, pool } = this;
    const { op } = session;
    const steps = new StepProfile();
    const before = () => {
      this.setKey(key);
      op.treeId = this.location.treeId;
      op.firstLsn = 0;
      op.condition = ALWAYS;
      op.value = pool[valueIndex(key, 0)];
      op.valueLength = op.value.length;
      op.kind = PUT;
    };
    const after = () => undefined;
    const half = this.half();
    for (let at = half; at < this.fresh.length; at += KEY_BYTES) {
      this.takeKey(this.fresh, at);
      steps.operation(session, before, write, after, unpin);
      if (op.failure !== 0) throw new Error(`A put failed: ${op.failure}.`);
      session.leave();
    }
    return steps;
  }

  /** Puts all records, and measures what a get and a put cost as they are: this also lets the compiler see them. */
  private load(): void {
    const tree = new Tree(this.session, 'profile', this.location.treeId, this.location.rootPid);
    const { key, pool, loaded, fresh } = this;
    for (let at = 0; at < loaded.length; at += KEY_BYTES) {
      this.takeKey(loaded, at);
      tree.put(key, pool[valueIndex(key, 0)]);
    }
    this.plainGetNs = this.medianNs(loaded, loaded.length, () => {
      if (tree.get(key) === undefined) throw new Error('A record is missing.');
    });
    this.plainPutNs = this.medianNs(fresh, this.half(), () => tree.put(key, pool[valueIndex(key, 0)]));
  }

  /** Nanoseconds of an operation with each key up to `end`: the median of many groups, so that interruptions fall out. */
  private medianNs(keys: Uint8Array, end: number, operation: () => void): number {
    const groups: number[] = [];
    const count = Math.max(1, Math.min(PLAIN_GROUP, end / KEY_BYTES));
    const bytes = count * KEY_BYTES;
    for (let from = 0; from + bytes <= end; from += bytes) {
      const start = performance.now();
      for (let at = from; at < from + bytes; at += KEY_BYTES) {
        this.takeKey(keys, at);
        operation();
      }
      groups.push(((performance.now() - start) * 1e6) / count);
    }
    return groups.sort((a, b) => a - b)[groups.length >> 1] ?? 0;
  }

  private half(): number {
    return ((this.fresh.length / KEY_BYTES) >>> 1) * KEY_BYTES;
  }

  private takeKey(keys: Uint8Array, at: number): void {
    for (let i = 0; i < KEY_BYTES; i++) this.key[i] = keys[at + i];
  }

  private setKey(key: Uint8Array): void {
    this.session.op.rootPid = this.location.rootPid;
    this.session.setKey(key, key.length);
  }
}

function rowsOf(operation: string, steps: StepProfile, plainNs: number): Row[] {
  const figures = steps.figures();
  const all = figures.reduce((sum, { nsPerOp }) => sum + nsPerOp, 0);
  const small = figures.filter(({ nsPerOp }) => nsPerOp < all * SMALL_SHARE);
  const row = (step: string, visitsPerOp: number, nsPerVisit: number | null, nsPerOp: number): Row => ({
    operation,
    step,
    visitsPerOp: rounded(visitsPerOp),
    nsPerVisit: nsPerVisit === null ? null : Math.round(nsPerVisit),
    nsPerOp: rounded(nsPerOp),
    share: `${((100 * nsPerOp) / all).toFixed(1)} %`,
  });
  const sum = (figure: 'visitsPerOp' | 'nsPerOp', of = figures) => of.reduce((total, f) => total + f[figure], 0);
  return [
    ...figures.filter((f) => !small.includes(f)).map((f) => row(f.step, f.visitsPerOp, f.nsPerVisit, f.nsPerOp)),
    ...(small.length === 0
      ? []
      : [row(`${small.length} others`, sum('visitsPerOp', small), null, sum('nsPerOp', small))]),
    row('all, step by step', sum('visitsPerOp'), null, all),
    { ...row('all, plain', sum('visitsPerOp'), null, plainNs), share: '' },
  ];
}

function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
