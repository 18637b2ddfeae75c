import { RIGHT } from '../../engine/frame.ts';
import type { EngineStep, Operation } from '../../engine/operation.ts';
import type { Memory, Mutant } from '../../model/index.ts';
import { addressOf } from '../../pagecache/page-word.ts';
import { takePlace } from '../../wal/place.ts';
import { isEmpty } from '../../wal/ring.ts';

/*
 * Mutants, made outside the code: a step is run with a weaker memory, or another step runs in its place. The code itself
 * has no switch for them.
 */

type Rewrite = (original: EngineStep, memory: Memory, op: Operation) => EngineStep | null;

/** Runs `rewrite` in place of every step of this name. */
function instead(name: string, about: string, rewrite: Rewrite): Mutant {
  const made = new Map<unknown, unknown>();
  const get = (step: unknown): unknown => {
    const original = step as EngineStep;
    if (original.name !== name) return undefined;
    let mutated = made.get(step);
    if (mutated === undefined) {
      const run: EngineStep = (memory, op) => rewrite(original, memory, op);
      Object.defineProperty(run, 'name', { value: `${name} (mutant)` });
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
    if (op.kind === 0) return publish(memory, op);
    if (op.subject !== op.record) {
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
      const found = memory.load(address);
      if (!isEmpty(found)) return found;
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
