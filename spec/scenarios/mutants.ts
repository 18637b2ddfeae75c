import { extendLeaf } from '../../engine/extend-leaf.ts';
import { CONTENT, COUNT, END, HEADER_WORDS, LEVEL, PREFIX, RIGHT } from '../../engine/frame.ts';
import { insertIntoCopy } from '../../engine/insert-entry.ts';
import type { EngineStep, Operation } from '../../engine/operation.ts';
import { INSERT, MERGE, REDIRECT } from '../../engine/rebuild.ts';
import { writeNote } from '../../engine/steps/note.ts';
import { leaveUntidy } from '../../engine/steps/tidy.ts';
import { type Memory, type Mutant, peek } from '../../model/index.ts';
import { BLOB_NEXT } from '../../pagecache/blob.ts';
import {
  NOTE_BLOB,
  NOTE_PID,
  NOTE_PLANTED,
  NOTE_RECORD,
  NOTE_RIGHT_PID,
  PIN,
  threadArea,
} from '../../pagecache/layout.ts';
import { addressOf, isFrame } from '../../pagecache/page-word.ts';
import { helpTail } from '../../wal/frontier.ts';
import { takePlace } from '../../wal/place.ts';
import { emptyWord, isEmpty, placeOf } from '../../wal/ring.ts';
import { tinyLayout } from './geometry.ts';

/*
 * Mutants, made outside the code: a step is run with a weaker memory, or another step runs in its place. The code itself
 * has no switch for them.
 */

type Rewrite = (original: EngineStep, memory: Memory, op: Operation) => EngineStep | null;

/** Runs `rewrite` in place of every step of this name (or one of these names). */
export function instead(names: string | readonly string[], about: string, rewrite: Rewrite): Mutant {
  const wanted = typeof names === 'string' ? [names] : names;
  const made = new Map<unknown, unknown>();
  const get = (step: unknown): unknown => {
    const original = step as EngineStep;
    if (!wanted.includes(original.name)) return undefined;
    let mutated = made.get(step);
    if (mutated === undefined) {
      const run: EngineStep = (memory, op) => rewrite(original, memory, op);
      Object.defineProperty(run, 'name', { value: `${original.name} (mutant)` });
      mutated = run;
      made.set(step, mutated);
    }
    return mutated;
  };
  return { replace: { get } as ReadonlyMap<unknown, unknown>, about };
}

/** A memory whose loads give a fixed word, with no access taking place. */
function blind(memory: Memory, word: number): Memory {
  const made = Object.create(memory) as Memory;
  made.load = () => word;
  return made;
}

/** The memory itself, but for some of its functions. */
export function altered(memory: Memory, instead: Partial<Memory>): Memory {
  const { load, store, compareExchange, add, wait, notify, read32, write32, read16, write16, read8, write8 } = memory;
  const { copy, readBytes, writeBytes, acquired, released } = memory;
  const words = { load, store, compareExchange, add, wait, notify, read32, write32, read16, write16, read8, write8 };
  const all = { ...words, copy, readBytes, writeBytes, acquired, released };
  const bound = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, each.bind(memory)]));
  return { ...(bound as unknown as Memory), ...instead };
}

function skipHelp(then: string, who: string): Mutant {
  return instead('help', `${who} does not help a pending record`, (original, memory, op) =>
    op.afterDecide?.name === then ? op.afterDecide : original(memory, op),
  );
}

export const noHelpByReader = skipHelp('found', 'a reader');
export const noHelpByWriter = skipHelp('judge', 'a writer');
export const noHelpByConsolidator = skipHelp('helpNext', 'a consolidator');

/** The place in the log is taken before the intent is public. */
export const placeBeforeIntent = instead(
  'publish',
  'takes the place before the intent is public',
  (publish, memory, op) => {
    if (op.afterDecide !== publish) {
      op.subject = op.record;
      op.afterDecide = publish;
      return takePlace;
    }
    const next = publish(memory, op);
    return next === takePlace ? op.afterDecide : next;
  },
);

/** After a lost slot CAS just tries the next slot, whatever the winner's key is. */
export const nextSlot = instead('publish', 'after a lost slot CAS just tries the next slot', (publish, memory, op) => {
  const next = publish(memory, op);
  return next?.name === 'readDecided' ? publish : next;
});

/** Slots above the hint are not looked at. */
export const trustHint = instead('readSlot', 'trusts the hint', (_readSlot, _memory, op) => op.afterSlots);

/** The LSN is stored, not CASed. */
export const storeLsn: Mutant = { step: ['decide', 'decideEntry'], weaken: 'casToStore', about: 'stores the LSN' };

