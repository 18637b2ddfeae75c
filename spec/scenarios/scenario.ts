import {
  type ExploreOptions,
  type Mutant,
  type Program,
  type ProgramInvariant,
  program,
  type Thread,
} from '../../model/index.ts';
import { KEEPER_WAKE_AT, type Layout } from '../../pagecache/layout.ts';
import { survivorFinishes } from '../invariants/aftermath.ts';
import { namedFramesAreLinked, ringNamesNothingFree } from '../invariants/blocks.ts';
import { countersInOrder, frontierIsDecided, slotOrderIsLogOrder } from '../invariants/log.ts';
import { drawTree, pictureOf } from '../invariants/picture.ts';
import {
  collapsedPagesForward,
  entriesLeadLeft,
  keysLiveWhereCovered,
  leavesFormOneChain,
  rootReachesLeaves,
} from '../invariants/tree.ts';
import { buildTree, giveSparePids, initialContent } from './bed.ts';
import { type Tiny, tinyLayout } from './geometry.ts';
import { nameOf } from './names.ts';
import { namesAtEnd } from './names-at-end.ts';
import { type Call, leave } from './operations.ts';
import { deadBefore, scrub, ThreadRegisters } from './registers.ts';
import { sortedMap } from './sorted-map.ts';

/** A thread of a scenario: its operations, one after another; an array: one of these. */
export interface Actor extends Partial<Omit<Thread<ThreadRegisters>, 'operations'>> {
  name: string;
  does: readonly (Call | readonly Call[])[];
}

/** A scenario over the engine's own steps. */
export interface EngineScenario {
  name: string;
  /** One line: what it exposes. */
  about: string;
  /** The keys of each leaf at the start; see {@link buildTree}. */
  leaves: readonly string[];
  /** Keys that stand in their leaves' slots at the start. */
  slotted?: string;
  /** What is done to that tree before the scenario begins. */
  prepare?: readonly Call[];
  actors: readonly Actor[];
  tiny?: Omit<Tiny, 'threads'>;
  deaths?: number;
  /** Deaths come also before every plain write that leads up to an action: where a reaper looks at what was being written. */
  deathsBeforeWrites?: boolean;
  /**
   * Whether operations leave the pages when they are done. False where nobody looks at pins (no mover of the epoch, no
   * reaper): then leaving would only be one more action to interleave.
   */
  pins?: boolean;
  /** Log positions that may be given out at most; default twice the writes and two. */
  positions?: number;
  goals?: Readonly<Record<string, (layout: Layout) => (memory: Parameters<ProgramInvariant>[0]) => boolean>>;
  finally?: Readonly<Record<string, ProgramInvariant>>;
  mutants?: Readonly<Record<string, Mutant>>;
  /** Takes longer than a test should: explored by `npm run explore -- --all` only. */
  slow?: boolean;
  recordResults?: boolean;
  ignoreRegisters?: readonly string[];
  timeouts?: 'always' | 'never';
  /** Endless executions in which no operation completes are looked for, too. */
  options?: Pick<ExploreOptions, 'progress'>;
}

/** Makes the program that the checker explores. */
export function engineProgram(scenario: EngineScenario): Program {
  const { actors, leaves } = scenario;
  const layout = tinyLayout({ ...scenario.tiny, threads: actors.length });
  const initial = initialContent(layout, scenario);
  const writes = actors.flatMap(({ does }) => does).length;
  return program<ThreadRegisters, unknown>({
    name: scenario.name,
    words: layout.totalWords,
    setup: (memory) => {
      buildTree(memory, layout, leaves, scenario.slotted, scenario.prepare);
      if (scenario.tiny?.spares !== false) giveSparePids(memory, layout);
    },
    threads: actors.map((actor, i) => threadOf(actor, i + 1, layout, scenario)),
    specification: sortedMap(initial, scenario.positions ?? 2 * writes + 2),
    invariants: invariantsOf(layout),
    finally: {
      'I23 survivors finish': (memory, state) =>
        survivorFinishes(memory, state, layout, initial, scenario.tiny?.spares === false),
      ...scenario.finally,
    },
    goals: Object.fromEntries(Object.entries(scenario.goals ?? {}).map(([name, goal]) => [name, goal(layout)])),
    deaths: scenario.deaths ?? 0,
    deathsWithinSteps: scenario.deathsBeforeWrites === true ? 'every write' : true,
    timeouts: scenario.timeouts ?? 'always',
    names: (address) => nameOf(layout, address),
    namesAtEnd: (memory) => namesAtEnd(memory, layout),
    show: (memory) => drawTree(memory, layout),
    ignoreWords: (address) => address === KEEPER_WAKE_AT, // it counts, and nobody sleeps on it here
    ...(scenario.mutants === undefined ? {} : { mutants: scenario.mutants }),
    ...(scenario.recordResults === undefined ? {} : { recordResults: scenario.recordResults }),
    ...(scenario.ignoreRegisters === undefined ? {} : { ignoreRegisters: scenario.ignoreRegisters }),
  });
}

function threadOf(
  { does, ...rest }: Actor,
  thread: number,
  layout: Layout,
  { pins, tiny }: EngineScenario,
): Thread<ThreadRegisters> {
  const left = does.flatMap((call) => (leavesByItself(call) ? [call] : [call, leave]));
  return {
    ...rest,
    registers: () => new ThreadRegisters(layout, thread),
    operations: pins === false ? does : left,
    dead: deadBefore,
    ...(tiny?.scarce === true ? { scrub } : {}),
  };
}

function leavesByItself(call: Call | readonly Call[]): boolean {
  return 'name' in call && (call.name === 'move epoch' || call.name === 'collect page ids');
}

function invariantsOf(layout: Layout): Record<string, ProgramInvariant> {
  return {
    'I2 I3 I4 I5 I7 I9 I13 tree': (memory) => {
      const picture = pictureOf(memory, layout);
      return firstWrong(
        leavesFormOneChain(picture),
        entriesLeadLeft(picture),
        keysLiveWhereCovered(picture),
        collapsedPagesForward(memory, picture),
        rootReachesLeaves(memory, layout, picture),
        namedFramesAreLinked(memory, picture),
        slotOrderIsLogOrder(picture),
      );
    },
    'I10 I14 log': (memory) =>
      firstWrong(
        countersInOrder(memory, layout),
        frontierIsDecided(memory, layout),
        ringNamesNothingFree(memory, layout),
      ),
  };
}

const TREE = ['I2', 'I3', 'I4', 'I5', 'I7', 'I9', 'I13'];

function firstWrong(...verdicts: readonly (true | string)[]): true | string {
  const index = verdicts.findIndex((verdict) => verdict !== true);
  if (index < 0) return true;
  return verdicts.length === TREE.length ? `${TREE[index]}: ${verdicts[index]}` : verdicts[index];
}
