import { allocate, retire } from '../../pagecache/allocator.ts';
import { pin } from '../../pagecache/epochs.ts';
import { NOTE_PLANTED, NOTE_RIGHT_PID } from '../../pagecache/layout.ts';
import type { Memory } from '../../pagecache/memory.ts';
import { keepPid, takePid } from '../../pagecache/page-ids.ts';
import { frameWord } from '../../pagecache/page-word.ts';
import { buildLeaf, leafClass } from '../build.ts';
import { type EngineStep, NO_FAILURE, type Operation, OUT_OF_MEMORY, OUT_OF_PAGES } from '../operation.ts';
import { clearNote, link, writeNote } from './note.ts';

/*
 * Making the root of a new tree: an empty leaf under a PID that is the tree's for good (README, "Trees", N1 and N2).
 * Out: `rootPid`, `left`, or `failure`; pinned. Until the tree's name is in the catalog a note of its own says that the
 * page is this thread's alone: the caller then calls {@link keepPlanted}, or `uproot` when another thread's tree has the name.
 */

/** N1: a page id. */
export function plant(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.rootPid = 0;
  op.afterPin = choosePid;
  return pin(memory, op);
}

function choosePid(memory: Memory, op: Operation): EngineStep | null {
  op.newPid = memory.read32(op.threadAt + NOTE_RIGHT_PID);
  op.afterTakePid = havePid;
  return op.newPid === 0 ? takePid(memory, op) : havePid(memory, op);
}

function havePid(memory: Memory, op: Operation): EngineStep | null {
  op.pid = op.newPid;
  if (op.pid >= op.layout.pages) {
    op.failure = OUT_OF_PAGES;
    return null;
  }
  memory.write32(op.threadAt + NOTE_RIGHT_PID, op.pid);
  return allocateLeaf(memory, op);
}

function allocateLeaf(memory: Memory, op: Operation): EngineStep | null {
  op.wantedClass = leafClass(op.layout, 0, 0, 0, 0, 0);
  op.afterAllocate = build;
  return allocate(memory, op);
}

/** N2: the empty leaf, noted, then published under the page id, which nothing names yet. */
function build(memory: Memory, op: Operation): EngineStep | null {
  if (op.block === 0) {
    op.failure = OUT_OF_MEMORY;
    return null;
  }
  op.left = op.block;
  op.scratch.count = 0;
  op.scratch.born = 0;
  buildLeaf(memory, op.layout, op.scratch, op.left, op.layout.classWords[op.wantedClass], 0, 0, 0, 0, 0, 0, 0);
  op.right = 0;
  op.root = 0;
  op.word = 0;
  writeNote(memory, op);
  op.block = op.left;
  op.afterLink = publish;
  return link(memory, op);
}

/** The page id stands in another note from here on: writing the name may split the catalog, which uses the other two. */
function publish(memory: Memory, op: Operation): EngineStep | null {
  memory.write32(op.threadAt + NOTE_PLANTED, op.pid);
  memory.write32(op.threadAt + NOTE_RIGHT_PID, 0);
  memory.store(op.layout.pageTableAt + op.pid, frameWord(op.left));
  clearNote(memory, op);
  op.rootPid = op.pid;
  return null;
}

/** The tree's name is in the catalog: the page is no longer this thread's alone. Private. */
export function keepPlanted(memory: Memory, op: Operation): void {
  memory.write32(op.threadAt + NOTE_PLANTED, 0);
}

/** Takes a planted page back that nothing came to name; the thread keeps its page id. In: `pid`, `left` (0: it had no frame yet). */
export function uproot(memory: Memory, op: Operation): EngineStep | null {
  op.right = 0;
  op.root = 0;
  op.word = 0;
  writeNote(memory, op);
  keepPid(memory, op, op.pid);
  memory.write32(op.threadAt + NOTE_PLANTED, 0);
  op.block = op.left;
  op.afterRetire = uprooted;
  return op.left === 0 ? uprooted(memory, op) : retire;
}

function uprooted(memory: Memory, op: Operation): EngineStep | null {
  clearNote(memory, op);
  return null;
}
