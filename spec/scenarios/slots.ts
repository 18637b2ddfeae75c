import { type Mutant, type Operation, type Program, program, type Step, type Thread } from '../../model/index.ts';
import { endWalk, sweepSlots } from '../../pagecache/slot-generations.ts';
import { FREE_SLOT } from '../../pagecache/slots.ts';
import {
  buildSlots,
  checkpoint,
  evict,
  namedImagesAreIntact,
  noSlotIsLost,
  pagesOwnSlots,
  reap,
  type SlotBed,
  SlotThread,
  slabsInOrder,
  slotBed,
  slotIsUsedAgain,
  takeAndKeep,
  takenOnce,
  touch,
} from './slot-operations.ts';

/** A scenario over the page cache's slots. */
export interface SlotScenario {
  name: string;
  /** One line: what it exposes. */
  about: string;
  actors: readonly (Partial<Omit<Thread<SlotThread>, 'operations'>> & {
    name: string;
    does: readonly Operation<SlotThread>[];
  })[];
  /** Slabs, the unused one included, slots of each, and classes. */
  slabs?: number;
  slabSlots?: number;
  classes?: number;
  deaths?: number;
  mutants?: Readonly<Record<string, Mutant>>;
  /** Takes longer than a test should: explored by `npm run explore -- --all` only. */
  slow?: boolean;
  /** Slots are still held at the end. */
  keeps?: boolean;
  /** Some state must have a slot used again: else nothing was explored that matters. */
  reuses?: boolean;
}

type SlotStep = Step<SlotThread>;

type Rewrite = (step: SlotStep, ...rest: Parameters<SlotStep>) => SlotStep | null;

/** Runs `rewrite` in place of the steps of these names. */
function instead(names: string, about: string, rewrite: Rewrite): Mutant {
  const made = new Map<unknown, SlotStep>();
  const get = (step: unknown): SlotStep | undefined => {
    const original = step as SlotStep;
    if (!names.split(' ').includes(original.name)) return undefined;
    let mutated = made.get(step);
    if (mutated === undefined) {
      mutated = (memory, op) => rewrite(original, memory, op);
      Object.defineProperty(mutated, 'name', { value: `${original.name} (mutant)` });
      made.set(step, mutated);
    }
    return mutated;
  };
  return { replace: { get } as unknown as ReadonlyMap<unknown, unknown>, about };
}

const oneGenerationEarly = instead('releaseSlot', 'a slot is reused one generation early', (step, memory, op) => {
  const next = step(memory, op);
  op.generation--;
  return next;
});

const walkIgnored = instead(
  'releaseSlot',
  'a slot released during a walk waits for one generation',
  (_s, memory, op) => {
    const blind = Object.create(memory) as typeof memory;
    blind.load = (address) => memory.load(address) & ~1;
    return _s(blind, op);
  },
);

const freedAtOnce = instead('releaseSlot', 'a released slot is free at once', (_step, memory, op) => {
  memory.store(op.slots.slotsAt + op.slot, FREE_SLOT);
  return op.afterSlot;
});

const silentWalk: Mutant = { step: 'beginWalk', weaken: 'skip', about: 'does not say that a walk is under way' };

const takenByStore: Mutant = { step: 'holdSlot', weaken: 'casToStore', about: 'takes a slot by a store' };

const bumpAnyway = instead(
  'appendManifest',
  'moves the generation though no manifest is written',
  (step, memory, op) => {
    const kept = Object.create(memory) as typeof memory;
    kept.store = () => {};
    step(kept, op);
    op.afterSlot = freeDue;
    return endWalk;
  },
);

const freeDue: SlotStep = (_memory, op) => {
  op.afterSlot = null;
  return sweepSlots;
};

const inPlace = instead('takeSlot', 'writes a page to the slot that it has', (_step, _memory, op) => {
  op.slot = op.slots.slabSlots + op.page;
  op.slotTaken = true;
  return op.afterSlot;
});

/** The register `imageId` has no other use here. */
const generationFirst = instead(
  'pin releaseSlot',
  'reads the generation before the page changes',
  (step, memory, op) => {
    if (step.name === 'pin' && op.imageId === 0) {
      op.imageId = memory.load(op.slots.generationAt);
      return step;
    }
    if (step.name === 'pin') return step(memory, op);
    const blind = Object.create(memory) as typeof memory;
    blind.load = () => op.imageId;
    return step(blind, op);
  },
);

const pinAfterReading = instead('pin readPage', 'pins after it has read the page', (step, memory, op) => {
  if (step.name === 'readPage') {
    const blind = Object.create(memory) as typeof memory;
    blind.load = () => op.word;
    return step(blind, op);
  }
  if (op.imageId !== 0) return step(memory, op);
  op.imageId = 1;
  op.word = memory.load(op.bed.pagesAt + op.page);
  return step;
});

