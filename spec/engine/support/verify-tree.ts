import type { Tree } from '../../../engine/index.ts';

/**
 * Checks that all ways to look at a tree at rest agree: keys strictly increase in a scan, a reverse scan gives the same, and
 * each key is found by a search. Returns the number of entries; throws with the first disagreement.
 */
export function verifyTree(tree: Tree, searchEach = true): number {
  let previous: Uint8Array | null = null;
  let count = 0;
  for (const [key, value] of tree.entries()) {
    if (previous !== null && Buffer.compare(previous, key) >= 0) {
      throw new Error(`${tree.name}: ${name(key)} comes after ${name(previous)} in a scan`);
    }
    const same = !searchEach || tree.getView(key, (found) => Buffer.compare(found, value) === 0);
    if (same !== true) throw new Error(`${tree.name}: the scan has ${name(key)}, get does not agree (${same})`);
    previous = key;
    count++;
  }
  let back = 0;
  let following: Uint8Array | null = null;
  for (const key of tree.keys({ reverse: true })) {
    if (following !== null && Buffer.compare(following, key) <= 0) {
      throw new Error(`${tree.name}: ${name(key)} comes after ${name(following)} in a reverse scan`);
    }
    following = key;
    back++;
  }
  if (back !== count) throw new Error(`${tree.name}: ${count} entries forwards, ${back} backwards`);
  const edges = [tree.first()?.[0], tree.last()?.[0]];
  if (!sameKey(edges[0], following) || !sameKey(edges[1], previous))
    throw new Error(`${tree.name}: first or last differ`);
  return count;
}

function sameKey(a: Uint8Array | undefined, b: Uint8Array | null): boolean {
  return a === undefined || b === null ? a === undefined && b === null : Buffer.compare(a, b) === 0;
}

function name(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('latin1').slice(0, 60));
}
