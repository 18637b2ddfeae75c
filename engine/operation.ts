import type { Layout } from '../pagecache/layout.ts';
import { KEY, threadArea } from '../pagecache/layout.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import { drainLog } from '../wal/drain.ts';
import { helpTail } from '../wal/frontier.ts';
import type { LogRegisters } from '../wal/log-registers.ts';
import { fingerprintOf, headOf } from './keys.ts';
import type { Scratch } from './scratch.ts';

/** A step of the engine. */
export type EngineStep = Step<Operation>;

/** What must hold for a write to happen; see {@link Operation.condition}. */
export const ALWAYS = 0;
/** The key must be absent. */
export const IF_ABSENT = 1;
/** The key must be present. */
export const IF_PRESENT = 2;
/** The key's value must equal {@link Operation.expected}. */
export const IF_EQUAL = 3;

/** How an operation ended, in {@link Operation.failure}. */
export const NO_FAILURE = 0;
/** The heap holds no block of the size that is needed, and no epoch will free one soon. */
export const OUT_OF_MEMORY = 1;
/** There is no page id left. */
export const OUT_OF_PAGES = 2;
/** The tree was dropped. */
export const TREE_DROPPED = 3;
/** Every snapshot slot is taken. */
export const NO_SNAPSHOT_SLOT = 6;
/** The snapshot was ended, or given up because it was too old. */
export const SNAPSHOT_GONE = 7;
/** A page word was met that cannot be there: an invariant is broken. */
export const BROKEN = 5;

const NO_BYTES = new Uint8Array(0);

/**
 * An operation in flight: registers and nothing else. One object a thread, used again and again, so that V8 sees one
 * shape and nothing is allocated. Steps use a register only as the comments say; addresses are word addresses unless
 * they are said to be byte addresses.
 */
export class Operation implements LogRegisters<Operation> {
  readonly layout: Layout;
  readonly thread: number;
  readonly threadAt: number;
  readonly scratch: Scratch;

  // What is asked. Set by the caller; steps do not write them.
  rootPid = 0;
  treeId = 0;
  /** Length of the key in the thread's KEY words; −1 stands for +∞. */
  ownKeyLength = 0;
  /** PUT, TOMBSTONE or BLOB. */
  kind = 0;
  value: Uint8Array = NO_BYTES;
  valueLength = 0;
  blob = 0;
  condition = ALWAYS;
  expected: Uint8Array = NO_BYTES;
  /** LSN word that a new record starts with: 0, PENDING; ANCIENT while a store is recovered. */
  firstLsn = 0;
  /** A neighbour search goes down (`below`, `last`) or up; and may find the key itself. */
  downwards = false;
  inclusive = false;
  ownStrict = false;
  /** How a search mends the parent after it walked right, or met a collapsed page. Readers (null) just go on. */
  poster: EngineStep | null = null;
  compressor: EngineStep | null = null;
  /** Where the operation proper begins, after the pin and after every restart. */
  body: EngineStep | null = null;

  // What came of it.
  failure = NO_FAILURE;
  /** Where a search goes on that meets a dropped tree, or a page word that cannot be there; null: it fails. */
  onBroken: EngineStep | null = null;
  /** The record found (reads), or the newest one before the write; 0: none. Valid while pinned. */
  result = 0;
  /** Whether the write's condition held. */
  applied = false;

  // The search.
  keyAddress = 0; // byte address
  keyLength = 0;
  keyHead = 0;
  fingerprint = 0;
  strict = false;
  targetLevel = 0;
  pid = 0;
  word = 0;
  frame = 0;
  parentPid = 0;
  parentWord = 0;
  parentIndex = 0;
  /** A lower bound of the page's keys: byte address and length of the separator followed last. */
  lowAt = 0;
  lowLength = 0;
  forwarded = false;
  liveChild = 0;
  /** The page whose separator was posted last on the way, and in the two low bits how many were. */
  postedFor = 0;
  afterDescend: EngineStep | null = null;

  // The leaf.
  filled = 0;
  frozen = false;
  match = 0;
  afterSlots: EngineStep | null = null;

  // Generating an id.
  id = 0;
  idBlocks = 0;
  idNext = 0;

  // Reading at a snapshot.
  /** Log positions below this one are visible. A whole position. */
  snapshot = 0;
  /** The snapshot's slot, and the word that stands there while it is held. */
  snapshotSlot = 0;
  snapshotWord = 0;
  /** The leaf's slots whose records are visible: a set of bits. */
  visible = 0;

  // The write.
  record = 0;
  recordFrame = 0;
  onSlotLost: EngineStep | null = null;

