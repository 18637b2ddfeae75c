import { highKeyAt, highKeyLength, RIGHT } from '../../engine/frame.ts';
import { mergeLeaf } from '../../engine/merge.ts';
import {
  ALWAYS,
  type EngineStep,
  IF_ABSENT,
  IF_EQUAL,
  IF_PRESENT,
  NO_FAILURE,
  type Operation,
  ownKeyAt,
  setKey,
} from '../../engine/operation.ts';
import { freeChain, writeBlob } from '../../engine/steps/blob.ts';
import { collect as collectPids } from '../../engine/steps/collect.ts';
import { compress } from '../../engine/steps/compress.ts';
import { restart } from '../../engine/steps/descend.ts';
import { finish } from '../../engine/steps/finish.ts';
import { get } from '../../engine/steps/get.ts';
import { neighbour } from '../../engine/steps/neighbour.ts';
import { keepPlanted, plant, uproot } from '../../engine/steps/plant.ts';
import { pop } from '../../engine/steps/pop.ts';
import { post } from '../../engine/steps/post.ts';
import { write } from '../../engine/steps/put.ts';
import { reap } from '../../engine/steps/reap.ts';
import { readHint } from '../../engine/steps/slots.ts';
import { leaveUntidy } from '../../engine/steps/tidy.ts';
import { visitLeaf } from '../../engine/steps/visit-leaf.ts';
import { copyValue } from '../../engine/value.ts';
import { choose, type Memory, type Operation as ProgramOperation, peek } from '../../model/index.ts';
import { blobCapacity } from '../../pagecache/blob.ts';
import { asFree, graceIsOver, RETIRED, stateOf } from '../../pagecache/block.ts';
import { moveEpoch, pin, unpin } from '../../pagecache/epochs.ts';
import type { Layout } from '../../pagecache/layout.ts';
import { addressOf, isFrame } from '../../pagecache/page-word.ts';
import { advanceFrontier, helpTail } from '../../wal/frontier.ts';
import { keyAt, keyLengthAt, valueLengthAt } from '../../wal/memory-record.ts';
import { BLOB, PUT, TOMBSTONE } from '../../wal/record.ts';
import { recycleRing } from '../../wal/room.ts';
import { BLOCK_WORDS } from './geometry.ts';
import { REAP, type ThreadRegisters } from './registers.ts';

/*
 * The engine's operations as a program's threads run them. What stands here is what the engine's session does around its
 * steps: arguments into registers before, the result out of memory after. The root is always page 1.
 */

/** An operation of a scenario's thread. */
export type Call = ProgramOperation<ThreadRegisters>;

const ROOT_PID = 1;
/** A little more than fits one block. */
const LARGE_BYTES = blobCapacity(BLOCK_WORDS) + 8;

/** Reads a key's value. */
export function getKey(key: string): Call {
  return { name: 'get', arguments: [key], begin: starter(key, get), end: valueOrNull };
}

/** Writes a key; its result is the position in the log, which the sequential specification must explain as well. */
export function put(key: string, value: number): Call {
  return { name: 'put', arguments: [key, value], begin: writer(key, PUT, value, ALWAYS, 0), end: appliedAt };
}

/** Deletes a key if it is present. */
export function remove(key: string): Call {
  return { name: 'delete', arguments: [key], begin: writer(key, TOMBSTONE, 0, IF_PRESENT, 0), end: appliedAt };
}

/** As {@link put}, with a value that takes two blocks of its own, written before the record. */
export function putLarge(key: string, value: number): Call[] {
  return large(put(key, value), key, value, ALWAYS);
}

/** As {@link insertIfAbsent}, with a large value: in vain, its blocks are freed. */
export function insertLargeIfAbsent(key: string, value: number): Call[] {
  return large(insertIfAbsent(key, value), key, value, IF_ABSENT);
}

/** What `writer.ts` does: the value's blocks, the record, and the blocks back when no record came to name them. */
function large(call: Call, key: string, value: number, condition: number): Call[] {
  const bytes = new Uint8Array(LARGE_BYTES).fill(value);
  const write = writer(key, BLOB, value, condition, 0);
  const withValue = (op: ThreadRegisters): void => {
    op.value = bytes;
    op.valueLength = bytes.length;
  };
  const beginBlocks = (op: ThreadRegisters): EngineStep => {
    withValue(op);
    return writeBlob;
  };
  const begin = (op: ThreadRegisters): EngineStep => {
    const first = write(op);
    withValue(op);
    return first;
  };
  const end = (memory: Memory, op: ThreadRegisters): unknown => {
    if (op.applied) op.blob = 0;
    return call.end?.(memory, op);
  };
  return [
    { name: 'write blocks', arguments: [value], internal: true, begin: beginBlocks },
    { ...call, begin, end },
    leave,
    { name: 'free blocks', internal: true, begin: () => freeChain },
  ];
}

