import { ModelError } from '../errors.ts';
import type { CrashProgram } from '../faults/crash-program.ts';
import { crashMoveOf, crashMoveText } from '../faults/move.ts';
import { hashText } from '../hash.ts';
import { textOf } from '../judge/intern.ts';
import type { Explorable } from '../options.ts';
import { programMoveOf, programMoveText } from '../program/move.ts';
import type { Program, Thread } from '../program.ts';
import type { Way } from '../search/search.ts';
import { systemMoveOf, systemMoveText } from '../system/move.ts';
import type { TransitionSystem } from '../system.ts';

/*
 * A replay string: version, what it was recorded on, initial state, moves, and where a loop begins, as in
 *
 *   1:z5k-1x8h2:0:3*a.b.A.2*b:2
 *
 * What it was recorded on is a hash of the name and one of the shape: threads, operations, arguments. A move is what
 * `program/move.ts`, `system/move.ts` and `faults/move.ts` write; `3*a` is three times the same.
 */

const VERSION = '1';
const MOVES = {
  program: { text: programMoveText, of: programMoveOf },
  'crash program': { text: crashMoveText, of: crashMoveOf },
  'transition system': { text: systemMoveText, of: systemMoveOf },
};
/** More of the same move in a row than any trace has. */
const MOST_TIMES = 1_000_000;
/** Digits of the two hashes. */
const NAME_RANGE = 36 ** 3;
const SHAPE_RANGE = 36 ** 5;

/** Writes a way down for {@link decodeReplay}. */
export function encodeReplay(target: Explorable, { initial, moves, loop }: Way): string {
  const text = MOVES[target.type].text;
  const runs: string[] = [];
  for (let at = 0; at < moves.length; ) {
    let end = at + 1;
    while (moves[end] === moves[at]) end += 1;
    runs.push(end - at === 1 ? text(moves[at]) : `${end - at}*${text(moves[at])}`);
    at = end;
  }
  const tail = loop === undefined ? '' : `:${loop}`;
  return `${VERSION}:${modelHash(target)}:${initial}:${runs.join('.')}${tail}`;
}

/**
 * Reads a replay string.
 *
 * @throws ModelError RIGHTLINK_MODEL_REPLAY when it is none, or was recorded on something else
 */
export function decodeReplay(target: Explorable, text: string): Way {
  const reject = (why: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_REPLAY', `replay of '${text}' on '${target.name}': ${why}`);
  };
  if (typeof text !== 'string') reject('this is no replay string; traces end with theirs');
  const match = /^(\w+):(?:(\w+)-(\w+):(\d+):([^:]*)(?::(\d+))?$)?/.exec(text);
  if (match === null) reject('this is no replay string; traces end with theirs');
  const [, version, name, shape, initial, moves, loop] = match ?? [];
  if (version !== VERSION) reject(`it is of version ${version}; this checker reads version ${VERSION}`);
  if (name === undefined) reject('it is damaged');
  if (name !== nameHash(target)) reject('it was recorded on a model of another name');
  if (shape !== shapeHash(target)) {
    reject('the model has changed since: other threads, operations, arguments, deaths or size; find the trace anew');
  }
  const codes = moves === '' ? [] : moves.split('.').flatMap((run) => movesOf(target, run, reject));
  return { initial: Number(initial), moves: codes, ...(loop === undefined ? {} : { loop: Number(loop) }) };
}

function movesOf(target: Explorable, run: string, reject: (why: string) => never): number[] {
  const [, times = '1', move] = /^(?:(\d+)\*)?(.*)$/.exec(run) ?? [];
  const code = MOVES[target.type].of(move);
  if (code < 0 || Number(times) > MOST_TIMES) reject(`'${run}' is no move`);
  return new Array<number>(Number(times)).fill(code);
}

/** What a replay string was recorded on: the same for models of one name and shape. */
export function modelHash(target: Explorable): string {
  return `${nameHash(target)}-${shapeHash(target)}`;
}

function nameHash(target: Explorable): string {
  return ((hashText(target.name) >>> 0) % NAME_RANGE).toString(36);
}

function shapeHash(target: Explorable): string {
  const shape = shapeOf(target);
  return ((hashText(textOf(shape)) >>> 0) % SHAPE_RANGE).toString(36);
}

function shapeOf(target: Explorable): unknown {
  if (target.type === 'program') return programShape(target);
  return target.type === 'crash program' ? crashShape(target) : systemShape(target);
}

function crashShape({ words, disk, threads, powerLosses, kills, failures, shortWrites }: CrashProgram): unknown {
  const shapes = threads.map(({ name, lives, operations }) => [name, lives, operations.map(callShape)]);
  return [words, disk, shapes, powerLosses, kills, failures, shortWrites];
}

/** All that decides which moves there are, except the code of the steps. */
function programShape({ words, deaths = 0, timeouts = 'always', threads }: Program): unknown {
  const shapeOf = ({ name, operations, startsWhenDead, mortal }: Thread<object>): unknown => {
    const calls = operations.map((slot) => (Array.isArray(slot) ? slot : [slot]).map(callShape));
    return [name, calls, startsWhenDead, mortal];
  };
  return [words, deaths, timeouts, (threads as unknown as readonly Thread<object>[]).map(shapeOf)];
}

function callShape(operation: { name: string; arguments?: unknown }): unknown {
  return [operation.name, operation.arguments];
}

function systemShape({ words, actors }: TransitionSystem): unknown {
  return [words, actors.map(({ name, actions }) => [name, actions.map((action) => action.name)])];
}