/** The frontier is advanced on one reading of it. */
export const oneReading = instead('rereadFrontier', 'advances the frontier on one reading', (original, memory, op) =>
  original(blind(memory, op.frontier), op),
);

/** EMPTY has no lap: a stale CAS may succeed. */
export const noLap: Mutant = {
  step: 'claimPlace',
  weaken: {
    compareExchange: (memory, address, expected, replacement) => {
      const found = peek(memory, address);
      if (!isEmpty(found)) return memory.compareExchange(address, expected, replacement);
      memory.store(address, replacement);
      return expected;
    },
  },
  about: 'EMPTY without a lap',
};

/** The place check t < staged + R is skipped. */
export const noRoomCheck = instead('readStaged', 'takes a place without room', (original, memory, op) => {
  op.stagedSeen = op.place;
  return original(blind(memory, op.place), op);
});

/** A page is changed without closing it first. */
export const noFreeze = instead(
  'freeze',
  'collapses, splits and consolidates without freezing',
  (original, memory, op) => {
    const pretending = Object.create(memory) as Memory;
    pretending.compareExchange = (_address, expected) => expected;
    return original(pretending, op);
  },
);

/** The page word is stored, not CASed: what came in between is lost. */
export const stalePage: Mutant = { step: 'install', weaken: 'casToStore', about: 'installs over a page that changed' };

/** A thread whose split of an inner page was lost posts the half that it withdrew, not the separator it came with. */
export const postLostHalf = instead('install', 'posts the half of a split that was lost', (install, memory, op) => {
  const next = install(memory, op);
  if (next?.name === 'withdrawRight') {
    op.postAt = op.separatorAt;
    op.postLength = op.separatorLength;
    op.postChild = op.rightPid;
    op.postLevel = memory.read32(op.left + LEVEL) + 1;
  }
  return next;
});

/** The parent's entry is redirected one leaf too far right. */
export const redirectTooFar = instead(
  'compress',
  'redirects the parent one leaf too far right',
  (original, memory, op) => {
    const right = memory.read32(addressOf(op.word) + RIGHT);
    if (right !== 0) op.liveChild = right;
    return original(memory, op);
  },
);

/** A stale entry of a separator that is there already is led one leaf too far right. */
export const repointToRight = instead('build', 'leads a stale entry too far right', (build, memory, op) => {
  const word = peek(memory, op.layout.pageTableAt + op.postChild);
  if (op.change === REDIRECT && op.postLength > 0 && isFrame(word)) {
    const right = memory.read32(addressOf(word) + RIGHT);
    if (right !== 0) op.postChild = right;
  }
  return build(memory, op);
});

/** A search forgets how many separators it has posted on its way. */
export const endlessPosts = instead('readPage', 'posts without end', (readPage, memory, op) => {
  op.postedFor &= ~3;
  return readPage(memory, op);
});

/** The fast copy of a leaf whose slots hold new keys only leaves the slots' records out. */
export const extendWithoutSlots = instead('build', 'extends a leaf without its slots', (build, memory, op) => {
  if (op.change !== MERGE || op.block === 0) return build(memory, op);
  const words = op.layout.classWords[op.wantedClass];
  if (!extendLeaf(dry(memory), op.block, words, op)) return build(memory, op);
  const { frame } = op;
  const slotsAt = frame + (memory.read32(frame + PREFIX) >>> 16) - 3 + memory.read32(frame + CONTENT);
  return build(copyingNot(memory, slotsAt, frame + memory.read32(frame + END)), op);
});

/** The fast copy of an inner page leaves out the children behind the new one. */
export const insertWithoutTail = instead('build', 'inserts an entry and loses what follows', (build, memory, op) => {
  const { frame, changeIndex } = op;
  if (op.change !== INSERT || op.block === 0) return build(memory, op);
  if (!insertIntoCopy(dry(memory), frame, op.block, op.layout.classWords[op.wantedClass], op)) return build(memory, op);
  const children = frame + HEADER_WORDS;
  return build(copyingNot(memory, children + changeIndex, children + memory.read32(frame + COUNT)), op);
});

/** A memory that ignores plain writes. */
function dry(memory: Memory): Memory {
  const nothing = () => {};
  return altered(memory, { write32: nothing, write16: nothing, write8: nothing, copy: nothing });
}

/** A memory that does not copy what begins at `from` up to `to`. */
function copyingNot(memory: Memory, from: number, to: number): Memory {
  return altered(memory, {
    copy: (target, source, words) => {
      if (source < from || source >= to) memory.copy(target, source, words);
    },
  });
}

