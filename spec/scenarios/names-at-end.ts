import { HEADER_WORDS } from '../../engine/frame.ts';
import type { Memory } from '../../model/index.ts';
import type { Layout } from '../../pagecache/layout.ts';
import { keyLengthAt, kindAt, recordWords, valueLengthAt } from '../../wal/memory-record.ts';
import { type PagePicture, pictureOf, type RecordPicture, type TreePicture } from '../invariants/picture.ts';
import { FRAME_WORDS } from './names.ts';

/** Names of words by the pages and records that they belong to, for traces: `lsn of a=1`, `slot 0 of page 1`. */
export function namesAtEnd(memory: Memory, layout: Layout): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const page of treeIn(memory, layout)?.pages.values() ?? []) {
    namePage(page, layout, names);
    for (const record of [...page.sorted, ...page.slots]) nameRecord(memory, record, names);
  }
  return names;
}

/** A mutant may have left a tree that cannot be read. */
function treeIn(memory: Memory, layout: Layout): TreePicture | null {
  try {
    return pictureOf(memory, layout);
  } catch {
    return null;
  }
}

function namePage({ pid, frame }: PagePicture, layout: Layout, names: Map<number, string>): void {
  for (const [i, part] of FRAME_WORDS.entries()) names.set(frame + i, `${part} of page ${pid}`);
  for (let i = 0; i < layout.slotsMax; i++) names.set(frame + HEADER_WORDS + i, `slot ${i} of page ${pid}`);
}

function nameRecord(memory: Memory, { at, key, value }: RecordPicture, names: Map<number, string>): void {
  const record = `${key}${value < 0 ? ' deleted' : `=${value}`}`;
  const words = recordWords(kindAt(memory, at), keyLengthAt(memory, at), valueLengthAt(memory, at));
  for (let i = 0; i < words; i++) names.set(at + i, `${['lsn', 'head', 'value size'][i] ?? 'bytes'} of ${record}`);
}
