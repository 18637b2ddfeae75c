import type { Memory, Operation, ProgramInvariant, Step } from '../../model/index.ts';
import { claimCheckpoint, endWalk, leaveCheckpoint, reapSlots, sweepSlots } from '../../pagecache/slot-generations.ts';
import { classOfSlab, ordinalOfSlab, type SlotSpace, slotAt, slotSpaceOf } from '../../pagecache/slot-space.ts';
import {
  FREE_SLOT,
  giveSlotBack,
  holderOf,
  LIVE_SLOT,
  releaseSlot,
  type SlotRegisters,
  settleSlot,
  takeSlot,
} from '../../pagecache/slots.ts';

/*
 * Slots on disk (pagecache/slots.ts) in the smallest surroundings in which they can go wrong: pages that are one word, naming
 * a slot and the image in it; a disk of one word per slot; and manifests of one word. The steps that are not the page
 * cache's own stand here, and do what the engine does around them.
 */

/** Pages of a scenario. */
export const PAGES = 2;
/** Threads that it has at most. */
const THREADS = 3;

/** Where things are: the words of the slots first. */
export interface SlotBed {
  readonly space: SlotSpace;
  readonly pagesAt: number;
  readonly diskAt: number;
  /** The manifest that the disk has for certain, and two that it may have instead: written, and not yet known to be synced. */
  readonly durableAt: number;
  readonly pendingAt: number;
  /** For each thread a word that says whether it is pinned, and its note. */
  readonly threadsAt: number;
  readonly words: number;
}

/** Lays a bed out. */
export function slotBed(slabs: number, slabSlots: number, classes: number): SlotBed {
  const space = slotSpaceOf(0, slabs, slabSlots, classes);
  const pagesAt = space.endAt;
  const diskAt = pagesAt + PAGES;
  const durableAt = diskAt + slabs * slabSlots;
  const threadsAt = durableAt + 3;
  return { space, pagesAt, diskAt, durableAt, pendingAt: durableAt + 1, threadsAt, words: threadsAt + 2 * THREADS };
}

const pinAt = (bed: SlotBed, thread: number): number => bed.threadsAt + 2 * (thread - 1);
const noteAt = (bed: SlotBed, thread: number): number => pinAt(bed, thread) + 1;
const noteOf = (page: number, slot: number): number => (page << 8) | slot;

/** What a page or a manifest says: a slot, and the image in it. */
export function entryOf(slot: number, image: number): number {
  return (image << 8) | slot;
}

/** Bit of a page's word that means nothing for its slot. */
const IN_MEMORY = 1 << 16;

const slotIn = (entry: number): number => entry & 0xff;
const imageIn = (entry: number): number => (entry >>> 8) & 0xff;
const manifestOf = (first: number, second: number): number => (second << 16) | first;

/** The registers of a thread that takes slots. */
export class SlotThread implements SlotRegisters<SlotThread> {
  readonly slots: SlotSpace;
  readonly bed: SlotBed;
  readonly thread: number;
  slot = 0;
  slotClass = 0;
  slotWord = 0;
  slotTaken = false;
  nextSlot = 0;
  slabEnd = 0;
  generation = 0;
  deadThread = 0;
  namedSlot = 0;
  imageId = 0;
  imageIdsLeft = 0;
  afterSlot: Step<SlotThread> | null = null;
  page = 0;
  image = 0;
  word = 0;
  newSlot = 0;
  afterEviction: Step<SlotThread> | null = null;
  draft = 0;
  walked = 0;
  pending = 0;
  /** The checkpointer writes an image of its own for page 0. */
  dirty = false;

  constructor(bed: SlotBed, thread: number) {
    this.bed = bed;
    this.slots = bed.space;
    this.thread = thread;
  }
}

type SlotStep = Step<SlotThread>;

/** Writes a page to a new slot and lets go of the one before. The image's number is its identity. */
export function evict(page: number, image: number): Operation<SlotThread> {
  return {
    name: 'evict',
    arguments: [page, image],
    begin(op) {
      op.page = page;
      op.image = image;
      op.slotClass = 0;
      op.afterEviction = null;
      op.afterSlot = writeImage;
      return takeSlot;
    },
  };
}

