import { expect, test, vi } from 'vitest';

type Step = () => unknown;

// Two steps of one name and text, which differ in what they call, as steps of two modules may.
function leafOfGet(): Step {
  const next = 'get';
  return function readLeaf() {
    return next;
  };
}
function leafOfPut(): Step {
  const next = 'put';
  return function readLeaf() {
    return next;
  };
}
function leafAt(slot: number): Step {
  return function readSlot() {
    return slot;
  };
}
function leafOf(page: object): Step {
  return function readPage() {
    return page;
  };
}

/** What another explorer thread would have: the module anew. */
async function anotherThread(everywhere = true) {
  vi.resetModules();
  const { functionHash, identifyEverywhere } = await import('./step-identity.ts');
  if (everywhere) identifyEverywhere();
  return (...steps: Step[]) => steps.map(functionHash);
}

test('steps of the same text are the same in every thread, whichever it meets first', async () => {
  const [get, put, first, second] = [leafOfGet(), leafOfPut(), leafAt(1), leafAt(2)];
  const here = (await anotherThread())(get, put, first, second);
  const there = (await anotherThread())(second, first, put, get).toReversed();
  expect(there).toEqual(here);
  expect(new Set(here).size).toBe(4);
});

test('a thread that meets one of them only takes it for no other', async () => {
  expect((await anotherThread())(leafOfGet())).not.toEqual((await anotherThread())(leafOfPut()));
  expect((await anotherThread())(leafAt(1))).not.toEqual((await anotherThread())(leafAt(2)));
  const deep = (slot: number) => leafOf({ frame: [new Map([['slots', new Int32Array([slot])]])] });
  expect((await anotherThread())(deep(1))).not.toEqual((await anotherThread())(deep(2)));
  expect((await anotherThread())(deep(1))).toEqual((await anotherThread())(deep(1)));
});

test('closures that have captured the same: told apart in one thread, an error between several', async () => {
  const alone = await anotherThread(false);
  expect(new Set(alone(leafAt(1), leafAt(1))).size).toBe(2);
  const together = await anotherThread();
  expect(() => together(leafAt(1), leafAt(1))).toThrow("several step functions 'readSlot'");
});