const pinClearedFirst = instead('readNote', 'the reaper clears the pin first', (step, memory, op) => {
  if (op.imageId !== 0) return step(memory, op);
  op.imageId = 1;
  memory.store(op.bed.threadsAt + 2 * (op.deadThread - 1), 0);
  return step;
});

const freeUnadopted = instead('dropNew', 'frees an image that only its manifest names', (step, memory, op) => {
  const after = op.afterEviction;
  op.afterEviction = null;
  const next = step(memory, op);
  op.afterEviction = after;
  return next;
});

const roleByStore: Mutant = { step: 'claimCheckpoint', weaken: 'casToStore', about: 'takes the role by a store' };

const roleCleared: Mutant = {
  step: 'reapCheckpointer',
  weaken: 'casToStore',
  about: 'the reaper clears the role, whoever has it',
};

const releaseWhateverItHeld = instead('readNoted', 'the reaper does not look at the page', (step, memory, op) => {
  const next = step(memory, op);
  op.namedSlot = 0;
  return next;
});

const noNote: Mutant = { step: 'writeNote', weaken: 'skip', about: 'does not note what it is about to release' };

const noGrace = instead('awaitGrace', 'frees slots without waiting for pins', (_step, _memory, op) => {
  op.afterSlot = null;
  return sweepSlots;
});

export const slotsAndCheckpoints: SlotScenario = {
  name: 'slots-and-checkpoints',
  reuses: true,
  about: 'evict, evict ∥ two checkpoints: a slot that a manifest names is not written again (I12)',
  slabs: 6,
  slabSlots: 2,
  actors: [
    { name: 'e', does: [evict(0, 11), evict(0, 12), evict(0, 13)] },
    { name: 'c', does: [checkpoint(), checkpoint()] },
  ],
  mutants: {
    'reuse one generation early': oneGenerationEarly,
    'reuse after a walk that may have named it': walkIgnored,
    'reuse at once': freedAtOnce,
    'a walk that nobody sees': silentWalk,
    'write in place': inPlace,
    'move the generation anyway': bumpAnyway,
    'read the generation first': generationFirst,
  },
};

export const twoCheckpointers: SlotScenario = {
  name: 'two-checkpointers',
  about: 'a checkpoint ∥ a checkpoint ∥ evict, evict: one at a time (I12)',
  slabs: 6,
  slabSlots: 2,
  actors: [
    { name: 'c', does: [checkpoint()] },
    { name: 'd', does: [checkpoint(0, 1)] },
    { name: 'e', does: [evict(0, 11), evict(0, 12)] },
  ],
  mutants: { 'take the role by a store': roleByStore },
};

export const twoEvictors: SlotScenario = {
  name: 'two-evictors',
  about: 'evict ∥ evict of the same page ∥ checkpoint: no slot is taken twice, none is lost (I12)',
  slabs: 6,
  slabSlots: 2,
  actors: [
    { name: 'e', does: [evict(0, 11)] },
    { name: 'f', does: [evict(0, 21)] },
    { name: 'c', does: [checkpoint()] },
  ],
  mutants: { 'take by a store': takenByStore },
};

export const dirtyCheckpoint: SlotScenario = {
  name: 'checkpoint-of-a-dirty-page',
  about: 'evict, evict ∥ a checkpoint that writes an image of its own, and another checkpoint (I12)',
  slabs: 6,
  slabSlots: 2,
  actors: [
    { name: 'e', does: [evict(0, 11), evict(0, 12)] },
    { name: 'c', does: [checkpoint(31), checkpoint(32)] },
  ],
  mutants: { 'free an image that no page took': freeUnadopted },
};

export const deathOfEvictor: SlotScenario = {
  name: 'death-of-an-evictor',
  about: 'an evictor dies anywhere ∥ evict of the same page; then its reaper: no slot is lost (I12)',
  slabs: 5,
  slabSlots: 2,
  deaths: 1,
  actors: [
    { name: 'e', does: [evict(0, 11)] },
    { name: 'f', does: [evict(0, 21)], mortal: false },
    { name: 'r', does: [reap(1), evict(1, 22)], startsWhenDead: 'e' },
  ],
  mutants: { 'release all that it held': releaseWhateverItHeld, 'no note': noNote },
};

export const reaperAndReuse: SlotScenario = {
  name: 'reaper-and-reuse-of-slots',
  about:
    'an evictor dies anywhere ∥ a checkpoint, which frees slots, evict; then the reaper: it releases nothing of others (I12)',
  slabs: 6,
  slabSlots: 2,
  deaths: 1,
  actors: [
    { name: 'e', does: [evict(0, 11)] },
    { name: 'c', does: [evict(0, 12), checkpoint(), evict(1, 21)], mortal: false },
    { name: 'r', does: [reap(1)], startsWhenDead: 'e' },
  ],
  mutants: {
    'no grace': noGrace,
    'clear the pin first': pinClearedFirst,
    'pin after reading the page': pinAfterReading,
  },
  reuses: true,
};