  // Neighbour search: the first leaf, to be looked at again.
  firstPid = 0;
  firstWord = 0;
  firstFilled = 0;

  // Changing the structure.
  index = 0;
  afterHelpAll: EngineStep | null = null;
  /** What a page's new content is made from: see `rebuild.ts`. */
  change = 0;
  /** Where an inner page's entries change. */
  changeIndex = 0;
  /** Behind the last entry that is left out with the one at `changeIndex`. */
  changeEnd = 0;
  newRight = 0;
  /** The new leaf's whole birth position, the snapshots below it that were found, and the oldest of them. */
  born = 0;
  horizon = 0;
  held = 0;
  top = 0;
  oldestSlot = 0;
  oldestWord = 0;
  afterPrune: EngineStep | null = null;
  /** The first entry of the right half of a split, the bytes of its key that separate, and the halves' size classes. */
  cut = 0;
  separatorAt = 0; // byte address
  separatorLength = 0;
  leftClass = 0;
  rightClass = 0;
  rootClass = 0;
  left = 0;
  right = 0;
  root = 0;
  leftPid = 0;
  rightPid = 0;
  dropIndex = 0;
  dropNext = 0;
  /** Words that the record to be written needs in the new frame's append space. */
  needWords = 0;
  afterFinish: EngineStep | null = null;
  onStarved: EngineStep | null = null;
  onLost: EngineStep | null = null;
  postAt = 0; // byte address
  postLength = 0;
  postChild = 0;
  postLevel = 0;
  afterPost: EngineStep | null = null;
  afterLink: EngineStep | null = null;
  pressure = 0;
  pressureEpoch = 0;

  // Getting page ids back.
  walk = 0;
  walked = 0;
  walkEnd = 0;
  walkBudget = 0;
  collected = false;
  afterCollect: EngineStep | null = null;
  /** Where the collector goes on after it mended a page: to the next one, or to the same again. */
  nextPage: EngineStep | null = null;
  samePage: EngineStep | null = null;
  spared = 0;
  spareWord = 0;
  afterSpare: EngineStep | null = null;
  afterSpareAll: EngineStep | null = null;

  // Reaping.
  dead = 0;
  deadAt = 0;
  planted = 0;

  // The page cache's registers.
  epoch = 0;
  afterPin: EngineStep | null = null;
  afterUnpin: EngineStep | null = null;
  newPid = 0;
  afterTakePid: EngineStep | null = null;
  wantedClass = 0;
  block = 0;
  blockState = 0;
  chunk = 0;
  scanned = 0;
  tag = 0;
  afterAllocate: EngineStep | null = null;
  afterRetire: EngineStep | null = null;
  mark = 0;
  other = 0;
  afterMove: EngineStep | null = null;
  readonly drain: EngineStep = drainLog;
  afterDrain: EngineStep | null = null;
  drained = false;
  readonly helpTail: EngineStep = helpTail;
  afterHelpTail: EngineStep | null = null;

  // The log's registers.
  subject = 0;
  place = 0;
  stagedSeen: number;
  afterDecide: EngineStep | null = null;
  era = 0;
  afterEra: EngineStep | null = null;
  afterRoom: EngineStep | null = null;
  goal = 0;
  frontier = 0;
  entry = 0;
  afterAdvance: EngineStep | null = null;
  position = 0;
  stagingStart = 0;
  stagingEnd = 0;
  stagingGoal = 0;
  budget = 0;
  partOffset = 0;
  partBlock = 0;
  afterStage: EngineStep | null = null;
  stalls = 0;
  stalled = false;
  recycled = false;
  afterRecycle: EngineStep | null = null;

  constructor(layout: Layout, thread: number, scratch: Scratch) {
    this.layout = layout;
    this.thread = thread;
    this.threadAt = threadArea(layout, thread);
    this.scratch = scratch;
    this.stagedSeen = layout.firstPosition;
  }
}

/** Byte address of the key that the caller wrote for the operation. */
export function ownKeyAt(op: Operation): number {
  return (op.threadAt + KEY) * 4;
}

/** Takes the operation's key from the thread's KEY words, where the caller wrote `length` bytes; −1 stands for +∞. */
export function setKey(memory: Memory, op: Operation, length: number): void {
  op.ownKeyLength = length;
  op.fingerprint = length < 0 ? 0 : fingerprintOf(memory, ownKeyAt(op), length);
}

/** Makes the search go for another key than the operation's own, for instance a separator to be posted. */
export function searchFor(memory: Memory, op: Operation, at: number, length: number, level: number): void {
  op.keyAddress = at;
  op.keyLength = length;
  op.keyHead = length < 0 ? 0 : headOf(memory, at, length);
  op.targetLevel = level;
}
