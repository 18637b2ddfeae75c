import {
  blindWalk,
  childrenUnspared,
  earlyWalk,
} from './mutants.ts';
import { type Call, collect, consolidate, move, nearest, put, remove } from './operations.ts';
import type { EngineScenario } from './scenario.ts';

/*
 * Page ids of collapsed pages come back: four walks over the page table (MARK, LINKS, ENTRIES, FREE), and grace periods
 * between them. In a set-up each call is followed by a grace period; a thread moves the epoch itself.
 */

const NEXT_WALK: readonly Call[] = [move, move, collect];

/** Somebody stands on a collapsed page while its entry goes, its id comes back, and a split takes it. */
export const pageIdReuse: EngineScenario = {
  name: 'page-id-reuse',
  about: 'ceiling by way of a collapsed page ∥ insert there, ENTRIES, FREE, an insert that splits: its id is used again (I1, I3)',
  leaves: ['a', 'c', 'eg'],
  slotted: 'g',
  prepare: [remove('c'), consolidate('a'), collect, collect],
  tiny: { slots: 1, pages: 16, spares: false, blocks: 14 },
  actors: [
    { name: 'g', does: [nearest('d', false, true)] },
    { name: 'w', does: [put('c', 1), collect, ...NEXT_WALK, put('f', 2)] },
  ],
  mutants: { 'reuse a PID early': earlyWalk('FREE') },
};

/** Somebody has read a link to a collapsed page, and posts it after the walk over the entries. */
export const latePoster: EngineScenario = {
  name: 'late-poster',
  about: 'ceiling that walks right to a collapsed page and posts it ∥ LINKS, ENTRIES, FREE: no entry names an id that is free (I3)',
  leaves: ['a', 'h', 'm', 's'],
  prepare: [...[remove('a'), remove('h')], ...[...'bccdd'].map((key) => put(key, 9)), remove('c'), collect],
  tiny: { slots: 1, pages: 24, blocks: 30, spares: false },
  actors: [
    { name: 'p', does: [nearest('m', false, true)] },
    { name: 'w', does: [consolidate('b'), nearest('c', false, true), collect, ...NEXT_WALK, ...NEXT_WALK] },
  ],
  mutants: { 'entries too early': earlyWalk('ENTRIES') },
};

/** What still names a collapsed page is spared, and mended; only the walks after that give its id up. */
export const mending: EngineScenario = {
  name: 'mending',
  about: 'LINKS, ENTRIES, FREE ∥ ceiling, insert: links and entries that name a collapsed page keep its id (I2, I3)',
  leaves: ['a', 'c', 'e'],
  prepare: [remove('c'), collect],
  tiny: { pages: 16, spares: false },
  actors: [
    { name: 'k', does: [collect, ...NEXT_WALK, ...NEXT_WALK] },
    { name: 'p', does: [nearest('b', false, true), put('d', 1)] },
  ],
  mutants: { 'links are not looked at': blindWalk('LINKS') },
};

/** An inner page splits while the walk over the entries goes on: some of its entries move to an id that was passed. */
export const innerSplitInWalk: EngineScenario = {
  name: 'inner-split-in-walk',
  about: 'ENTRIES, FREE ∥ an insert that splits an inner page with a stale entry, to a page id that the walk passes first (I3)',
  leaves: ['ac', 'd', 'f', 'h', 'j', 'l'],
  prepare: [
    ...[remove('h'), remove('j'), consolidate('f'), ...new Array<Call>(8).fill(collect)],
    ...[remove('d'), consolidate('a'), put('b', 9), collect, collect],
  ],
  tiny: { slots: 1, innerContentWords: 5, pages: 24, blocks: 24, spares: false },
  actors: [
    { name: 'k', does: [collect, ...NEXT_WALK] },
    { name: 'p', does: [put('c', 1)] },
  ],
  mutants: { 'moved entries are not spared': childrenUnspared, 'entries are not looked at': blindWalk('ENTRIES') },
};