/** Replaces a value if it is the expected one. */
export function compareAndSwap(key: string, expected: number, value: number): Call {
  return {
    name: 'compareAndSwap',
    arguments: [key, expected, value],
    begin: writer(key, PUT, value, IF_EQUAL, expected),
    end: appliedAt,
  };
}

/** Writes a key if it is absent. */
export function insertIfAbsent(key: string, value: number): Call {
  return {
    name: 'insertIfAbsent',
    arguments: [key, value],
    begin: writer(key, PUT, value, IF_ABSENT, 0),
    end: appliedAt,
  };
}

/** Takes out the entry with the least (or the greatest) key. */
export function popEnd(downwards: boolean): Call {
  const begin = (op: ThreadRegisters): EngineStep => {
    prepare(op);
    op.downwards = downwards;
    return pop;
  };
  return { name: downwards ? 'popLast' : 'popFirst', arguments: [], begin, end: popped };
}

/** The nearest entry above or below a key; '' upwards: the first. */
export function nearest(key: string, downwards: boolean, inclusive: boolean): Call {
  const name = downwards ? (inclusive ? 'floor' : 'below') : inclusive ? 'ceiling' : 'above';
  const begin = (op: ThreadRegisters): EngineStep => {
    prepare(op);
    op.downwards = downwards;
    op.inclusive = inclusive;
    return withKey(key, neighbour);
  };
  return { name, arguments: [key], begin, end: entryOrNull };
}

/**
 * A forward scan, leaf by leaf: at most so many leaves.
 *
 * @param throughout keys that are there all the while: I6 says that the scan misses none of them
 */
export function scan(leaves: number, throughout: string): Call[] {
  return Array.from({ length: leaves }, (_, i) => scanLeaf(i + 1 === leaves, throughout));
}

function scanLeaf(last: boolean, throughout: string): Call {
  const begin = (op: ThreadRegisters): EngineStep | null => {
    if (op.ended) return null;
    prepare(op);
    op.ownStrict = false;
    return withCursor;
  };
  const end = (memory: Memory, op: ThreadRegisters): unknown => {
    if (!op.ended) takeLeaf(memory, op);
    if (last) assertScanned(op.seen, op.ended, throughout);
    return null;
  };
  return { name: 'scan leaf', begin, end, internal: true };
}

/** Leaves the pages, as every operation does once its result is copied. */
export const leave: Call = {
  name: 'leave',
  internal: true,
  begin: (op) => {
    op.afterUnpin = null;
    return unpin;
  },
};

/** Closes the leaf that covers a key and replaces it: what a write does that finds the leaf full. */
export function consolidate(key: string): Call {
  const begin = (op: ThreadRegisters): EngineStep => {
    prepare(op);
    op.postedFor = 0;
    op.ownStrict = false;
    op.poster = post;
    op.compressor = compress;
    op.body = findSlots;
    op.afterPin = restart;
    return withKey(key, pin);
  };
  return { name: 'consolidate', arguments: [key], begin, internal: true };
}

/**
 * Hands out any one block that is retired and whose grace period is over, as an allocator would, and lets nobody touch it
 * from then on: the harshest reuse there can be (I8). The epoch it goes by is the one it pinned, like an allocator's.
 */
export function sweep(layout: Layout): Call {
  const perChunk = Math.floor(layout.chunkWords / layout.classWords[0]);
  const blocks = perChunk * layout.chunks;
  const chooseBlock: EngineStep = function chooseBlock(memory, op) {
    const index = choose(blocks);
    op.block =
      layout.heapAt + Math.floor(index / perChunk) * layout.chunkWords + (index % perChunk) * layout.classWords[0];
    op.blockState = memory.load(op.block);
    const takeable = stateOf(op.blockState) === RETIRED && graceIsOver(op.blockState, op.epoch);
    return takeable ? sweepBlock : null;
  };
  const begin = (op: ThreadRegisters): EngineStep => {
    op.afterPin = chooseBlock;
    return pin;
  };
  return { name: 'sweep', internal: true, begin };
}

function sweepBlock(memory: Memory, op: Operation): EngineStep | null {
  if (memory.compareExchange(op.block, op.blockState, asFree(op.blockState)) !== op.blockState) return null;
  memory.released(op.block + 1, op.layout.classWords[0] - 1);
  return null;
}

/** Moves the epoch, if it can be moved. */
export const move: Call = {
  name: 'move epoch',
  internal: true,
  begin: (op) => {
    op.afterMove = null;
    return moveEpoch;
  },
};