/** A retired block is tagged with the epoch that its retirer pinned, read before the block was unlinked. */
export const tagBeforeUnlink = instead('retire', 'tags the epoch before the unlinking', (retire, memory, op) => {
  const next = retire(memory, op);
  op.tag = op.epoch;
  return next;
});

/** Blocks are free so many epochs too early. */
export function graceShorterBy(epochs: number): Mutant {
  const takers = ['chooseBlock', 'claimRetired', 'scanBlock'];
  return instead(takers, `frees ${epochs} epochs too early`, (original, memory, op) => {
    op.epoch += epochs;
    const next = original(memory, op);
    op.epoch -= epochs;
    return next;
  });
}

/** An operation that found no memory waits, and moves no epoch. */
export const noMove = instead('move', 'waits for memory without moving the epoch', (move, memory, op) =>
  move(altered(memory, { compareExchange: (_address, expected) => ~expected }), op),
);

/** A reader reads the epoch, and does not publish it. */
export const noPin = instead('publishPin', 'a reader does not pin', (publish, memory, op) =>
  op.body?.name === 'readLeaf' && op.poster === null ? op.afterPin : publish(memory, op),
);

/** The search through the heap takes any retired block. */
export const takeYoungBlocks = instead('scanBlock', 'takes blocks whose grace is not over', (scan, memory, op) => {
  op.epoch += 4;
  const next = scan(memory, op);
  op.epoch -= 4;
  return next;
});

/** A pop that finds no memory for the slot it needs goes on as if tidying were optional. */
export const popUntidy = instead(
  'choose',
  'starts a pop again, pinned, when no memory is free',
  (choose, memory, op) => {
    const next = choose(memory, op);
    if (op.onStarved?.name === 'relieve') op.onStarved = leaveUntidy;
    return next;
  },
);

/** A full page is not put into a larger block when the right size is gone. */
export const noLargerBlock = instead('build', 'takes no larger block', (build, memory, op) =>
  op.block === 0 ? op.onStarved : build(memory, op),
);

/** Of a large value that is replaced only the first block is retired. */
export const forgetChain = instead(
  'retireChain',
  'retires the first block of a large value only',
  (retire, memory, op) => {
    op.dropNext = 0;
    return retire(memory, op);
  },
);

/** What a lost change made is not given back. */
export const keepLostFrames: Mutant = { step: 'freeBlock', weaken: 'skip', about: 'does not give lost frames back' };

/** What was replaced is not retired. */
export const noRetirement: Mutant = { step: 'markRetired', weaken: 'skip', about: 'does not retire what it replaced' };

/** The note of a decided record goes before that of its blocks. */
export const forgetRecordFirst = instead(
  'raiseHint',
  'forgets the record before its blocks',
  (raiseHint, memory, op) => {
    memory.write32(op.threadAt + NOTE_RECORD, 0);
    return raiseHint(memory, op);
  },
);

/** Nothing notes the blocks of a large value that no record names yet. */
export const noNoteOfBlocks: Mutant = {
  step: ['writeBlock', 'nextBlock'],
  weaken: {
    write32: (memory, address, value) => {
      if (!isNote(address, NOTE_BLOB)) memory.write32(address, value);
    },
  },
  about: 'does not note the blocks of a large value',
};

/** The note lets go of a block before the block is the thread's own again. */
export const letGoFirst = instead('readChained', 'lets go of a block before it is private', (read, memory, op) => {
  memory.write32(op.threadAt + NOTE_BLOB, memory.read32(op.block + BLOB_NEXT));
  return read(memory, op);
});

/** The epoch moves without waiting for the log. */
export const noDrain = instead(
  'drainLog',
  'moves the epoch though the log has not passed the mark',
  (_drain, _memory, op) => {
    op.drained = true;
    return op.afterDrain;
  },
);

/** The next mark is taken before the pins are looked at, so that the second grace period begins before the log is drained. */
export const markBeforePins = instead(
  ['pinMover', 'storeMark'],
  'takes the mark before the pins',
  (original, memory, op) => {
    if (original.name === 'storeMark') {
      op.mark = op.firstWord;
      return original(memory, op);
    }
    op.afterLink = original(memory, op);
    op.afterHelpTail = keepMark;
    return helpTail;
  },
);

function keepMark(_memory: Memory, op: Operation): EngineStep | null {
  op.firstWord = op.mark;
  return op.afterLink;
}

