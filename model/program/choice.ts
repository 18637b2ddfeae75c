import { ModelError } from '../errors.ts';

let source: ((ways: number) => number) | null = null;

/**
 * A nondeterministic choice: a number from 0 to `ways` − 1, of which the checker tries every one. For step functions
 * that model an environment (a disk, a network); production code has no use for it.
 *
 * @throws ModelError RIGHTLINK_MODEL_CHOICE outside of an exploration
 */
export function choose(ways: number): number {
  if (source === null)
    throw new ModelError('RIGHTLINK_MODEL_CHOICE', 'choose() works only inside a step being explored');
  return source(ways);
}

/** For the machine: who answers `choose` while a step runs. */
export function answerChoices(answer: ((ways: number) => number) | null): void {
  source = answer;
}

/** The digits of one outcome of a transition's choices, and the outcome that comes next. */
export class Outcomes {
  private rest = 0;
  private readonly ways: number[] = [];
  private readonly digits: number[] = [];
  private count = 0;

  /** Bound once: answers choices of the running step. */
  readonly answer = (ways: number): number => {
    if (!Number.isInteger(ways) || ways < 1) {
      throw new ModelError('RIGHTLINK_MODEL_CHOICE', `choose(${ways}): there must be at least one way`);
    }
    const digit = this.rest % ways;
    this.rest = (this.rest - digit) / ways;
    this.ways[this.count] = ways;
    this.digits[this.count] = digit;
    this.count += 1;
    return digit;
  };

  begin(outcome: number): void {
    this.rest = outcome;
    this.count = 0;
  }

  /** The outcome after the one that just ran, or −1 when it was the last. Later choices may depend on earlier ones. */
  next(limit: number): number {
    let last = this.count - 1;
    while (last >= 0 && this.digits[last] === this.ways[last] - 1) last -= 1;
    if (last < 0) return -1;
    this.digits[last] += 1;
    let outcome = 0;
    for (let i = last; i >= 0; i--) outcome = outcome * this.ways[i] + this.digits[i];
    if (outcome >= limit) throw new ModelError('RIGHTLINK_MODEL_CHOICE', 'one transition has too many choices');
    return outcome;
  }
}
