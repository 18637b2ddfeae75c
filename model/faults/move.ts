/*
 * A move of a crash program is a number: an actor and the answer to the one choice that it meets. In replay strings it is a
 * letter for the thread, `a` for the first, `~` behind it when a wait times out, and the answer in parentheses, when it is not
 * the first; `!` is a power loss, `%` a kill.
 */

/** Answers that the choice in a move can have. */
export const ANSWERS = 1 << 16;
/** The answer that stands for the end of a timed sleep. */
export const TIMEOUT = ANSWERS - 1;
/** The actor that crashes everything. */
const CRASH = 1 << 8;
/** Power is lost. */
export const POWER_LOSS = CRASH * ANSWERS;
/** All threads are killed. */
export const KILL = POWER_LOSS + 1;

const FIRST_LETTER = 97;

/** The number of a thread's move. */
export function threadMove(thread: number, answer: number): number {
  return thread * ANSWERS + answer;
}

/** A move as text for a replay string. */
export function crashMoveText(move: number): string {
  if (move === POWER_LOSS) return '!';
  if (move === KILL) return '%';
  const answer = move % ANSWERS;
  const letter = String.fromCharCode(FIRST_LETTER + Math.floor(move / ANSWERS));
  if (answer === TIMEOUT) return `${letter}~`;
  return answer === 0 ? letter : `${letter}(${answer})`;
}

/** A move from its text; −1: it is none. */
export function crashMoveOf(text: string): number {
  if (text === '!') return POWER_LOSS;
  if (text === '%') return KILL;
  const match = /^([a-h])(?:(~)|\((\d+)\))?$/.exec(text);
  if (match === null) return -1;
  const [, letter, timeout, answer = '0'] = match;
  return threadMove(letter.charCodeAt(0) - FIRST_LETTER, timeout === '~' ? TIMEOUT : Number(answer));
}
