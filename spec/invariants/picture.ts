import {
  COUNT,
  childAt,
  EMPTY_SLOT,
  entryAt,
  entryKeyAt,
  entryKeyLength,
  FROZEN,
  highKeyAt,
  highKeyLength,
  historyAt,
  historyWords,
  LEVEL,
  RIGHT,
  SLOTS,
  slotAt,
  slotRecord,
} from '../../engine/frame.ts';
import type { Memory } from '../../model/index.ts';
import { BLOB_BYTES } from '../../pagecache/blob.ts';
import { type Layout, NEXT_PID_AT } from '../../pagecache/layout.ts';
import { addressOf, isForwarding, isFrame, rightOf } from '../../pagecache/page-word.ts';
import { blobOf, keyAt, keyLengthAt, kindAt, recordWordsAt, valueAt } from '../../wal/memory-record.ts';
import { BLOB, TOMBSTONE } from '../../wal/record.ts';

/** A record as invariants see it. */
export interface RecordPicture {
  readonly at: number;
  readonly key: string;
  /** −1: a tombstone. */
  readonly value: number;
  /** The LSN word. */
  readonly lsn: number;
  /** The first block of a large value, or 0. */
  readonly blob: number;
}

/** A page in memory. */
export interface PagePicture {
  readonly pid: number;
  readonly frame: number;
  readonly level: number;
  readonly right: number;
  /** The high key; null is +∞. */
  readonly high: string | null;
  /** Sorted area, and slots from oldest to newest. (Leaves.) */
  readonly sorted: readonly RecordPicture[];
  /** Older versions that snapshots may need. */
  readonly history: readonly RecordPicture[];
  readonly slots: readonly RecordPicture[];
  readonly frozen: boolean;
  /** (Inner pages.) */
  readonly entries: readonly { readonly key: string; readonly child: number }[];
}

/** The tree as an observer sees it who stops the world: pages by PID, words of all PIDs, and the chain of leaves. */
export interface TreePicture {
  readonly words: readonly number[];
  readonly pages: ReadonlyMap<number, PagePicture>;
  /** Live leaves from left to right; broken off where a link leads nowhere. */
  readonly chain: readonly PagePicture[];
  /** Why the chain broke off, or null. */
  readonly broken: string | null;
}

/** The root of every scenario's tree. */
export const ROOT_PID = 1;

/** Reads the whole tree. */
export function pictureOf(memory: Memory, layout: Layout): TreePicture {
  const pids = Math.min(memory.load(NEXT_PID_AT), layout.pages);
  const words: number[] = [];
  const pages = new Map<number, PagePicture>();
  for (let pid = 0; pid < pids; pid++) {
    const word = memory.load(layout.pageTableAt + pid);
    words.push(word);
    if (isFrame(word)) pages.set(pid, pageOf(memory, pid, addressOf(word)));
  }
  return { words, pages, ...chainOf(words, pages) };
}

/** Where a PID leads once forwarding pages are followed; 0: nowhere. */
export function resolve(words: readonly number[], pid: number): number {
  let at = pid;
  for (let hops = 0; hops <= words.length; hops++) {
    const word = words[at] ?? 0;
    if (!isForwarding(word)) return isFrame(word) ? at : 0;
    at = rightOf(word);
  }
  return 0;
}

/** What a leaf holds: the newest record of each key, tombstones left out. */
export function contentOf(page: PagePicture): Map<string, number> {
  const content = new Map<string, number>();
  for (const { key, value } of [...page.sorted, ...page.slots]) {
    if (value < 0) content.delete(key);
    else content.set(key, value);
  }
  return content;
}

function chainOf(words: readonly number[], pages: ReadonlyMap<number, PagePicture>) {
  const chain: PagePicture[] = [];
  let page = pages.get(ROOT_PID);
  while (page !== undefined && page.level > 0) page = pages.get(resolve(words, page.entries[0]?.child ?? 0));
  while (page !== undefined) {
    if (chain.includes(page)) return { chain, broken: `leaf ${page.pid} is its own successor` };
    chain.push(page);
    if (page.right === 0) return { chain, broken: null };
    page = pages.get(resolve(words, page.right));
  }
  const last = chain.at(-1);
  return { chain, broken: last === undefined ? 'the root leads to no leaf' : `leaf ${last.pid} has no live successor` };
}

