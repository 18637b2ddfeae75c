import { ModelError } from './errors.ts';
import { Moves, type Problem } from './machine.ts';
import { machineFor, traceOf } from './machines.ts';
import type { Explorable, ExploreOptions } from './options.ts';
import type { Trace } from './trace/trace.ts';

/** What one execution showed. */
export interface Replay {
  /** What was wrong on the way or at its end, if anything. */
  violation: Problem | null;
  trace: Trace;
}

/**
 * Runs one execution again, from the replay string of a trace: for a test that pins a bug once found.
 *
 * @throws ModelError RIGHTLINK_MODEL_REPLAY when the string does not fit the model (any more)
 */
export function replay(target: Explorable, text: string, options: ExploreOptions = {}): Replay {
  // Traces come from reduced searches and others: all moves must be possible here.
  const machine = machineFor(target, { ...options, reduce: false });
  const [first, rest] = text.split(':');
  const initial = Number(first);
  const moves = rest === '' || rest === undefined ? [] : rest.split('.').map((move) => Number.parseInt(move, 36));
  const reject = (why: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_REPLAY', `replay of '${text}' on '${target.name}': ${why}`);
  };
  if (rest === undefined || !(initial < machine.initialStates)) reject('it names no initial state');
  machine.enter(initial);
  let violation = machine.judge();
  const enabled = new Moves();
  for (const [index, move] of moves.entries()) {
    machine.expand(enabled);
    const found = enabled.problems.find((each) => each.move === move || each.move < 0);
    const isEnabled = enabled.id.subarray(0, enabled.count).includes(move);
    if (found === undefined && !isEnabled) reject(`step ${index + 1} is not possible here: code or model have changed`);
    violation ??= found?.problem ?? null;
    machine.apply(move);
    if (violation === null) violation = machine.judge();
  }
  machine.expand(enabled);
  violation ??= enabled.problems.find((each) => each.move < 0)?.problem ?? null;
  if (enabled.count === 0 && enabled.problems.length === 0) violation ??= machine.judgeEnd();
  return { violation, trace: traceOf(machine, { initial, moves }) };
}