/** Nobody is pinned while a disk is at work. */
const writeImage: SlotStep = (memory, op) => {
  if (op.slot === 0) return op.afterEviction; // no room: the page stays as it is
  op.newSlot = op.slot;
  memory.store(op.bed.diskAt + op.slot, op.image);
  return pin;
};

const pin: SlotStep = (memory, op) => {
  memory.store(pinAt(op.bed, op.thread), 1);
  return readPage;
};

const readPage: SlotStep = (memory, op) => {
  op.word = memory.load(op.bed.pagesAt + op.page);
  return writeNote;
};

/** For the reaper: what will be released. */
const writeNote: SlotStep = (memory, op) => {
  memory.store(noteAt(op.bed, op.thread), noteOf(op.page, slotIn(op.word)));
  return changePage;
};

const changePage: SlotStep = (memory, op) => {
  const entry = entryOf(op.newSlot, op.image);
  const won = memory.compareExchange(op.bed.pagesAt + op.page, op.word, entry) === op.word;
  return won ? settleNew : dropNew;
};

const settleNew: SlotStep = (_memory, op) => {
  op.slot = op.newSlot;
  op.afterSlot = releaseOld;
  return settleSlot;
};

const releaseOld: SlotStep = (_memory, op) => {
  op.slot = slotIn(op.word);
  op.afterSlot = clearNote;
  return releaseSlot;
};

/** Lost: nothing names the new slot; but a walk uses it for its manifest. */
const dropNew: SlotStep = (_memory, op) => {
  op.slot = op.newSlot;
  op.afterSlot = clearNote;
  return op.afterEviction === null ? giveSlotBack : releaseSlot;
};

const clearNote: SlotStep = (memory, op) => {
  memory.store(noteAt(op.bed, op.thread), 0);
  return unpin;
};

const unpin: SlotStep = (memory, op) => {
  memory.store(pinAt(op.bed, op.thread), 0);
  return op.afterEviction;
};

/** The page comes into memory, or leaves it: its word changes, and names the same slot. */
export function touch(page: number): Operation<SlotThread> {
  return {
    name: 'touch',
    arguments: [page],
    begin(op) {
      op.page = page;
      return readTouched;
    },
  };
}

const readTouched: SlotStep = (memory, op) => {
  op.word = memory.load(op.bed.pagesAt + op.page);
  return changeTouched;
};

const changeTouched: SlotStep = (memory, op) => {
  memory.compareExchange(op.bed.pagesAt + op.page, op.word, op.word ^ IN_MEMORY);
  return null;
};

/** Takes a slot of a class and gives it back, unused. */
export function takeAndKeep(slotClass: number): Operation<SlotThread> {
  return {
    name: 'take',
    arguments: [slotClass],
    begin(op) {
      op.slotClass = slotClass;
      op.afterSlot = null;
      return takeSlot;
    },
    end: (_memory, op) => op.slot,
  };
}

/**
 * A checkpoint: walks the pages, writes a manifest, syncs it, moves the generation, frees what is due.
 *
 * @param image with one, the walk finds page 0 dirty and writes an image of its own
 * @param pending which of the two places for unsynced manifests is written
 */
export function checkpoint(image = 0, pending = 0): Operation<SlotThread> {
  return {
    name: 'checkpoint',
    begin(op) {
      op.dirty = image !== 0;
      op.image = image;
      op.pending = pending;
      op.afterSlot = walk;
      return claimCheckpoint;
    },
  };
}

const walk: SlotStep = (_memory, op) => {
  if (!op.slotTaken) return null;
  op.walked = 0;
  op.draft = 0;
  return walkPage;
};

/** Reads the page's word once. */
const walkPage: SlotStep = (memory, op) => {
  op.word = memory.load(op.bed.pagesAt + op.walked);
  if (op.walked > 0 || !op.dirty) return name(op, op.word & 0xffff);
  op.slotClass = 0;
  op.afterSlot = writeDirty;
  return takeSlot;
};

