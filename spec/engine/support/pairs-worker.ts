import { parentPort, workerData } from 'node:worker_threads';
import { attach, type SharedSnapshot } from '../../../engine/index.ts';

/*
 * Writes the same growing number to two trees, first `left`, then `right`, and reads pairs back at snapshots of its own and
 * at one that another thread took: in each the left one is equal to the right one, or one ahead.
 */
const db = attach(workerData.shared);
const [left, right] = [db.tree('left'), db.tree('right')];
const keys: string[] = workerData.keys;
const theirs: SharedSnapshot = workerData.snapshot;
const numberAt = (bytes: Uint8Array | undefined): number => (bytes === undefined ? 0 : Number(Buffer.from(bytes)));

let read = 0;
for (let n = 1; n <= workerData.rounds; n++) {
  for (const key of keys) {
    left.put(key, String(n));
    right.put(key, String(n));
  }
  const snapshot = db.snapshot();
  const [lefts, rights] = [snapshot.tree('left'), snapshot.tree('right')];
  for (const [key, value] of rights.entries()) {
    const [l, r] = [numberAt(lefts.get(key)), numberAt(value)];
    if (l !== r && l !== r + 1) throw new Error(`${Buffer.from(key)}: left ${l}, right ${r} at one snapshot`);
    if (l !== numberAt(lefts.get(key))) throw new Error(`${Buffer.from(key)} changed within a snapshot`);
    read++;
  }
  snapshot.close();
  const old = db.snapshot(theirs);
  for (const key of keys) {
    const found = old.tree('left').get(key);
    if (found !== undefined) throw new Error(`${key} is in a snapshot that is older: ${Buffer.from(found)}`);
  }
}
parentPort?.postMessage(read);
db.close();