function pageOf(memory: Memory, pid: number, frame: number): PagePicture {
  const level = memory.read32(frame + LEVEL);
  const right = memory.read32(frame + RIGHT);
  const count = memory.read32(frame + COUNT);
  const high = right === 0 ? null : textAt(memory, highKeyAt(memory, frame), highKeyLength(memory, frame));
  const sorted: RecordPicture[] = [];
  const slots: RecordPicture[] = [];
  const entries: { key: string; child: number }[] = [];
  let frozen = false;
  for (let i = 0; i < count; i++) {
    const entry = entryAt(memory, frame, i);
    if (level === 0) sorted.push(recordOf(memory, entry));
    else {
      const key = textAt(memory, entryKeyAt(false, entry), entryKeyLength(memory, false, entry));
      entries.push({ key, child: childAt(memory, frame, i) });
    }
  }
  for (let i = 0; level === 0 && i < memory.read32(frame + SLOTS); i++) {
    const slot = memory.load(slotAt(frame, i));
    if (slot === FROZEN) frozen = true;
    if (slot === EMPTY_SLOT || slot === FROZEN) break;
    slots.push(recordOf(memory, slotRecord(frame, slot)));
  }
  const history: RecordPicture[] = [];
  const end = historyAt(memory, frame) + historyWords(memory, frame);
  for (let at = historyAt(memory, frame); at < end; at += recordWordsAt(memory, at)) history.push(recordOf(memory, at));
  return { pid, frame, level, right, high, sorted, history, slots, frozen, entries };
}

function recordOf(memory: Memory, at: number): RecordPicture {
  const tombstone = kindAt(memory, at) === TOMBSTONE;
  const value = tombstone ? -1 : valueByte(memory, at);
  const blob = kindAt(memory, at) === BLOB ? blobOf(memory, at, keyLengthAt(memory, at)) : 0;
  return { at, key: textAt(memory, keyAt(at), keyLengthAt(memory, at)), value, lsn: memory.load(at), blob };
}

/** A record's value: scenarios use one byte, or many equal ones in a chain of blocks. */
export function valueByte(memory: Memory, record: number): number {
  if (kindAt(memory, record) !== BLOB) return memory.read8(valueAt(memory, record));
  return memory.read8((blobOf(memory, record, keyLengthAt(memory, record)) + BLOB_BYTES) * 4);
}

function textAt(memory: Memory, byteAddress: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(memory.read8(byteAddress + i));
  return text;
}

/** The tree as a person wants to read it. A mutant may have left one that cannot be drawn. */
export function drawTree(memory: Memory, layout: Layout): string {
  try {
    return draw(memory, layout);
  } catch (error) {
    return `(the tree cannot be drawn: ${error instanceof Error ? error.message : error})`;
  }
}

function draw(memory: Memory, layout: Layout): string {
  const { words, pages } = pictureOf(memory, layout);
  const lines: string[] = [];
  for (let pid = 1; pid < words.length; pid++) {
    const page = pages.get(pid);
    if (page !== undefined) lines.push(`page ${pid}: ${drawPage(page)}`);
    else if (words[pid] !== 0) lines.push(`page ${pid}: → ${rightOf(words[pid])}`);
  }
  return lines.join('\n');
}

function drawPage(page: PagePicture): string {
  const end = page.right === 0 ? '' : ` | < ${page.high} → ${page.right}`;
  if (page.level > 0) return `${page.entries.map(({ key, child }) => `${key || '−∞'}:${child}`).join(' ')}${end}`;
  const recordText = ({ key, value, lsn }: RecordPicture) => `${key}=${value < 0 ? '✝' : value}${lsn === 0 ? '?' : ''}`;
  return `[${page.sorted.map(recordText).join(' ')}] ${page.slots.map(recordText).join(' ')}${page.frozen ? ' ❄' : ''}${end}`;
}
