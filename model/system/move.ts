/** Choices of one action share a block of move numbers: the action's index, times this, plus the choice. */
export const CHOICES = 1 << 16;

/** A move as text for a replay string: the action's index, and the choice in parentheses when it is not the first. */
export function systemMoveText(move: number): string {
  const choice = move % CHOICES;
  const action = String((move - choice) / CHOICES);
  return choice === 0 ? action : `${action}(${choice})`;
}

/** A move from its text; −1: it is none. */
export function systemMoveOf(text: string): number {
  const match = /^(\d+)(?:\((\d+)\))?$/.exec(text);
  return match === null ? -1 : Number(match[1]) * CHOICES + Number(match[2] ?? 0);
}