/** The walk names the entry for the page at hand. Private. */
function name(op: SlotThread, entry: number): SlotStep {
  op.draft = op.walked === 0 ? entry : manifestOf(op.draft, entry);
  op.walked++;
  return op.walked < PAGES ? walkPage : appendManifest;
}

/** As in an eviction. Where the page has changed meanwhile, the image is the manifest's alone, and its slot released at once. */
const writeDirty: SlotStep = (memory, op) => {
  if (op.slot === 0) return name(op, op.word & 0xffff);
  op.page = 0;
  op.afterEviction = nameOwn;
  return writeImage(memory, op);
};

const nameOwn: SlotStep = (_memory, op) => name(op, entryOf(op.newSlot, op.image));

/** Writes the manifest: from here on a power cut may leave it. */
const appendManifest: SlotStep = (memory, op) => {
  memory.store(op.bed.pendingAt + op.pending, op.draft);
  return syncManifest;
};

/** From here on every power cut leaves it. */
const syncManifest: SlotStep = (memory, op) => {
  memory.store(op.bed.durableAt, op.draft);
  return forgetPending;
};

/** What was written before to the same place of the file is gone. */
const forgetPending: SlotStep = (memory, op) => {
  memory.store(op.bed.pendingAt + 1 - op.pending, 0);
  op.afterSlot = awaitGrace;
  return endWalk;
};

const awaitGrace: SlotStep = (_memory, op) => {
  op.walked = 1;
  return readPin;
};

/** Everyone is seen unpinned once; else this checkpoint frees nothing. */
const readPin: SlotStep = (memory, op) => {
  op.afterSlot = leave;
  if (memory.load(pinAt(op.bed, op.walked)) !== 0) return leave;
  op.walked++;
  return op.walked <= THREADS ? readPin : sweepSlots;
};

const leave: SlotStep = (_memory, op) => {
  op.afterSlot = null;
  return leaveCheckpoint;
};

/** Reaps what a dead thread held, and what it was about to release; clears its pin last. */
export function reap(deadThread: number): Operation<SlotThread> {
  return {
    name: 'reap',
    begin(op) {
      op.deadThread = deadThread;
      return readNote;
    },
  };
}

const readNote: SlotStep = (memory, op) => {
  const note = memory.load(noteAt(op.bed, op.deadThread));
  op.page = note >>> 8;
  op.newSlot = note & 0xff;
  return readNoted;
};

/** Without a note the dead thread changed no page. */
const readNoted: SlotStep = (memory, op) => {
  op.namedSlot = slotIn(memory.load(op.bed.pagesAt + op.page));
  op.afterSlot = reapHeld;
  if (op.newSlot === 0 || op.namedSlot === op.newSlot) return reapHeld;
  op.slot = op.newSlot;
  return releaseSlot;
};

const reapHeld: SlotStep = (_memory, op) => {
  op.afterSlot = clearDeadNote;
  return reapSlots;
};

const clearDeadNote: SlotStep = (memory, op) => {
  memory.store(noteAt(op.bed, op.deadThread), 0);
  return clearDeadPin;
};

const clearDeadPin: SlotStep = (memory, op) => {
  memory.store(pinAt(op.bed, op.deadThread), 0);
  return null;
};

/** Each page in a slot of its own, named by the durable manifest, in generation 1. */
export function buildSlots(memory: Memory, bed: SlotBed): void {
  const { space } = bed;
  const slabs = Math.ceil(PAGES / space.slabSlots);
  for (let slab = 1; slab <= slabs; slab++) memory.store(space.slabTableAt + slab, (1 << 26) | (slab - 1));
  memory.store(space.nextSlabAt, slabs + 1);
  memory.store(space.generationAt, 1 << 1);
  for (let page = 0; page < PAGES; page++) {
    const slot = space.slabSlots + page;
    memory.store(slotAt(space, slot), LIVE_SLOT);
    memory.store(bed.diskAt + slot, page + 1);
    memory.store(bed.pagesAt + page, entryOf(slot, page + 1));
  }
  const [first, second] = [0, 1].map((page) => memory.load(bed.pagesAt + page));
  memory.store(bed.durableAt, manifestOf(first, second));
}