export const reaperBesideCheckpointer: SlotScenario = {
  name: 'reaper-beside-a-checkpointer',
  about: 'an evictor dies anywhere ∥ a checkpoint; the reaper, and a checkpoint of its own: one at a time (I12)',
  slabs: 6,
  slabSlots: 2,
  deaths: 1,
  actors: [
    { name: 'e', does: [evict(0, 11)] },
    { name: 'c', does: [checkpoint(), evict(0, 12), evict(0, 13)], mortal: false },
    { name: 'r', does: [reap(1), checkpoint(0, 1)], startsWhenDead: 'e' },
  ],
  mutants: { 'clear the role of another': roleCleared },
};

export const deathOfCheckpointer: SlotScenario = {
  name: 'death-of-a-checkpointer',
  about: 'a checkpointer dies anywhere ∥ evict, evict; then its reaper makes one (I12)',
  slabs: 6,
  slabSlots: 2,
  deaths: 1,
  actors: [
    { name: 'c', does: [checkpoint(31)] },
    { name: 'e', does: [evict(0, 11), evict(0, 12)], mortal: false },
    { name: 'r', does: [reap(1), checkpoint(0, 1), evict(1, 41)], startsWhenDead: 'c' },
  ],
};

export const residency: SlotScenario = {
  name: 'slots-and-residency',
  about: 'evict ∥ the page comes into memory ∥ evict: a lost change of the page lets go of its slot (I12)',
  slabs: 6,
  slabSlots: 2,
  actors: [
    { name: 'e', does: [evict(0, 11)] },
    { name: 't', does: [touch(0)] },
    { name: 'f', does: [evict(0, 21)] },
  ],
};

export const slabsOfTwoClasses: SlotScenario = {
  keeps: true,
  name: 'slabs-of-two-classes',
  about: 'three threads take slots of two classes and share the slabs between them',
  slabs: 6,
  slabSlots: 2,
  classes: 2,
  actors: [
    { name: 'a', does: [takeAndKeep(0), takeAndKeep(1)] },
    { name: 'b', does: [takeAndKeep(1)] },
    { name: 'd', does: [takeAndKeep(1)] },
  ],
  mutants: { 'take by a store': takenByStore },
};

/** All scenarios over slots. */
export const slotScenarios: readonly SlotScenario[] = [
  slotsAndCheckpoints,
  twoCheckpointers,
  twoEvictors,
  dirtyCheckpoint,
  deathOfEvictor,
  reaperAndReuse,
  reaperBesideCheckpointer,
  deathOfCheckpointer,
  residency,
  slabsOfTwoClasses,
];

/** Makes the program that the checker explores. */
export function slotProgram(scenario: SlotScenario): Program {
  const bed = slotBed(scenario.slabs ?? 6, scenario.slabSlots ?? 2, scenario.classes ?? 1);
  return program<SlotThread, unknown>({
    name: scenario.name,
    words: bed.words,
    setup: (memory) => buildSlots(memory, bed),
    threads: scenario.actors.map(({ does, ...rest }, index) => ({
      ...rest,
      registers: () => new SlotThread(bed, index + 1),
      operations: does,
      scrub: forget,
    })),
    invariants: {
      'I12 named images are intact': namedImagesAreIntact(bed),
      'I12 pages own their slots': pagesOwnSlots(bed),
    },
    finally:
      scenario.keeps === true
        ? { 'each class has its slabs': slabsInOrder(bed), 'no slot is taken twice': takenOnce }
        : { 'I12 no slot is lost': noSlotIsLost(bed) },
    ...(scenario.reuses === true ? { goals: { 'a slot is used again': slotIsUsedAgain(bed) } } : {}),
    deaths: scenario.deaths ?? 0,
    recordResults: true,
    ...(scenario.mutants === undefined ? {} : { mutants: scenario.mutants }),
  });
}

const fresh = new Map<SlotBed, Record<string, unknown>>();

/** Between operations all registers are dead. */
function forget(op: SlotThread, next: unknown): void {
  if (next !== null) return;
  let model = fresh.get(op.bed);
  if (model === undefined) {
    model = new SlotThread(op.bed, 0) as unknown as Record<string, unknown>;
    fresh.set(op.bed, model);
  }
  const target = op as unknown as Record<string, unknown>;
  for (const name of Object.keys(model)) if (!KEPT.has(name)) target[name] = model[name];
}

const KEPT = new Set(['slots', 'bed', 'thread']);
