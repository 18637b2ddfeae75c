import { asFree, asPrivate, asRetired, FREE, graceIsOver, LINKED, RETIRED, stateOf } from './block.ts';
import type { CacheRegisters } from './cache-registers.ts';
import {
  CLASS_CURSOR,
  CLASS_END,
  CLASS_HINT_HEAD,
  CLASS_HINT_TAIL,
  CLASS_HINTS,
  CLASS_SCAN,
  classArea,
  EPOCH_AT,
  NEXT_CHUNK_AT,
  RETIRED_COUNT,
} from './layout.ts';
import type { Memory, Step } from './memory.ts';

/*
 * Taking a block (README, "Blocks", steps A1 to A6). The state word of a block is the truth, so any thread may take any
 * free block with one CAS. Where to look first is private to the thread: blocks that it retired itself, then fresh ones
 * from its current chunk, then a new chunk, and only then the whole heap.
 *
 * In: `wantedClass`, `afterAllocate`. Out: `block`, or 0 when the heap holds none.
 */

/** A1: looks at the oldest block that this thread retired. */
export function allocate<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  if (op.wantedClass < 0) {
    op.block = 0; // no size class is large enough
    return op.afterAllocate;
  }
  const area = classArea(op.layout, op.thread, op.wantedClass);
  const head = memory.read32(area + CLASS_HINT_HEAD);
  if (head === memory.read32(area + CLASS_HINT_TAIL)) return takeFresh(memory, op);
  op.block = memory.read32(area + CLASS_HINTS + (head & (op.layout.hintWords - 1))) >>> 0;
  return claimRetired;
}

/** A2: reads the state of a block that this thread retired; too young: it stays remembered. */
function claimRetired<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.blockState = memory.load(op.block);
  const area = classArea(op.layout, op.thread, op.wantedClass);
  const young = stateOf(op.blockState) === RETIRED && !graceIsOver(op.blockState, op.epoch);
  if (young) return takeFresh(memory, op);
  memory.write32(area + CLASS_HINT_HEAD, memory.read32(area + CLASS_HINT_HEAD) + 1);
  return isTakeable(op) ? claim : allocate;
}

/** A3: the next block of the thread's own chunk; private. */
function takeFresh<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const area = classArea(op.layout, op.thread, op.wantedClass);
  const cursor = memory.read32(area + CLASS_CURSOR) >>> 0;
  const words = op.layout.classWords[op.wantedClass];
  if (cursor + words > memory.read32(area + CLASS_END) >>> 0) return readNextChunk;
  op.block = cursor;
  memory.write32(area + CLASS_CURSOR, cursor + words);
  return readFresh;
}

function readFresh<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.blockState = memory.load(op.block);
  return isTakeable(op) ? claim : allocate;
}

/** A4: CASes the block to PRIVATE. */
function claim<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const taken = asPrivate(op.blockState, op.thread);
  const words = op.layout.classWords[op.wantedClass] - 1;
  if (memory.compareExchange(op.block, op.blockState, taken) !== op.blockState) return allocate;
  if (stateOf(op.blockState) === RETIRED) memory.released(op.block + 1, words);
  op.blockState = taken;
  memory.acquired(op.block + 1, words);
  return op.afterAllocate;
}

/** A5: a new chunk: its word in the chunk table is CASed to the class, then anyone may move the counter on. */
function readNextChunk<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.chunk = memory.load(NEXT_CHUNK_AT);
  if (op.chunk < op.layout.chunks) return claimChunk;
  op.scanned = 0;
  return scanHeap(memory, op);
}

function claimChunk<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { layout } = op;
  if (memory.compareExchange(layout.chunkTableAt + op.chunk, 0, op.wantedClass + 1) !== 0) return advanceNextChunk;
  const area = classArea(layout, op.thread, op.wantedClass);
  const start = layout.heapAt + op.chunk * layout.chunkWords;
  memory.write32(area + CLASS_CURSOR, start);
  memory.write32(area + CLASS_END, start + layout.chunkWords);
  return advanceNextChunk;
}

function advanceNextChunk<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  memory.compareExchange(NEXT_CHUNK_AT, op.chunk, op.chunk + 1);
  return allocate;
}