/** The mark is the raw tail: a place that is taken, but not counted yet, stands above it. */
export const rawTail = instead('readTailPlace', 'the mark is the raw tail', (_read, _memory, op) => op.afterHelpTail);

/** The dead thread's pin is cleared before anything is finished. */
export const clearPinFirst = instead('reap', 'clears the pin of the dead first', (reap, memory, op) => {
  if (op.deadAt !== 0) return reap(memory, op);
  op.deadAt = threadArea(op.layout, op.dead);
  memory.store(op.deadAt + PIN, 0);
  return reap;
});

/** A page word is changed without a note. */
export const noNote: Mutant = {
  step: [
    'build',
    'haveRoot',
    'allocateRoot',
    'claim',
    'choose',
    'collapse',
    'install',
    'skipRight',
    'readRight',
    'helpNext',
    'help',
  ],
  weaken: {
    write32: (memory, address, value) => {
      if (!isNote(address, NOTE_PID)) memory.write32(address, value);
    },
  },
  about: 'changes a page without a note',
};

/** The page id of a new tree's root stays noted as spare: the next split of this thread takes it. */
export const keepSparePid = onPublishedRoot('keeps the id of a root as spare', (memory, op) => {
  memory.write32(op.threadAt + NOTE_RIGHT_PID, op.pid);
});

/** Nothing says that a new tree's root is its maker's alone, once another change of a page is noted. */
export const noPlantedNote = onPublishedRoot('does not note the root of a new tree', (memory, op) => {
  memory.write32(op.threadAt + NOTE_PLANTED, 0);
});

function onPublishedRoot(about: string, then: (memory: Memory, op: Operation) => void): Mutant {
  return instead('publish', about, (publish, memory, op) => {
    const isRoot = memory.read32(op.threadAt + NOTE_RIGHT_PID) === op.pid && op.rootPid === 0;
    const next = publish(memory, op);
    if (isRoot) then(memory, op);
    return next;
  });
}

/** Staged is published before the place is recycled. */
export const publishFirst = instead('recyclePlace', 'publishes staged before recycling', (recycle, memory, op) => {
  const publish = recycle(silent(memory), op);
  op.afterLink = publish === null ? null : publish(memory, op);
  return lateRecycle;
});

function lateRecycle(memory: Memory, op: Operation): EngineStep | null {
  recycleAt(memory, op, (op.position - 1) | 0);
  return op.afterLink;
}

/** The place is recycled before its bytes are copied. */
export const recycleFirst = instead(
  'copyEntry',
  'recycles the place before the bytes are copied',
  (copy, memory, op) => {
    if (op.afterLink === copy) {
      op.afterLink = null;
      return copy(memory, op);
    }
    op.afterLink = copy;
    recycleAt(memory, op, op.position);
    return copy;
  },
);

function recycleAt(memory: Memory, { layout }: Operation, position: number): void {
  memory.store(placeOf(layout, position), emptyWord(layout, (position + layout.ringWords) | 0));
}

/** The separator is posted before the page word of the left half is changed. (Not the root's.) */
export const postBeforeCas = instead(
  'publishRight',
  'posts the separator before the left CAS',
  (publish, memory, op) => {
    const next = publish(memory, op);
    if (op.root !== 0 || op.poster === null) return next;
    op.firstPid = op.pid;
    op.firstWord = op.word;
    op.dead = op.left;
    op.deadAt = op.right;
    op.planted = op.rightPid;
    op.afterMove = op.afterPost;
    op.afterHelpTail = next;
    op.afterPost = installAfterPost;
    op.postAt = op.separatorAt;
    op.postLength = op.separatorLength;
    op.postChild = op.rightPid;
    op.postLevel = memory.read32(op.left + LEVEL) + 1;
    return op.poster;
  },
);

function installAfterPost(memory: Memory, op: Operation): EngineStep | null {
  op.pid = op.firstPid;
  op.word = op.firstWord;
  op.frame = addressOf(op.word);
  op.left = op.dead;
  op.right = op.deadAt;
  op.root = 0;
  op.rightPid = op.planted;
  op.change = MERGE;
  op.afterPost = op.afterMove;
  op.onLost = op.afterMove;
  op.onStarved = leaveUntidy;
  writeNote(memory, op);
  return op.afterHelpTail;
}

const { threadsAt, threadWords } = tinyLayout({ threads: 1 });

function isNote(address: number, note: number): boolean {
  return (address - threadsAt) % threadWords === note;
}

/** A memory whose stores do nothing. */
function silent(memory: Memory): Memory {
  const made = Object.create(memory) as Memory;
  made.store = () => {};
  return made;
}
