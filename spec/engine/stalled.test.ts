import { expect, it } from 'vitest';
import { LogStalledError } from '../../engine/errors.ts';
import { productionLayout } from '../../engine/geometry.ts';
import { Session } from '../../engine/session.ts';
import { keepPlanted, plant } from '../../engine/steps/plant.ts';
import { Tree } from '../../engine/tree.ts';
import { layoutOf, NOTE_BLOB, NOTE_RECORD } from '../../pagecache/layout.ts';
import { run, SharedMemory } from '../../pagecache/memory.ts';
import { initialiseRing } from '../../wal/ring.ts';

// A store with a log whose keeper never runs: the ring fills up. The write that finds it full has published its record
// already, which others may finish; if its thread dies later, the reaper must not take its large value for one that no
// record names.
it('a large value of a write that stalled is not left noted', () => {
  const layout = layoutOf({ ...productionLayout(16 * 2 ** 20, true, 0), ringWords: 2048 });
  const memory = SharedMemory.allocate(layout.totalWords);
  initialiseRing(memory, layout, layout.firstPosition);
  const session = new Session(memory, layout, 1, false);
  run(memory, session.op, plant);
  keepPlanted(memory, session.op);
  session.leave();
  const tree = new Tree(session, 'stalled', 1, session.op.rootPid);
  for (let i = 0; i < 2048; i++) tree.put('small', 'value');
  expect(() => tree.put('large', new Uint8Array(100_000))).toThrow(LogStalledError);
  expect(memory.read32(session.op.threadAt + NOTE_RECORD)).toBe(0);
  expect(memory.read32(session.op.threadAt + NOTE_BLOB)).toBe(0);
});
