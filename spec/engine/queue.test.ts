import { expect, it } from 'vitest';
import { productionLayout } from '../../engine/geometry.ts';
import { Session } from '../../engine/session.ts';
import { keepPlanted, plant } from '../../engine/steps/plant.ts';
import { Tree } from '../../engine/tree.ts';
import { layoutOf, NEXT_PID_AT } from '../../pagecache/layout.ts';
import { run, SharedMemory } from '../../pagecache/memory.ts';
import { initialiseRing } from '../../wal/ring.ts';

// A queue appends on the right and deletes on the left: every leaf, and every inner page, is used once. Their page ids
// must come back, also when nobody ever writes the leaf on the left of them again.

const PAGES = 1024;
const VALUE = new Uint8Array(1990); // three fill a leaf
const HELD = 50;

/** A tree in a store whose page table is small. */
function treeOfFewPages(): { tree: Tree; session: Session } {
  const layout = layoutOf({ ...productionLayout(8 * 2 ** 20, false, 0), pages: PAGES });
  const memory = SharedMemory.allocate(layout.totalWords);
  initialiseRing(memory, layout, layout.firstPosition);
  memory.store(NEXT_PID_AT, 1);
  const session = new Session(memory, layout, 1, false);
  run(memory, session.op, plant);
  keepPlanted(memory, session.op);
  session.leave();
  return { tree: new Tree(session, 'queue', 1, 1), session };
}

const nameOf = (i: number): string => String(i).padStart(9, '0');

it.each(['popFirst', 'delete'] as const)('a queue of %s uses its page ids again', (how) => {
  const { tree, session } = treeOfFewPages();
  if (how === 'delete') tree.put('', VALUE); // stays on the left
  const entries = 60 * PAGES; // at least 20 times as many leaves as there are page ids
  for (let i = 0; i < entries; i++) {
    tree.put(nameOf(i), VALUE);
    if (i < HELD) continue;
    if (how === 'popFirst') tree.popFirst();
    else tree.delete(nameOf(i - HELD));
  }
  expect(session.memory.load(NEXT_PID_AT)).toBeLessThan(PAGES / 2);
  expect(tree.has(nameOf(entries - 1))).toBe(true);
  expect(tree.has(nameOf(entries - HELD - 1))).toBe(false);
});