/** A turn of getting page ids back: in these small page tables, a whole walk. */
export const collect: Call = {
  name: 'collect page ids',
  internal: true,
  begin: (op) => {
    op.afterCollect = null;
    return collectPids;
  },
};

/** Advances the frontier to the tail, as the keeper does and everyone who waits for the log. */
export const advance: Call = {
  name: 'advance frontier',
  internal: true,
  begin: (op) => {
    op.afterPin = helpTail;
    op.afterHelpTail = advanceToTail;
    return pin;
  },
};

/** Takes the keeper's role, advances the frontier to the tail, stages and recycles. */
export const recycle: Call = {
  name: 'recycle',
  internal: true,
  begin: (op) => {
    op.afterPin = helpTail;
    op.afterHelpTail = recycleToTail;
    op.afterRecycle = null;
    return pin;
  },
};

/** Finishes what a dead thread left behind. */
export function reapThread(dead: number): Call {
  const begin = (op: ThreadRegisters): EngineStep => {
    prepare(op);
    op.dead = dead;
    return reap;
  };
  return { name: REAP, arguments: [dead], begin, internal: true };
}

/**
 * Makes a tree, as the session does: a root page, then its name in the catalog, which is the scenario's tree; when another
 * has the name already, the root is taken back.
 *
 * @param rootPid the page id that the thread is known to take: the spare one of its first split
 */
export function makeTree(name: string, rootPid: number): Call[] {
  const planted = (_memory: Memory, op: ThreadRegisters): unknown => {
    if (op.failure !== NO_FAILURE || op.rootPid !== rootPid) throw new Error(`planted page ${op.rootPid}`);
    op.plantedPid = rootPid;
    op.plantedFrame = op.left;
    return null;
  };
  const insert = insertIfAbsent(name, rootPid);
  const inserted = (memory: Memory, op: ThreadRegisters): unknown => {
    op.named = op.applied;
    return insert.end?.(memory, op);
  };
  return [
    { name: 'plant', internal: true, begin: () => plant, end: planted },
    leave,
    { ...insert, end: inserted },
    leave,
    settleRoot,
  ];
}

/** Makes a root page for a tree that gets its name by another call: in set-ups. */
export const plantTree: Call = { name: 'plant', internal: true, begin: () => plant };

/** What the owner does about a thread that died making a tree: reaps it, and takes the root back when the tree has no name. */
export function reapTreeMaker(dead: number, name: string): Call[] {
  const look = getKey(name);
  const adopted = (memory: Memory, op: ThreadRegisters): unknown => {
    op.plantedPid = op.planted;
    const word = peek(memory, op.layout.pageTableAt + op.planted);
    op.plantedFrame = isFrame(word) ? addressOf(word) : 0;
    return null;
  };
  const looked = (memory: Memory, op: ThreadRegisters): unknown => {
    op.named = look.end?.(memory, op) === op.plantedPid;
    return null;
  };
  return [{ ...reapThread(dead), end: adopted }, leave, { ...look, internal: true, end: looked }, leave, settleRoot];
}

/** The tree has its name, or another tree has it: the root is no longer the maker's alone, or taken back. */
const settleRoot: Call = { name: 'settle root', internal: true, begin: () => keepOrUproot };

function keepOrUproot(memory: Memory, registers: Operation): EngineStep | null {
  const op = registers as ThreadRegisters;
  const { plantedPid, plantedFrame } = op;
  op.plantedPid = 0;
  op.plantedFrame = 0;
  if (plantedPid === 0) return null;
  if (op.named) {
    keepPlanted(memory, op);
    return null;
  }
  op.pid = plantedPid;
  op.left = plantedFrame;
  return uproot(memory, op);
}

function prepare(op: ThreadRegisters): void {
  op.rootPid = ROOT_PID;
  op.treeId = 1;
  op.firstLsn = 0;
}

/** Begins an operation on a key. */
export function starter(key: string, step: EngineStep): (op: ThreadRegisters) => EngineStep {
  const first = withKey(key, step);
  return (op) => {
    prepare(op);
    return first;
  };
}

function writer(
  key: string,
  kind: number,
  value: number,
  condition: number,
  expected: number,
): (op: ThreadRegisters) => EngineStep {
  const first = withKey(key, write);
  const bytes = kind === TOMBSTONE ? bytesOf('') : Uint8Array.of(value);
  const expectedBytes = condition === IF_EQUAL ? Uint8Array.of(expected) : bytesOf('');
  return (op) => {
    prepare(op);
    op.kind = kind;
    op.value = bytes;
    op.valueLength = bytes.length;
    op.condition = condition;
    op.expected = expectedBytes;
    return first;
  };
}

