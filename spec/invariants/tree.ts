import { FREE } from '../../engine/steps/collect.ts';
import type { Memory } from '../../model/index.ts';
import {
  COLLECT_PHASE_AT,
  FREE_PID_AT,
  type Layout,
  NOTE_FREE_PIDS,
  NOTE_LEFT_PID,
  NOTE_PLANTED,
  NOTE_RIGHT_PID,
  threadArea,
} from '../../pagecache/layout.ts';
import { isDead, isForwarding, rightOf } from '../../pagecache/page-word.ts';
import { contentOf, type PagePicture, pictureOf, ROOT_PID, resolve, type TreePicture } from './picture.ts';

/*
 * The tree's invariants (design, "Invariants the checker must hold"). Each looks at one state and says what is wrong, or
 * returns true.
 */

type Verdict = true | string;

/** I2: live leaves form one chain, high keys strictly increasing, the last is +∞. */
export function leavesFormOneChain({ chain, broken }: TreePicture): Verdict {
  if (broken !== null) return broken;
  for (let i = 1; i < chain.length; i++) {
    const [before, after] = [chain[i - 1].high, chain[i].high];
    if (before === null || (after !== null && after <= before)) {
      return `high key ${after} of page ${chain[i].pid} follows ${before} of page ${chain[i - 1].pid}`;
    }
  }
  return true;
}

/** I3: every inner entry leads at or left of the right live leaf, and every search ends. */
export function entriesLeadLeft({ pages, words, chain }: TreePicture): Verdict {
  const lows = innerLows(words, pages);
  for (const page of pages.values()) {
    for (const { key: separator, child } of page.entries) {
      const key = separator === '' ? (lows.get(page) ?? '') : separator;
      const reached = pages.get(resolve(words, child));
      if (reached === undefined) return `page ${page.pid}'s entry '${key}' leads to page ${child}, which leads nowhere`;
      if (reached.level !== page.level - 1) return `page ${page.pid}'s entry '${key}' leads to level ${reached.level}`;
      if (reached.level > 0) continue;
      const index = chain.indexOf(reached);
      if (index < 0) continue; // a new right half, not in the chain yet: only a late post could name it, and I7 looks there
      const covering = chain.findIndex(({ high }) => high === null || key < high);
      if (index > covering) return `page ${page.pid}'s entry '${key}' leads to page ${reached.pid}, right of its leaf`;
    }
  }
  return true;
}

/**
 * Where each inner page begins, by the chains of their levels: a first entry with an empty key stands for that. A page in
 * no chain is a right half that is not linked yet; its first entry is what it was.
 */
function innerLows(words: readonly number[], pages: TreePicture['pages']): Map<PagePicture, string> {
  const lows = new Map<PagePicture, string>();
  let first = pages.get(ROOT_PID);
  while (first !== undefined && first.level > 0) {
    let low = '';
    let page: PagePicture | undefined = first;
    while (page !== undefined && !lows.has(page)) {
      lows.set(page, low);
      low = page.high ?? low;
      page = pages.get(resolve(words, page.right));
    }
    first = pages.get(resolve(words, first.entries[0]?.child ?? 0));
  }
  return lows;
}

/** I4: each key lives in exactly the leaf that covers it. */
export function keysLiveWhereCovered({ chain }: TreePicture): Verdict {
  let low = '';
  for (const leaf of chain) {
    for (const { key } of [...leaf.sorted, ...leaf.slots]) {
      if (key < low || (leaf.high !== null && key >= leaf.high)) {
        return `page ${leaf.pid}, which covers [${low}, ${leaf.high ?? '∞'}), holds ${key}`;
      }
    }
    low = leaf.high ?? low;
  }
  return true;
}

/**
 * I5: a collapsed page forwards to a live one until its id is used again, and the root never collapses. (That it held no
 * key, I1 tells.) While dead ones are given up, those that are left may forward to others that are gone already.
 */
export function collapsedPagesForward(memory: Memory, { words, chain, pages }: TreePicture): Verdict {
  if (!pages.has(ROOT_PID)) return 'the root is gone';
  for (let pid = 1; pid < words.length; pid++) {
    if (!isForwarding(words[pid])) continue;
    if (isDead(words[pid]) && memory.read32(COLLECT_PHASE_AT) === FREE) continue;
    const live = resolve(words, pid);
    if ((pages.get(live)?.level ?? 0) > 0) continue;
    if (!chain.some((leaf) => leaf.pid === live)) return `collapsed page ${pid} forwards to ${live}, which is not live`;
  }
  return true;
}

/**
 * I7: the root reaches every leaf, but for a right half that its maker has published and not linked yet. In a scenario that
 * makes trees the root is the catalog's: its values name the roots of others, which their makers note until then.
 */
export function rootReachesLeaves(memory: Memory, layout: Layout, { pages, chain }: TreePicture): Verdict {
  const named = chain.flatMap((leaf) => [...contentOf(leaf).values()]);
  for (const page of pages.values()) {
    if (page.level > 0) continue;
    const isRoot = named.includes(page.pid);
    if (chain.includes(page)) {
      if (isNoted(memory, layout, page.pid, [NOTE_PLANTED])) return `leaf ${page.pid} is noted as the root of a tree`;
      continue;
    }
    if (isRoot) continue;
    if (!isNoted(memory, layout, page.pid, [NOTE_RIGHT_PID, NOTE_LEFT_PID, NOTE_PLANTED]))
      return `leaf ${page.pid} is in no chain, and in no thread's note`;
  }
  return true;
}

/** When nothing moves, and the walks are done: each page id names a page, is free, or is spare. */
export function noPidIsLost(memory: Memory, layout: Layout): Verdict {
  const { words, pages } = pictureOf(memory, layout);
  const free = new Set<number>();
  for (let pid = memory.load(FREE_PID_AT); pid !== 0; pid = rightOf(words[pid])) free.add(pid);
  for (let thread = 1; thread < layout.threads; thread++) {
    const first = memory.read32(threadArea(layout, thread) + NOTE_FREE_PIDS);
    for (let pid = first; pid !== 0; pid = rightOf(words[pid])) {
      if (free.has(pid)) return `page id ${pid} is free twice`;
      free.add(pid);
    }
  }
  for (let pid = 1; pid < words.length; pid++) {
    if (pages.has(pid) === free.has(pid) && !isNoted(memory, layout, pid, [NOTE_RIGHT_PID, NOTE_LEFT_PID])) {
      return pages.has(pid) ? `page ${pid} is live, and its id is free` : `page id ${pid} does not come back`;
    }
  }
  return true;
}

/** All content of the live leaves. */
export function treeContent(memory: Memory, layout: Layout): Record<string, number> {
  const all = pictureOf(memory, layout).chain.flatMap((leaf) => [...contentOf(leaf)]);
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isNoted(memory: Memory, layout: Layout, pid: number, notes: readonly number[]): boolean {
  for (let thread = 1; thread < layout.threads; thread++) {
    const area = threadArea(layout, thread);
    if (notes.some((note) => memory.read32(area + note) === pid)) return true;
  }
  return false;
}
