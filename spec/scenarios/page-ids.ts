import { noNote } from './mutants.ts';
import { type Call, collect, consolidate, getKey, move, nearest, put, reapThread, remove } from './operations.ts';
import {
  blindWalk,
  chainUnspared,
  childrenUncompared,
  childrenUnspared,
  earlyWalk,
  freedAtOnce,
  notLowered,
} from './page-id-mutants.ts';
import type { EngineScenario } from './scenario.ts';

/*
 * Page ids of collapsed pages come back: four walks over the page table (MARK, LINKS, ENTRIES, FREE), and grace periods
 * between them. In a set-up each call is followed by a grace period; a thread moves the epoch itself.
 */

const NEXT_WALK: readonly Call[] = [move, move, collect];

/** Somebody stands on a collapsed page while its entry goes, its id comes back, and a split takes it. */
export const pageIdReuse: EngineScenario = {
  name: 'page-id-reuse',
  about:
    'ceiling by way of a collapsed page ∥ insert there, ENTRIES, FREE, an insert that splits: its id is used again (I1, I3)',
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
  about:
    'ceiling that walks right to a collapsed page and posts it ∥ LINKS, ENTRIES, FREE: no entry names an id that is free (I3)',
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
  about:
    'ENTRIES, FREE ∥ an insert that splits an inner page with a stale entry, to a page id that the walk passes first (I3)',
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

/** A leaf splits, and its right half takes over a link to a page that collapses: at a page id that the walk has passed. */
export const splitBesideWalk: EngineScenario = {
  name: 'split-beside-walk',
  about: 'a split to a page id that the walk passes first ∥ delete in the next leaf, all walks: a link that moves (I2)',
  leaves: ['a', 'c', 'eg', 'i', 'k'],
  prepare: [...[remove('c'), consolidate('a'), ...new Array<Call>(8).fill(collect)], put('f', 9)],
  tiny: { slots: 1, pages: 16, blocks: 20, spares: false },
  actors: [
    { name: 'p', does: [consolidate('e')] },
    { name: 'w', does: [remove('i'), nearest('i', false, true), collect, ...NEXT_WALK, ...NEXT_WALK, ...NEXT_WALK] },
  ],
  mutants: { 'links too early': earlyWalk('LINKS') },
};

/** A collapsed page forwards to another: what names the first keeps both. */
export const chainOfCollapsed: EngineScenario = {
  name: 'chain-of-collapsed',
  about: 'ENTRIES, FREE ∥ ceiling by way of two collapsed pages, of which an entry names the first (I5)',
  leaves: ['a', 'c', 'e', 'g'],
  prepare: [remove('c'), remove('e'), nearest('e', false, true), consolidate('a'), collect, collect],
  tiny: { pages: 16, spares: false },
  actors: [
    { name: 'k', does: [collect, ...NEXT_WALK] },
    { name: 'p', does: [nearest('c', false, true)] },
  ],
  mutants: { 'the first is spared only': chainUnspared },
};

/** A walk sees what a split has published that is lost then. */
export const walkAndLostSplit: EngineScenario = {
  name: 'walk-and-lost-split',
  about: 'LINKS ∥ two threads that split the same leaf: what the loser published is not freed under the walk (I8)',
  leaves: ['ac', 'e'],
  slotted: 'b',
  prepare: [collect],
  tiny: { slots: 1 },
  actors: [
    { name: 'k', does: [collect] },
    { name: 'p', does: [consolidate('a')] },
    { name: 'q', does: [consolidate('a')] },
  ],
  mutants: { 'a lost half is freed at once': freedAtOnce },
};

/** All leaves under an inner page have collapsed into one further right, which splits where the next inner page begins. */
export const innerCollapse: EngineScenario = {
  name: 'inner-collapse',
  about: 'ENTRIES, with an inner page that collapses ∥ a split of the leaf that took over its range, get (I3, I7)',
  leaves: ['a', 'c', 'e', 'h', 'l'],
  prepare: [
    ...[remove('a'), remove('c'), remove('e'), remove('h'), put('b', 9), consolidate('b'), put('h', 9)],
    ...[collect, collect],
  ],
  tiny: { slots: 1, innerContentWords: 5, pages: 24, blocks: 24, spares: false },
  actors: [
    { name: 'k', does: [collect] },
    { name: 'p', does: [put('m', 1), getKey('b')] },
  ],
  mutants: { 'the right one is not lowered': notLowered, 'children are not compared': childrenUncompared },
};

/** The collector dies anywhere in a walk that mends and collapses. */
export const deathOfCollector: EngineScenario = {
  name: 'death-of-a-collector',
  about:
    'ENTRIES, with an inner page that collapses, dies anywhere ∥ get; then the reaper and the walks after it (I5, I9)',
  leaves: ['a', 'c', 'e', 'h', 'l'],
  prepare: [
    ...[remove('a'), remove('c'), remove('e'), remove('h'), put('b', 9), consolidate('b'), put('h', 9)],
    ...[collect, collect],
  ],
  tiny: { slots: 1, innerContentWords: 5, pages: 24, blocks: 24, spares: false },
  deaths: 1,
  actors: [
    { name: 'k', does: [collect] },
    { name: 'p', does: [getKey('b')], mortal: false },
    { name: 'r', does: [reapThread(1), collect], startsWhenDead: 'k' },
  ],
  mutants: { 'no note': noNote },
};
