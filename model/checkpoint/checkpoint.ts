import { rmSync } from 'node:fs';
import { ModelError } from '../errors.ts';
import type { Machine } from '../machine.ts';
import type { Explorable, ExploreOptions, SearchKind } from '../options.ts';
import type { Finding, Frontier, Resumable, Way } from '../search/search.ts';
import { FingerprintSet } from '../visited/fingerprints.ts';
import { readCheckpointFile, writeCheckpointFile } from './file.ts';
import { shapeOf } from './shape.ts';

/** What an exploration must have in common with the one it goes on with. */
interface Setting {
  model: string;
  /** See {@link shapeOf}. */
  shape: string;
  search: SearchKind;
  seed: number;
  symmetry: boolean;
  reduce: boolean;
  races: boolean;
  preemptions: number | 'iterate' | null;
  judge: string;
  maxDepth: number | null;
  onViolation: string;
  mutant: string | null;
}

/** The part of a checkpoint that is no list of words. */
interface Header {
  setting: Setting;
  /** Fingerprint of the state that the search was in. */
  state: [low: number, high: number];
  states: number;
  transitions: number;
  depth: number;
  bound: string | null;
  seconds: number;
  visited: number;
  marks: number[];
  ran: readonly string[];
  violations: Finding[];
  goals: [number, Way][];
  numbers: Record<string, number>;
}

/** What is explored, and how: what {@link writeCheckpoint} notes, and {@link readCheckpoint} insists on. */
export interface Exploration {
  target: Explorable;
  options: ExploreOptions;
  kind: SearchKind;
  machine: Machine;
}

/** An interrupted search, before it goes on. */
export interface Interrupted {
  visited: FingerprintSet;
  /** Seconds spent so far. */
  seconds: number;
  /** Puts a new search over the same set where the old one was. */
  continueAs(search: Resumable): void;
}

const VISITED = 'visited';
const ENDS = 'ends';

/**
 * Stores all that a search needs to go on later.
 *
 * @throws ModelError RIGHTLINK_MODEL_CHECKPOINT when the file cannot be written
 */
export function writeCheckpoint(
  path: string,
  exploration: Exploration,
  search: Resumable,
  visited: FingerprintSet,
  seconds: number,
): void {
  const { machine } = exploration;
  const { states, transitions, depth, bound, violations, goals, frontier } = search;
  const header: Header = {
    setting: settingOf(exploration),
    state: [machine.low, machine.high],
    ...{ states, transitions, depth, bound, violations, seconds },
    visited: visited.size,
    marks: machine.marks(),
    ran: machine.coverage().ran,
    goals: [...goals],
    numbers: frontier.numbers,
  };
  writeCheckpointFile(path, header, [
    { name: VISITED, words: visited.table },
    { name: ENDS, words: wordsOfEnds(search.ends) },
    ...Object.entries(frontier.lists).map(([name, words]) => ({ name, words })),
  ]);
}

/**
 * Reads what an earlier search stored.
 *
 * @throws ModelError RIGHTLINK_MODEL_CHECKPOINT when there is no such file, when it is damaged, and when it belongs to another
 *   model or other options
 */
export function readCheckpoint(path: string, exploration: Exploration): Interrupted {
  const read: { header?: Header; visited?: FingerprintSet } = {};
  const lists: Record<string, Int32Array<ArrayBuffer>> = {};
  readCheckpointFile<Header>(path, (header) => {
    insistOnSame(path, header.setting, settingOf(exploration));
    read.header = header;
    return (name, words) => {
      if (name === VISITED) {
        read.visited = FingerprintSet.withTable(words, header.visited);
        return read.visited.table;
      }
      lists[name] = new Int32Array(words);
      return lists[name];
    };
  });
  const { header, visited } = read;
  if (header === undefined || visited === undefined) throw reject(path, 'holds no visited states');
  const { [ENDS]: ends = new Int32Array(0), ...rest } = lists;
  return {
    visited,
    seconds: header.seconds,
    continueAs: (search) => {
      restore(search, header, ends, { numbers: header.numbers, lists: rest }, exploration.machine);
      const [low, high] = header.state;
      if (exploration.machine.low !== low || exploration.machine.high !== high) {
        throw reject(path, 'leads to another state here: the model does not do what it did when this was written');
      }
    },
  };
}

/** What is left over when an exploration has ended has no more use. */
export function removeCheckpoint(path: string): void {
  rmSync(path, { force: true });
}

function restore(search: Resumable, header: Header, ends: Int32Array, frontier: Frontier, machine: Machine): void {
  search.states = header.states;
  search.transitions = header.transitions;
  search.depth = header.depth;
  search.bound = header.bound;
  search.violations.push(...header.violations);
  for (const [goal, way] of header.goals) search.goals.set(goal, way);
  for (let i = 0; i < ends.length; i += 2) search.ends.add(`${ends[i]} ${ends[i + 1]}`);
  search.resume(frontier);
  machine.restoreMarks(header.marks, header.ran);
}

function wordsOfEnds(ends: ReadonlySet<string>): Int32Array {
  const words = new Int32Array(2 * ends.size);
  let at = 0;
  for (const end of ends) {
    const space = end.indexOf(' ');
    words[at] = Number(end.slice(0, space));
    words[at + 1] = Number(end.slice(space + 1));
    at += 2;
  }
  return words;
}

function settingOf({ target, options, kind }: Exploration): Setting {
  const { mutant } = options;
  return {
    model: target.name,
    shape: shapeOf(target),
    search: kind,
    seed: options.seed ?? 0,
    symmetry: options.symmetry === true,
    reduce: options.reduce !== false,
    races: options.races !== false,
    judge: options.judge ?? 'states',
    preemptions: options.preemptions ?? null,
    maxDepth: options.maxDepth ?? null,
    onViolation: options.onViolation ?? 'stop',
    mutant: mutant === undefined ? null : typeof mutant === 'string' ? mutant : shapeOf(mutant),
  };
}

function insistOnSame(path: string, then: Setting, now: Setting): void {
  if (then.model !== now.model) throw reject(path, `is of '${then.model}', not of '${now.model}'`);
  for (const [name, value] of Object.entries(now)) {
    const before = then[name as keyof Setting];
    if (name === 'shape' || before === value) continue;
    throw reject(path, `was written with ${name} ${before}, not ${value}: go on with the same options`);
  }
  if (then.shape !== now.shape) throw reject(path, `is of another '${now.model}': the model has changed since`);
}

function reject(path: string, what: string): ModelError {
  return new ModelError('RIGHTLINK_MODEL_CHECKPOINT', `checkpoint '${path}' ${what}`);
}
