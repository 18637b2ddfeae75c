import type { Layout } from '../../pagecache/layout.ts';
import * as places from '../../pagecache/layout.ts';

const CONTROL: ReadonlyMap<number, string> = new Map([
  [places.EPOCH_AT, 'epoch'],
  [places.MARK_AT, 'mark'],
  [places.MOVER_AT, 'mover'],
  [places.TAIL_AT, 'tail'],
  [places.FRONTIER_AT, 'frontier'],
  [places.STAGED_AT, 'staged'],
  [places.KEEPER_AT, 'keeper'],
  [places.KEEPER_WAKE_AT, 'keeper wake'],
  [places.NEXT_PID_AT, 'next pid'],
  [places.NEXT_CHUNK_AT, 'next chunk'],
  [places.ERA_AT, 'era'],
  [places.SNAPSHOT_TOP_AT, 'snapshot top'],
  [places.HORIZON_AT, 'horizon'],
  [places.KEPT_AT, 'kept words'],
  [places.PRUNED_AT, 'pruned'],
  [places.ID_NEXT_AT, 'next id'],
  [places.ID_BLOCKS_AT, 'id blocks'],
]);

const NOTES: ReadonlyMap<number, string> = new Map([
  [places.PIN, 'pin'],
  [places.TICKET, 'ticket'],
  [places.NOTE_RECORD, 'note record'],
  [places.NOTE_FRAME, 'note frame'],
  [places.NOTE_PID, 'note pid'],
  [places.NOTE_OLD, 'note old'],
  [places.NOTE_NEW, 'note new'],
  [places.NOTE_RIGHT, 'note right'],
  [places.NOTE_ROOT, 'note root'],
  [places.NOTE_RIGHT_PID, 'note right pid'],
  [places.NOTE_LEFT_PID, 'note left pid'],
  [places.RETIRED_COUNT, 'retired count'],
]);

/** A frame's words, from its first. */
export const FRAME_WORDS = [
  'state',
  'level',
  'right',
  'count',
  'slots',
  'high',
  'high head',
  'prefix',
  'content',
  'end',
  'append',
  'hint',
];
const HEADER_WORDS = 16;

/** A word's name, for traces. */
export function nameOf(layout: Layout, address: number): string {
  const control = CONTROL.get(address);
  if (control !== undefined) return control;
  if (address >= layout.heapAt) return blockName(layout, address);
  if (address >= layout.chunkTableAt) return `chunk table[${address - layout.chunkTableAt}]`;
  if (address >= layout.pageTableAt) return `page ${address - layout.pageTableAt}`;
  if (address >= layout.ringAt) return `ring[${address - layout.ringAt}]`;
  if (address >= layout.snapshotsAt) return snapshotName(layout, address - layout.snapshotsAt);
  if (address < layout.threadsAt) return `control[${address}]`;
  const thread = Math.floor((address - layout.threadsAt) / layout.threadWords);
  const word = address - places.threadArea(layout, thread);
  return `thread ${thread} ${NOTES.get(word) ?? `[${word}]`}`;
}

function blockName(layout: Layout, address: number): string {
  const chunk = Math.floor((address - layout.heapAt) / layout.chunkWords);
  const size = layout.classWords[0];
  const inChunk = address - layout.heapAt - chunk * layout.chunkWords;
  const word = inChunk % size;
  const part =
    word < FRAME_WORDS.length
      ? FRAME_WORDS[word]
      : word >= HEADER_WORDS && word < HEADER_WORDS + layout.slotsMax
        ? `slot ${word - HEADER_WORDS}`
        : `[${word}]`;
  return `block ${chunk}.${Math.floor(inChunk / size)} ${part}`;
}

function snapshotName(layout: Layout, word: number): string {
  return word < layout.snapshots ? `snapshot ${word}` : `owner of snapshot ${word - layout.snapshots}`;
}
