import type { EngineStep } from '../../engine/operation.ts';
import { type Memory, type ProgramState, peekAll } from '../../model/index.ts';
import { FRONTIER_AT, type Layout, STAGED_AT, TAIL_AT } from '../../pagecache/layout.ts';
import { SharedMemory } from '../../pagecache/memory.ts';
import { advance, type Call, collect, getKey, leave, move, reapThread, recycle } from '../scenarios/operations.ts';
import { ThreadRegisters } from '../scenarios/registers.ts';
import { noBlockIsLost } from './blocks.ts';
import { replayed, stagedContent } from './log.ts';
import { pictureOf } from './picture.ts';
import { noPidIsLost, treeContent } from './tree.ts';

/*
 * I23, I9 and I20's simplest part: what the survivors find when nothing moves any more. The memory is copied, and on the
 * copy one survivor, alone, reaps the dead, advances the frontier and moves the epochs, with the engine's own steps.
 */

type Verdict = true | string;

/** More steps than this are taken for a hang. */
const STEPS = 20_000;
/** Moves of the epoch after which everything retired may be reused. */
const MOVES = 8;
/** Walks over the page table after which no collapsed page is left: a part of one that was begun, then three rounds. */
const WALKS = 16;

/** I23: after any deaths the survivor finishes, the frontier reaches the tail, log and tree agree, no block is lost. */
export function survivorFinishes(
  memory: Memory,
  state: ProgramState,
  layout: Layout,
  initial: Readonly<Record<string, number>>,
  givesPidsBack: boolean,
): Verdict {
  const copy = copyOf(memory);
  const alive = state.threads.findIndex((thread) => thread.status === 'finished');
  if (alive < 0) return 'no thread survives';
  const survivor = new ThreadRegisters(layout, alive + 1);
  for (let i = 0; i < state.threads.length; i++) {
    const { status } = state.threads[i];
    const calls = status === 'dead' ? [reapThread(i + 1), leave] : [leave];
    const op = status === 'dead' ? survivor : new ThreadRegisters(layout, i + 1);
    const problem = runAll(copy, op, calls);
    if (problem !== null) return problem;
  }
  return (
    runAll(copy, survivor, [advance, leave]) ??
    (copy.load(FRONTIER_AT) === copy.load(TAIL_AT) ? null : 'the frontier does not reach the tail') ??
    logAndTreeDiffer(copy, layout, initial) ??
    stagedAndTreeDiffer(copy, layout, survivor, initial) ??
    everyKeyIsFound(copy, layout, survivor) ??
    runAll(copy, survivor, new Array<Call>(MOVES).fill(move)) ??
    (copy.load(STAGED_AT) === copy.load(TAIL_AT) || layout.stagingBytes > 0 ? null : 'the log is not drained') ??
    asProblem(noBlockIsLost(copy, layout, pictureOf(copy, layout))) ??
    (givesPidsBack ? pidsComeBack(copy, layout, survivor) : null) ??
    true
  );
}

function logAndTreeDiffer(copy: Memory, layout: Layout, initial: Readonly<Record<string, number>>): string | null {
  const log = replayed(copy, layout, initial);
  if (log === null) return null;
  const [fromLog, fromTree] = [JSON.stringify(log), JSON.stringify(treeContent(copy, layout))];
  return fromLog === fromTree ? null : `the log says ${fromLog}, the tree ${fromTree}`;
}

/** All staged, the buffer holds each record once, in log order: replayed, they give the tree. */
function stagedAndTreeDiffer(
  copy: SharedMemory,
  layout: Layout,
  survivor: ThreadRegisters,
  initial: Readonly<Record<string, number>>,
): string | null {
  if (layout.stagingBytes === 0) return null;
  const problem = runAll(copy, survivor, [recycle, leave]);
  if (problem !== null) return problem;
  if (copy.load(STAGED_AT) !== copy.load(TAIL_AT)) return 'the survivor cannot stage the log';
  const [fromBytes, fromTree] = [stagedContent(copy, layout, initial), JSON.stringify(treeContent(copy, layout))];
  return fromBytes === fromTree ? null : `the staged bytes say ${fromBytes}, the tree ${fromTree}`;
}

/** I3, I7: a search from the root finds each key that stands in the chain of leaves. */
function everyKeyIsFound(copy: SharedMemory, layout: Layout, survivor: ThreadRegisters): string | null {
  for (const [key, value] of Object.entries(treeContent(copy, layout))) {
    const call = getKey(key);
    const problem = runAll(copy, survivor, [call]);
    if (problem !== null) return problem;
    const found = call.end?.(copy, survivor);
    if (found !== value) return `a search from the root finds ${found} for ${key}, which stands in a leaf as ${value}`;
    runAll(copy, survivor, [leave]);
  }
  return null;
}

/** After enough walks every page id is a live page's, free, or kept by a thread for its next split. */
function pidsComeBack(copy: SharedMemory, layout: Layout, survivor: ThreadRegisters): string | null {
  const walks = Array.from({ length: WALKS }, () => [collect, move, move]).flat();
  return runAll(copy, survivor, walks) ?? asProblem(noPidIsLost(copy, layout));
}

function asProblem(verdict: Verdict): string | null {
  return verdict === true ? null : verdict;
}

function runAll(memory: SharedMemory, op: ThreadRegisters, calls: readonly Call[]): string | null {
  for (const call of calls) {
    let step: EngineStep | null = call.begin(op) as EngineStep | null;
    for (let count = 0; step !== null; count++) {
      if (count > STEPS) return `${call.name} by the survivor alone does not end (at ${step.name})`;
      step = step(memory, op);
    }
  }
  return null;
}

function copyOf(memory: Memory): SharedMemory {
  const words = peekAll(memory);
  const copy = new SharedArrayBuffer(words.byteLength);
  new Int32Array(copy).set(words);
  return new SharedMemory(copy);
}