/** I12: whatever a page or a manifest that may count names is on disk as it was written. */
export function namedImagesAreIntact(bed: SlotBed): ProgramInvariant {
  const pages = Array.from({ length: PAGES }, (_, page) => page);
  return (memory) => {
    for (const page of pages) {
      const wrong = misplaced(memory, bed, memory.load(bed.pagesAt + page));
      if (wrong !== '') return `page ${page} ${wrong}`;
    }
    for (const at of [bed.durableAt, bed.pendingAt, bed.pendingAt + 1]) {
      const manifest = memory.load(at);
      for (const page of manifest === 0 ? [] : pages) {
        const wrong = misplaced(memory, bed, page === 0 ? manifest & 0xffff : manifest >>> 16);
        if (wrong !== '') return `the manifest's page ${page} ${wrong}`;
      }
    }
    return true;
  };
}

function misplaced(memory: Memory, bed: SlotBed, entry: number): string {
  const found = memory.load(bed.diskAt + slotIn(entry));
  return found === imageIn(entry) ? '' : `names image ${imageIn(entry)} in slot ${slotIn(entry)}, which has ${found}`;
}

/** I12: pages name slots of their own, which are neither free nor released. */
export function pagesOwnSlots(bed: SlotBed): ProgramInvariant {
  return (memory) => {
    const slots = Array.from({ length: PAGES }, (_, page) => slotIn(memory.load(bed.pagesAt + page)));
    if (new Set(slots).size < PAGES) return `pages share a slot: ${slots.join(', ')}`;
    for (const slot of slots) {
      const word = memory.load(slotAt(bed.space, slot));
      if (word !== LIVE_SLOT && holderOf(word) === 0) return `a page names slot ${slot}, whose word is ${word}`;
    }
    return true;
  };
}

/** Whether the slot that page 0 had at the start holds another image. */
export function slotIsUsedAgain(bed: SlotBed): (memory: Memory) => boolean {
  return (memory) => memory.load(bed.diskAt + bed.space.slabSlots) !== 1;
}

/** At the end: each slot is free, or live and named by a page, or released and due within two generations. */
export function noSlotIsLost(bed: SlotBed): ProgramInvariant {
  return (memory) => {
    const { space } = bed;
    const named = new Set(Array.from({ length: PAGES }, (_, page) => slotIn(memory.load(bed.pagesAt + page))));
    const generation = memory.load(space.generationAt) >>> 1;
    const end = memory.load(space.nextSlabAt) * space.slabSlots;
    for (let slot = space.slabSlots; slot < end; slot++) {
      const word = memory.load(slotAt(space, slot));
      const due = word >>> 2;
      const fine = named.has(slot)
        ? word === LIVE_SLOT
        : word === FREE_SLOT || ((word & 3) === 3 && due <= generation + 2);
      if (!fine) return `slot ${slot} is ${named.has(slot) ? 'named' : 'named by nothing'}, and its word is ${word}`;
    }
    return true;
  };
}

/** At the end: the slabs of each class are numbered from 0 on, without a gap. */
export function slabsInOrder(bed: SlotBed): ProgramInvariant {
  return (memory) => {
    const { space } = bed;
    const seen = new Array<number>(space.classes).fill(0);
    for (let slab = 1; slab < memory.load(space.nextSlabAt); slab++) {
      const slotClass = classOfSlab(memory, space, slab);
      if (ordinalOfSlab(memory, space, slab) !== seen[slotClass]++) return `slab ${slab} is out of order`;
    }
    return true;
  };
}

/** At the end: no two operations were given the same slot. */
export const takenOnce: ProgramInvariant = (_memory, state) => {
  const taken = state.threads.flatMap((thread) => thread.results).filter((slot) => slot !== 0);
  return new Set(taken).size === taken.length || `slots taken: ${taken.join(', ')}`;
};
