import { pin } from '../../pagecache/epochs.ts';
import { NOTE_BLOB, NOTE_FRAME, NOTE_RECORD } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { erasAhead, moveEra, readEra } from '../../wal/era.ts';
import { blobWordAt, keyAt, kindAt, recordWords } from '../../wal/memory-record.ts';
import { help, takePlace } from '../../wal/place.ts';
import { BLOB, packMeta, packMeta2, RECORD_HEADER_WORDS, TOMBSTONE } from '../../wal/record.ts';
import { APPEND, EMPTY_SLOT, END, FROZEN, HINT, SLOTS, slotAt, slotRecord, slotWord } from '../frame.ts';
import { ALWAYS, type EngineStep, IF_ABSENT, IF_EQUAL, NO_FAILURE, type Operation, ownKeyAt } from '../operation.ts';
import { valueEquals } from '../value.ts';
import { compress } from './compress.ts';
import { restart } from './descend.ts';
import { finish } from './finish.ts';
import { post } from './post.ts';
import { relieve } from './relieve.ts';
import { holdsOwnKey, inSortedArea, isAged, mayBeEmpty, newestInSlots, readHint } from './slots.ts';
import { leaveUntidy } from './tidy.ts';

/*
 * Writing one key: put, delete, compare-and-swap (README, "put", W1 to W7). Intent first: the record is public before its
 * place in the log exists, and whoever meets it finishes it. In: the own key, `kind`, `value`, `valueLength` (`blob`),
 * `condition`, `expected`. Out: `applied`, and `result`, the record that was there before; pinned still.
 */

/** W1: pins, then searches. */
export function write(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.result = 0;
  op.applied = false;
  op.pressure = 0;
  op.recordFrame = 0;
  op.onSlotLost = null;
  op.postedFor = 0;
  op.ownStrict = false;
  op.poster = post;
  op.compressor = compress;
  op.body = readLeaf;
  op.afterPin = readEra;
  op.afterEra = restart;
  return pin(memory, op);
}

function readLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.afterSlots = lookUp;
  return readHint(memory, op);
}

/** W2: the newest record of the same key; PENDING, it is helped first, or slot order and log order part. */
function lookUp(memory: Memory, op: Operation): EngineStep | null {
  if (op.frozen || op.filled === memory.read32(op.frame + SLOTS) || isAged(memory, op)) return close(memory, op);
  op.match = newestInSlots(memory, op);
  return op.match === 0 ? judge(memory, op) : readDecided;
}

function readDecided(memory: Memory, op: Operation): EngineStep | null {
  if (memory.load(op.match) !== 0) return judge(memory, op);
  op.subject = op.match;
  op.afterDecide = judge;
  return help;
}

/** W3: private: whether the condition holds for the newest record. If not, the operation was a read. */
function judge(memory: Memory, op: Operation): EngineStep | null {
  if (op.condition !== ALWAYS) {
    if (op.match === 0) op.match = inSortedArea(memory, op);
    const present = op.match !== 0 && kindAt(memory, op.match) !== TOMBSTONE;
    op.result = present ? op.match : 0;
    if (op.condition === IF_ABSENT ? present : !present) return refuse(memory, op);
    if (op.condition === IF_EQUAL && !valueEquals(memory, op.match, op.expected)) return refuse(memory, op);
  }
  return op.recordFrame === op.frame ? publish : reserve;
}

function refuse(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(op.threadAt + NOTE_RECORD, 0);
  return null;
}

/**
 * W4 for an operation that has judged the whole leaf, not one key: the record goes to the slot at `filled` or nowhere;
 * lost, the operation goes to `onSlotLost`.
 */
export function appendExactly(_memory: Memory, _op: Operation): EngineStep | null {
  return reserve;
}

