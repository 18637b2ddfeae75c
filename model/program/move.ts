/*
 * A move of a program is a number: a thread, what kind of move it is, and the outcome of its choices. In replay strings
 * it is a letter for the thread, `a` for the first; a capital one when the thread dies, with `+` behind it when it dies within a step;
 * `~` behind it when a wait times out; and the outcome in parentheses, when it is not the first.
 */

/** Outcomes of choices that a move can have. */
export const OUTCOMES = 1 << 20;
/** The thread goes on. */
export const STEP = 0;
/** Its wait times out. */
export const TIMEOUT = 1;
/** It dies. */
export const DEATH = 2;
/** It goes on, and dies within the step, before one of its plain writes. */
export const DEATH_WITHIN = 3;
const KINDS = 4;

/** Plain writes of a move that a death can come between. */
export const MOST_WRITES = 1 << 8;

const FIRST_LETTER = 97;
const KIND_BY_FORM = [/^[a-p]$/, /~$/, /^[A-P]$/, /\+$/];

/** The number of a move. */
export function moveOf(thread: number, kind: number, outcome = 0): number {
  return (thread * KINDS + kind) * OUTCOMES + outcome;
}

/** The thread that a move belongs to. */
export function threadOf(move: number): number {
  return Math.floor(move / (OUTCOMES * KINDS));
}

/** What kind of move it is. */
export function kindOf(move: number): number {
  return Math.floor(move / OUTCOMES) % KINDS;
}

/** A death within a step, of the given outcome of its choices, after so many of the plain writes that count. */
export function deathWithin(thread: number, outcome: number, writes: number): number {
  return moveOf(thread, DEATH_WITHIN, outcome * MOST_WRITES + writes);
}

/** The outcome of a move's choices. */
export function outcomeOf(move: number): number {
  const outcome = move % OUTCOMES;
  return kindOf(move) === DEATH_WITHIN ? Math.floor(outcome / MOST_WRITES) : outcome;
}

/** For a death within a step: how many of the plain writes that count are done. */
export function writesOf(move: number): number {
  return move % MOST_WRITES;
}

/** A move as text for a replay string. */
export function programMoveText(move: number): string {
  const outcome = move % OUTCOMES;
  const kind = kindOf(move);
  const letter = String.fromCharCode(FIRST_LETTER + threadOf(move));
  const who = [letter, `${letter}~`, letter.toUpperCase(), `${letter.toUpperCase()}+`][kind];
  return outcome === 0 ? who : `${who}(${outcome})`;
}

/** A move from its text; −1: it is none. */
export function programMoveOf(text: string): number {
  const match = /^([a-p]~?|[A-P]\+?)(?:\((\d+)\))?$/.exec(text);
  if (match === null) return -1;
  const [, who, outcome = '0'] = match;
  const thread = who.toLowerCase().charCodeAt(0) - FIRST_LETTER;
  const kind = KIND_BY_FORM.findIndex((form) => form.test(who));
  if (kind === DEATH && match[2] !== undefined) return -1;
  return moveOf(thread, kind, Number(outcome));
}
