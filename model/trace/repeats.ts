import type { TraceRepeat, TraceStep } from './trace.ts';

/** Steps of a loop, at most. */
const LONGEST_LOOP = 32;

/** Finds blocks of steps that one actor repeats at once, doing exactly the same again: loops that wait for others. */
export function findRepeats(steps: readonly TraceStep[]): TraceRepeat[] {
  const texts = steps.map(textOf);
  const repeats: TraceRepeat[] = [];
  let at = 0;
  while (at < steps.length) {
    const repeat = longestAt(texts, at);
    if (repeat === null) at += 1;
    else {
      repeats.push({ first: at + 1, ...repeat });
      at += repeat.length * repeat.times;
    }
  }
  return repeats;
}

function longestAt(texts: readonly string[], at: number): { length: number; times: number } | null {
  for (let length = 1; length <= LONGEST_LOOP && at + 2 * length <= texts.length; length++) {
    let times = 1;
    while (isSame(texts, at, at + times * length, length)) times += 1;
    if (times > 1) return { length, times };
  }
  return null;
}

/** Whether the blocks at two places are the same; a block is of one actor, as its steps' texts name it. */
function isSame(texts: readonly string[], a: number, b: number, length: number): boolean {
  if (b + length > texts.length) return false;
  for (let i = 0; i < length; i++) if (texts[a + i] !== texts[b + i]) return false;
  const actor = texts[a].slice(0, texts[a].indexOf(' '));
  return texts.slice(a, a + length).every((text) => text.startsWith(`${actor} `));
}

function textOf({ actor, begins, label, accesses, returns, notes }: TraceStep): string {
  const plain = accesses.map(({ from: _, ...access }) => access);
  return `${actor} ${JSON.stringify([begins, label, plain, returns, notes])}`;
}
