import type { EngineStep } from '../../engine/operation.ts';
import { keepPlanted, plant } from '../../engine/steps/plant.ts';
import type { Memory } from '../../model/index.ts';
import {
  CLASS_CURSOR,
  CLASS_END,
  CLASS_HINT_HEAD,
  CLASS_HINT_TAIL,
  classArea,
  EPOCH_AT,
  type Layout,
  MARK_AT,
  NEXT_CHUNK_AT,
  NEXT_PID_AT,
  NOTE_LEFT_PID,
  NOTE_RECORD,
  NOTE_RIGHT_PID,
  RETIRED_COUNT,
  threadArea,
} from '../../pagecache/layout.ts';
import { run, SharedMemory } from '../../pagecache/memory.ts';
import { ANCIENT } from '../../wal/memory-record.ts';
import { initialiseRing } from '../../wal/ring.ts';
import { treeContent } from '../invariants/tree.ts';
import { isScarce } from './geometry.ts';
import { type Call, consolidate, leave, move, put, remove } from './operations.ts';
import { scrubAll, setupThread, ThreadRegisters } from './registers.ts';

/** Epochs begin here: tags of 12 bits wrap soon. */
const FIRST_EPOCH = 4092;
/** The value of every key at the start. */
export const INITIAL_VALUE = 9;

/**
 * Builds the memory in which a scenario begins, with the engine's own operations.
 *
 * @param leaves the keys of each leaf, at most two, '' for none. Each leaf is made full first, so that the next is split
 *   off, with the letter after its first if it is to hold one key only; that is deleted then. Example: ['a', 'cd', 'e'].
 * @param slotted keys that are put last and stay in the slots of their leaves
 * @param prepare what is done to the tree then, each with its grace period after it
 */
export function buildTree(
  memory: Memory,
  layout: Layout,
  leaves: readonly string[],
  slotted = '',
  prepare: readonly Call[] = [],
): void {
  memory.store(EPOCH_AT, FIRST_EPOCH);
  memory.store(NEXT_PID_AT, 1);
  memory.store(MARK_AT, layout.firstPosition);
  initialiseRing(memory, layout, layout.firstPosition);
  giveChunks(memory, layout);
  const op = new ThreadRegisters(layout, setupThread(layout));
  runSetup(memory, op, plant);
  keepPlanted(memory, op);
  runSetup(memory, op, leave.begin(op));
  const pairs = leaves.flatMap((leaf) => (leaf === '' ? [] : [[leaf[0], leaf[1] ?? after(leaf[0])]]));
  for (const key of pairs.flat()) build(memory, op, put(key, INITIAL_VALUE), key);
  for (const key of pairs.flat()) if (!leaves.join('').includes(key)) build(memory, op, remove(key), key);
  const built = Object.keys(treeContent(memory, layout)).join('');
  if (built !== leaves.join('')) throw new Error(`the set-up built ${built}, not ${leaves.join('')}`);
  for (const key of slotted) runSetup(memory, op, ancient(put(key, INITIAL_VALUE), op));
  runSetup(memory, op, leave.begin(op));
  scrubAll(op);
  for (const call of prepare) {
    runSetup(memory, op, ancient(call, op));
    call.end?.(memory, op);
    settle(memory, op, []);
  }
  forgetSetup(memory, layout);
}

/** What the tree holds then. */
export function initialContent(
  layout: Layout,
  { leaves, slotted = '', prepare }: { leaves: readonly string[]; slotted?: string; prepare?: readonly Call[] },
): Record<string, number> {
  const content = Object.fromEntries([...leaves.join(''), ...slotted].sort().map((key) => [key, INITIAL_VALUE]));
  if (prepare === undefined) return content;
  const memory = SharedMemory.allocate(layout.totalWords);
  buildTree(memory, layout, leaves, slotted, prepare);
  return treeContent(memory, layout);
}

function after(key: string): string {
  return String.fromCharCode(key.charCodeAt(0) + 1);
}

/** A write that is older than the log, then the leaf rewritten, then all that was retired freed. */
function build(memory: Memory, op: ThreadRegisters, call: Call, key: string): void {
  runSetup(memory, op, ancient(call, op));
  if (op.failure !== 0) throw new Error(`the set-up fails: ${call.name} ${key}, failure ${op.failure}`);
  settle(memory, op, [leave, consolidate(key)]);
}

/** Runs calls, then leaves, and lets all that was retired become free. */
function settle(memory: Memory, op: ThreadRegisters, calls: readonly Call[]): void {
  for (const next of [...calls, leave, ...new Array<Call>(6).fill(move)]) {
    scrubAll(op);
    runSetup(memory, op, next.begin(op));
  }
  scrubAll(op);
}

/** A write that is older than the log. */
function ancient(call: Call, op: ThreadRegisters): unknown {
  const first = call.begin(op);
  op.firstLsn = ANCIENT;
  return first;
}

function runSetup(memory: Memory, op: ThreadRegisters, first: unknown): void {
  run(memory, op, first as EngineStep | null);
}

/**
 * Every thread owns a chunk from the start, so that addresses do not depend on who allocates first. Where there are fewer
 * chunks (a scarce heap), only the thread that builds the tree has one. Spare chunks hold the largest blocks, if there are
 * several sizes.
 */
function giveChunks(memory: Memory, layout: Layout): void {
  const first = isScarce(layout) ? setupThread(layout) : 1;
  for (let thread = first; thread < layout.threads; thread++) {
    const area = classArea(layout, thread, 0);
    const start = layout.heapAt + (thread - first) * layout.chunkWords;
    memory.store(layout.chunkTableAt + thread - first, 1);
    memory.write32(area + CLASS_CURSOR, start);
    memory.write32(area + CLASS_END, start + layout.chunkWords);
  }
  const owned = layout.threads - first;
  const large = layout.classWords.length;
  for (let chunk = owned; large > 1 && chunk < layout.chunks; chunk++) memory.store(layout.chunkTableAt + chunk, large);
  memory.store(NEXT_CHUNK_AT, large > 1 ? layout.chunks : owned);
}

/** The thread that built the tree begins like the others: it remembers no retired blocks, and its notes are blank. */
function forgetSetup(memory: Memory, layout: Layout): void {
  const at = threadArea(layout, setupThread(layout));
  const area = classArea(layout, setupThread(layout), 0);
  memory.write32(area + CLASS_HINT_HEAD, memory.read32(area + CLASS_HINT_TAIL));
  memory.write32(at + RETIRED_COUNT, 0);
  for (let word = NOTE_RECORD; word < NOTE_RECORD + 16; word++) memory.write32(at + word, 0);
  const left = memory.read32(area + CLASS_END) - memory.read32(area + CLASS_CURSOR);
  if (left < 3 * layout.classWords[0] && !isScarce(layout))
    throw new Error('the set-up leaves too few fresh blocks: ask for more');
}

/** Gives each thread the page ids for a split, as if an earlier one had lost: then they do not depend on who comes first. */
export function giveSparePids(memory: Memory, layout: Layout): void {
  for (let thread = 1; thread < layout.threads; thread++) {
    const at = threadArea(layout, thread);
    memory.write32(at + NOTE_RIGHT_PID, memory.add(NEXT_PID_AT, 2));
    memory.write32(at + NOTE_LEFT_PID, memory.read32(at + NOTE_RIGHT_PID) + 1);
  }
}
