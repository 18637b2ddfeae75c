import { conflict, isRead, isWrite } from './accesses.ts';
import type { Access, TraceStep, TraceSwitch } from './trace.ts';

/** Says of every step behind which another actor goes on why that is so; returns how many there are. */
export function explainSwitches(steps: readonly TraceStep[], actors: readonly string[]): number {
  let switches = 0;
  for (let i = 0; i + 1 < steps.length; i++) {
    if (steps[i].actor === steps[i + 1].actor) continue;
    switches += 1;
    steps[i].switch = reasonAt(steps, i, actors);
  }
  return switches;
}

function reasonAt(steps: readonly TraceStep[], index: number, actors: readonly string[]): TraceSwitch {
  const { status, accesses, actor } = steps[index];
  if (status === 'crash') return { reason: 'crash', text: 'it begins again' };
  if (steps[index + 1].status === 'crash') return { reason: 'crash', text: 'here it crashes' };
  if (status === 'asleep') {
    const bed = accesses.findLast(({ kind }) => kind === 'wait');
    return { reason: 'asleep', text: bed === undefined ? 'asleep' : `asleep on ${bed.word}` };
  }
  if (status === 'finished') return { reason: 'finished', text: 'done' };
  if (status === 'dead') return { reason: 'dead', text: 'dead' };
  if (status === 'blocked') return { reason: 'blocked', text: 'blocked: no action is enabled' };
  const found = decidingConflict(steps, index);
  if (found === null) {
    const later = steps.slice(index + 1).some((step) => step.actor === actor);
    const why = later ? 'though none of the steps in between touches what it does next' : 'and does nothing more';
    return { reason: 'interrupted', text: `could go on, ${why}` };
  }
  const { own, ownAccess, other, otherAccess } = found;
  const theirs = `${actors[other.actor]} ${verb(otherAccess)} ${shorterWord(ownAccess, otherAccess)} (${other.number})`;
  const text =
    own.number > index + 1
      ? `interrupted: ${theirs} before ${own.number} ${verb(ownAccess)} it`
      : `interrupted: ${theirs}, which ${own.number} had ${participle(ownAccess)}`;
  const word = shorterWord(ownAccess, otherAccess);
  return { reason: 'interrupted', text, conflict: { other: other.number, own: own.number, word } };
}

interface Deciding {
  own: TraceStep;
  ownAccess: Access;
  other: TraceStep;
  otherAccess: Access;
}

/**
 * The accesses that make the order matter: the actor's next one that conflicts with what the others do until it goes on
 * again; if there is none, its last one before.
 */
function decidingConflict(steps: readonly TraceStep[], index: number): Deciding | null {
  const { actor } = steps[index];
  const behind = steps.slice(index + 1);
  const resumed = behind.findIndex((step) => step.actor === actor);
  const others = resumed < 0 ? behind : behind.slice(0, resumed);
  const after = resumed < 0 ? [] : behind.slice(resumed).filter((step) => step.actor === actor);
  const before = steps.slice(0, index + 1).filter((step) => step.actor === actor);
  return firstConflict(after, others) ?? firstConflict(before.reverse(), others);
}

function firstConflict(own: readonly TraceStep[], others: readonly TraceStep[]): Deciding | null {
  for (const step of own) {
    for (const ownAccess of step.accesses) {
      const conflicts = others.flatMap((other) =>
        other.accesses.filter((each) => conflict(ownAccess, each)).map((otherAccess) => ({ other, otherAccess })),
      );
      // What others change last is what this one finds.
      const found =
        conflicts.findLast(({ otherAccess }) => !isRead(otherAccess) || isWrite(otherAccess)) ?? conflicts.at(0);
      if (found !== undefined) return { own: step, ownAccess, ...found };
    }
  }
  return null;
}

function verb(access: Access): string {
  if (access.kind === 'notify') return 'notifies';
  if (access.kind === 'wait') return 'sleeps on';
  return isWrite(access) ? 'changes' : 'reads';
}

function participle(access: Access): string {
  if (access.kind === 'notify') return 'notified';
  return isWrite(access) ? 'changed' : 'read';
}

function shorterWord(a: Access, b: Access): string {
  return a.word.length < b.word.length ? a.word : b.word;
}