/** A6: nothing fresh is left: looks at every block of the class once, from where the last search ended. Private. */
function scanHeap<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { layout } = op;
  const area = classArea(layout, op.thread, op.wantedClass);
  const words = layout.classWords[op.wantedClass];
  const perChunk = Math.floor(layout.chunkWords / words);
  if (op.scanned >= layout.chunks * perChunk) {
    op.block = 0;
    return op.afterAllocate;
  }
  const at = memory.read32(area + CLASS_SCAN) % (layout.chunks * perChunk);
  op.chunk = Math.floor(at / perChunk);
  op.block = layout.heapAt + op.chunk * layout.chunkWords + (at % perChunk) * words;
  memory.write32(area + CLASS_SCAN, at + 1);
  op.scanned++;
  return at % perChunk === 0 || op.scanned === 1 ? scanChunk : scanBlock;
}

/** Skips a chunk that holds blocks of another size. */
function scanChunk<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { layout } = op;
  if (memory.load(layout.chunkTableAt + op.chunk) === op.wantedClass + 1) return scanBlock;
  const area = classArea(layout, op.thread, op.wantedClass);
  const perChunk = Math.floor(layout.chunkWords / layout.classWords[op.wantedClass]);
  const next = (op.chunk + 1) * perChunk;
  op.scanned += next - memory.read32(area + CLASS_SCAN);
  memory.write32(area + CLASS_SCAN, next);
  return scanHeap(memory, op);
}

function scanBlock<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.blockState = memory.load(op.block);
  return isTakeable(op) ? claim : scanHeap;
}

function isTakeable<O extends CacheRegisters<O>>(op: O): boolean {
  const state = stateOf(op.blockState);
  return state === FREE || (state === RETIRED && graceIsOver(op.blockState, op.epoch));
}

/*
 * Retiring a block that was unlinked (README, "Blocks", R1 to R3). In: `block`, `afterRetire`. The caller is pinned.
 */

/** R1: reads the epoch, after the unlinking: the tag. */
export function retire<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.tag = memory.load(EPOCH_AT);
  return readRetiring;
}

function readRetiring<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.blockState = memory.load(op.block);
  return stateOf(op.blockState) === LINKED ? markRetired : op.afterRetire;
}

/** R2: CASes the state to RETIRED; one winner, which remembers the block (R3). */
function markRetired<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const retired = asRetired(op.blockState, op.thread, op.tag);
  if (memory.compareExchange(op.block, op.blockState, retired) === op.blockState) remember(memory, op, op.block);
  return op.afterRetire;
}

/** R3: private: notes that the block will be free after its grace period. A full list forgets; the heap does not. */
export function remember<O extends CacheRegisters<O>>(memory: Memory, op: O, block: number): void {
  const { layout } = op;
  const chunk = Math.floor((block - layout.heapAt) / layout.chunkWords);
  const area = classArea(layout, op.thread, memory.read32(layout.chunkTableAt + chunk) - 1);
  const tail = memory.read32(area + CLASS_HINT_TAIL);
  if (tail - memory.read32(area + CLASS_HINT_HEAD) < layout.hintWords) {
    memory.write32(area + CLASS_HINTS + (tail & (layout.hintWords - 1)), block);
    memory.write32(area + CLASS_HINT_TAIL, tail + 1);
  }
  const count = op.threadAt + RETIRED_COUNT;
  memory.write32(count, memory.read32(count) + 1);
}

/*
 * Giving back a block that was never published. In: `block`, `afterRetire`.
 */

/** Frees a private block at once: nobody else can name it. */
export function giveBack<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  op.blockState = memory.load(op.block);
  return freeBlock;
}

function freeBlock<O extends CacheRegisters<O>>(memory: Memory, op: O): Step<O> | null {
  const { layout } = op;
  const chunk = Math.floor((op.block - layout.heapAt) / layout.chunkWords);
  memory.released(op.block + 1, layout.classWords[memory.read32(layout.chunkTableAt + chunk) - 1] - 1);
  memory.store(op.block, asFree(op.blockState));
  remember(memory, op, op.block);
  return op.afterRetire;
}
