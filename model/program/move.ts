/*
 * A move of a program is a number: a thread, what kind of move it is, and the outcome of its choices. In replay strings
 * it is a letter for the thread, `a` for the first; a capital one when the thread dies; `~` behind it when a wait times out; and the
 * outcome in parentheses, when it is not the first.
 */

/** Outcomes of choices that a move can have. */
export const OUTCOMES = 1 << 20;
/** The thread goes on. */
export const STEP = 0;
/** Its wait times out. */
export const TIMEOUT = 1;
/** It dies. */
export const DEATH = 2;
const KINDS = 4;

const FIRST_LETTER = 97;

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

/** A move as text for a replay string. */
export function programMoveText(move: number): string {
  const outcome = move % OUTCOMES;
  const kind = kindOf(move);
  const letter = String.fromCharCode(FIRST_LETTER + threadOf(move));
  const who = kind === DEATH ? letter.toUpperCase() : kind === TIMEOUT ? `${letter}~` : letter;
  return outcome === 0 ? who : `${who}(${outcome})`;
}

/** A move from its text; −1: it is none. */
export function programMoveOf(text: string): number {
  const match = /^([a-p])(~?)(?:\((\d+)\))?$|^([A-P])$/.exec(text);
  if (match === null) return -1;
  const [, letter, timeout, outcome = '0', dead] = match;
  const thread = (letter ?? dead.toLowerCase()).charCodeAt(0) - FIRST_LETTER;
  const kind = dead !== undefined ? DEATH : timeout === '~' ? TIMEOUT : STEP;
  return moveOf(thread, kind, Number(outcome));
}