/** W4: takes append space and writes the record there, PENDING, and into the thread's note. No room: closes the page. */
function reserve(memory: Memory, op: Operation): EngineStep | null {
  const { frame } = op;
  const words = recordWords(op.kind, op.ownKeyLength, op.valueLength);
  const offset = memory.add(frame + APPEND, words);
  if (offset + words > memory.read32(frame + END)) return close;
  op.record = frame + offset;
  op.recordFrame = frame;
  writeRecord(memory, op);
  memory.write32(op.threadAt + NOTE_FRAME, frame);
  memory.write32(op.threadAt + NOTE_RECORD, op.record);
  return publish;
}

/** W5: CASes exactly the slot that was read as empty: the intent is public. */
function publish(memory: Memory, op: Operation): EngineStep | null {
  const { frame } = op;
  const mine = slotWord(frame, op.record, op.kind === TOMBSTONE, op.fingerprint);
  const found = memory.compareExchange(slotAt(frame, op.filled), EMPTY_SLOT, mine);
  if (found === EMPTY_SLOT) {
    op.subject = op.record;
    op.afterDecide = raiseHint;
    return op.firstLsn === 0 ? takePlace : raiseHint;
  }
  if (found === FROZEN) return close;
  return lostTo(memory, op, slotRecord(frame, found));
}

/** Lost to a record: of the same key: look at it; of another: the next slot. Private. */
function lostTo(memory: Memory, op: Operation, other: number): EngineStep | null {
  if (op.onSlotLost !== null) return giveUpRecord(memory, op);
  op.filled++;
  if (holdsOwnKey(memory, op, other)) {
    op.match = other;
    return op.filled === memory.read32(op.frame + SLOTS) ? close : readDecided;
  }
  return op.filled === memory.read32(op.frame + SLOTS) ? close : publish;
}

function giveUpRecord(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(op.threadAt + NOTE_RECORD, 0);
  return op.onSlotLost;
}

/** W6: decided. The hint spares later readers the atomic loads. */
function raiseHint(memory: Memory, op: Operation): EngineStep | null {
  op.applied = true;
  op.filled++;
  // In this order: a reaper that finds blocks noted, and no record, takes them for blocks that no record names.
  memory.write32(op.threadAt + NOTE_BLOB, 0);
  memory.write32(op.threadAt + NOTE_RECORD, 0);
  memory.store(op.frame + HINT, op.filled);
  op.subject = op.record;
  op.afterEra = mayTidy;
  return op.firstLsn === 0 && erasAhead(op.era, memory.read32(op.record)) > 0 ? moveEra : mayTidy(memory, op);
}

function mayTidy(memory: Memory, op: Operation): EngineStep | null {
  return op.kind === TOMBSTONE && mayBeEmpty(memory, op) ? tidy(memory, op) : null;
}

/** W7: the delete is done; what may be left is to collapse the leaf. */
function tidy(memory: Memory, op: Operation): EngineStep | null {
  op.needWords = 0;
  op.afterFinish = tidied;
  op.onStarved = leaveUntidy;
  return finish(memory, op);
}

function tidied(_memory: Memory, _op: Operation): EngineStep | null {
  return null;
}

/** The page is full or frozen: finishes its consolidation, then starts again. Private. */
function close(memory: Memory, op: Operation): EngineStep | null {
  op.recordFrame = 0;
  memory.write32(op.threadAt + NOTE_RECORD, 0);
  op.needWords = recordWords(op.kind, op.ownKeyLength, op.valueLength);
  op.afterFinish = op.onSlotLost ?? restart;
  op.onStarved = relieve;
  return finish(memory, op);
}

function writeRecord(memory: Memory, op: Operation): void {
  const { record, ownKeyLength } = op;
  memory.write32(record, op.firstLsn);
  memory.write32(record + 1, packMeta(op.kind, op.treeId, ownKeyLength));
  memory.write32(record + 2, packMeta2(op.treeId, op.valueLength));
  const key = record + RECORD_HEADER_WORDS;
  memory.copy(key, ownKeyAt(op) / 4, (ownKeyLength + 3) >>> 2);
  if (op.kind === BLOB) memory.write32(blobWordAt(record, ownKeyLength), op.blob);
  else if (op.valueLength > 0) memory.writeBytes(keyAt(record) + ownKeyLength, op.value, 0, op.valueLength);
}
