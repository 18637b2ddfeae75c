import { ModelError } from './errors.ts';
import { withPlaces } from './judge/places.ts';
import { type Machine, Moves, type Problem } from './machine.ts';
import { unreducedMachine } from './machines.ts';
import { type Explorable, type ExploreOptions, validate } from './options.ts';
import { ProgramMachine } from './program/machine.ts';
import type { Way } from './search/search.ts';
import { decodeReplay } from './trace/replay-string.ts';
import { tellTrace } from './trace/tell.ts';
import type { Trace } from './trace/trace.ts';

/** What one execution showed. */
export interface Replay {
  /** What was wrong on the way or at its end, if anything. */
  violation: Problem | null;
  trace: Trace;
}

/**
 * Runs one execution again, from the replay string of a trace: for a test that pins a bug once found. What was recorded
 * with a mutant is replayed with `mutant` in the options, or without it to see what the code itself does there.
 *
 * @throws ModelError RIGHTLINK_MODEL_REPLAY when the string does not fit the model (any more)
 */
export function replay(target: Explorable, text: string, options: ExploreOptions = {}): Replay {
  validate(target, options);
  const machine = unreducedMachine(target, options);
  const way = decodeReplay(target, text);
  const reject = (why: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_REPLAY', `replay of '${text}' on '${target.name}': ${why}`);
  };
  if (way.initial >= machine.initialStates) reject(`there is no initial state ${way.initial}`);
  const found = walk(machine, way, reject);
  const violation = found !== null && machine instanceof ProgramMachine ? withPlaces(machine, found, way) : found;
  return { violation, trace: tellTrace(target, machine, way, violation, options.mutant) };
}

/** Makes all moves of the way, and gives the first thing that is wrong. */
function walk(machine: Machine, { initial, moves, loop }: Way, reject: (why: string) => never): Problem | null {
  machine.enter(initial);
  let violation = machine.judge();
  let loopState = '';
  const enabled = new Moves();
  for (const [index, move] of moves.entries()) {
    if (index === loop) loopState = machine.exact();
    machine.expand(enabled);
    const found = enabled.problems.find((each) => each.move === move || each.move < 0);
    const isEnabled = enabled.id.subarray(0, enabled.count).includes(move);
    if (found === undefined && !isEnabled) reject(notPossible(machine, enabled, move, index + 1));
    violation ??= found?.problem ?? null;
    machine.apply(move);
    if (violation === null) violation = machine.judge();
  }
  if (loop !== undefined) {
    if (machine.exact() !== loopState)
      reject(`what follows step ${loop + 1} does not lead back there: code or model have changed`);
    return violation ?? endless(loop + 1, moves.length);
  }
  machine.expand(enabled);
  violation ??= enabled.problems.find((each) => each.move < 0)?.problem ?? null;
  if (enabled.count === 0 && enabled.problems.length === 0) violation ??= machine.judgeEnd();
  return violation;
}

function notPossible(machine: Machine, enabled: Moves, move: number, step: number): string {
  const { actors } = machine;
  const who = new Set([...enabled.id.subarray(0, enabled.count)].map((each) => actors[machine.actorOf(each)]));
  const others = who.size === 0 ? 'nobody can move' : `who can move there: ${[...who].join(', ')}`;
  const actor = actors[machine.actorOf(move)] ?? 'no actor of this model';
  return `step ${step}, of ${actor}, is not possible here: code or model have changed; ${others}`;
}

function endless(from: number, to: number): Problem {
  return { kind: 'progress', name: 'endless', message: `threads can go on for ever from step ${from} to step ${to}` };
}