const keys = new Map<string, Uint8Array>();

function bytesOf(key: string): Uint8Array {
  let bytes = keys.get(key);
  if (bytes === undefined) {
    bytes = new TextEncoder().encode(key);
    keys.set(key, bytes);
  }
  return bytes;
}

/** Writes the key into the thread's own words, as the session does; private, so it never stands between two steps. */
function withKey(key: string, next: EngineStep): EngineStep {
  const bytes = bytesOf(key);
  return function writeKey(memory, op) {
    memory.writeBytes(ownKeyAt(op), bytes, 0, bytes.length);
    setKey(memory, op, bytes.length);
    return next;
  };
}

function withCursor(memory: Memory, op: Operation): EngineStep | null {
  const { cursor } = op as ThreadRegisters;
  if (cursor > 0) memory.write8(ownKeyAt(op), cursor);
  setKey(memory, op, cursor > 0 ? 1 : 0);
  return visitLeaf;
}

function findSlots(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = closeLeaf;
  return readHint(memory, op);
}

function closeLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.needWords = 0;
  op.afterFinish = done;
  op.onStarved = leaveUntidy;
  return finish(memory, op);
}

function done(): null {
  return null;
}

function advanceToTail(_memory: Memory, op: Operation): EngineStep | null {
  op.goal = op.mark;
  op.afterAdvance = null;
  return advanceFrontier;
}

function recycleToTail(_memory: Memory, op: Operation): EngineStep | null {
  op.goal = op.mark;
  return recycleRing;
}

/** What went wrong, as a result that no specification explains; or null. */
export function failureOf(op: ThreadRegisters): string | null {
  if (op.stalled) return 'stalled';
  return op.failure === NO_FAILURE ? null : `failure ${op.failure}`;
}

/** The value found, or null. */
export function valueOrNull(memory: Memory, op: ThreadRegisters): unknown {
  return failureOf(op) ?? (op.result === 0 ? null : byteOf(memory, op.result));
}

function entryOrNull(memory: Memory, op: ThreadRegisters): unknown {
  return failureOf(op) ?? (op.result === 0 ? null : [keyOf(memory, op.result), byteOf(memory, op.result)]);
}

function appliedAt(memory: Memory, op: ThreadRegisters): unknown {
  return failureOf(op) ?? (op.applied ? positionOf(memory, op) : null);
}

function popped(memory: Memory, op: ThreadRegisters): unknown {
  const failure = failureOf(op);
  if (failure !== null || op.result === 0) return failure;
  return [keyOf(memory, op.result), byteOf(memory, op.result)];
}

/** The log position of the record just written, counted from the scenario's start; −1: it is not decided. */
function positionOf(memory: Memory, op: ThreadRegisters): number {
  const lsn = peek(memory, op.record);
  return (lsn & 1) === 0 ? -1 : ((lsn >>> 1) - op.layout.firstPosition) & 0x7fffffff;
}

function keyOf(memory: Memory, record: number): string {
  let key = '';
  for (let i = 0; i < keyLengthAt(memory, record); i++) key += String.fromCharCode(memory.read8(keyAt(record) + i));
  return key;
}

/** A value's byte: there is one, or as many equal ones as a large value has. */
function byteOf(memory: Memory, record: number): number | string {
  const length = valueLengthAt(memory, record);
  if (length !== 1 && length !== LARGE_BYTES) return 'torn';
  const bytes = new Uint8Array(length);
  copyValue(memory, record, bytes, 0);
  return bytes.every((byte) => byte === bytes[0]) ? bytes[0] : 'torn';
}

function assertScanned(seen: string, ended: boolean, throughout: string): void {
  if (!ended) throw new Error('the scan needs more leaves than the scenario gives it');
  const inOrder = [...new Set(seen)].sort().join('');
  if (seen !== inOrder) throw new Error(`I6: the scan saw ${seen}, which is not sorted, or has duplicates`);
  for (const key of throughout) if (!seen.includes(key)) throw new Error(`I6: the scan saw ${seen}, but missed ${key}`);
}

/** What the range reader does with a leaf: its keys at or above the cursor, then the cursor to the leaf's end. */
function takeLeaf(memory: Memory, op: ThreadRegisters): void {
  const { scratch, frame } = op;
  mergeLeaf(memory, scratch, frame, op.filled);
  for (let i = 0; i < scratch.count; i++) {
    const key = memory.read8(scratch.keyAt[i]);
    if (key >= op.cursor) op.seen += String.fromCharCode(key);
  }
  op.ended = memory.read32(frame + RIGHT) === 0;
  if (op.ended || highKeyLength(memory, frame) === 0) return;
  op.cursor = memory.read8(highKeyAt(memory, frame));
}
