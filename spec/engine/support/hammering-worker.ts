/** A thread that does random operations on a few keys, in rounds that all threads begin together, and records them. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../engine/index.ts';
import { seededRandom } from '../../wal/random.ts';
import { type MapEvent, type MapInput, perform } from './histories.ts';

const { shared, barrier, threads, me, seed, keys, rounds, operations, neighbours } = workerData;
const words = new Int32Array(barrier);
const random = seededRandom(seed * 131 + me);
const tree = attach(shared).tree('hammered');
const state = attach(shared).tree('hammered');

parentPort?.postMessage('ready');
parentPort?.once('message', () => {
  for (let round = 0; round < rounds; round++) {
    meet(3 * round + 1);
    // At rest: what the round begins with.
    const initial =
      me === 0 ? [...state.entries()].map(([k, v]) => [String(Buffer.from(k)), String(Buffer.from(v))]) : [];
    meet(3 * round + 2);
    const events: MapEvent[] = [];
    for (let n = 0; n < operations; n++) {
      const input = choose(`${me}.${round}.${n}`);
      const call = process.hrtime.bigint();
      const output = perform(tree, input);
      events.push({ call, return: process.hrtime.bigint(), input, output });
    }
    meet(3 * round + 3);
    parentPort?.postMessage({ round, initial, events });
  }
  parentPort?.close();
});

function choose(value: string): MapInput {
  const key = `key ${String(random(keys)).padStart(2, '0')}`;
  const dice = random(neighbours ? 20 : 12);
  if (dice < 3) return { kind: 'get', key };
  if (dice < 5) return { kind: 'put', key, value };
  if (dice < 7) return { kind: 'delete', key };
  if (dice === 7) return { kind: 'append', key, value: String(me) };
  if (dice === 8) return { kind: 'swap', key, expected: null, value };
  if (dice === 9) return { kind: 'swap', key, expected: perform(tree, { kind: 'get', key }) as string | null, value };
  if (dice === 10) return { kind: random(2) === 0 ? 'has' : 'getView', key };
  if (dice === 11)
    return { kind: 'swap', key, expected: perform(tree, { kind: 'get', key }) as string | null, value: null };
  if (dice < 16) return { kind: random(2) === 0 ? 'popFirst' : 'popLast' };
  if (dice < 17) return { kind: random(2) === 0 ? 'first' : 'last' };
  return { kind: (['above', 'below', 'floor', 'ceiling'] as const)[random(4)], key };
}

/** Waits until all threads have come to the meeting `number`. */
function meet(number: number): void {
  if (Atomics.add(words, 0, 1) + 1 === number * threads) Atomics.notify(words, 0);
  for (;;) {
    const come = Atomics.load(words, 0);
    if (come >= number * threads) return;
    Atomics.wait(words, 0, come, 1000);
  }
}
