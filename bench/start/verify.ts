import type { Tree } from '../../engine/index.ts';
import { assertSame, Difference, show } from './difference.ts';
import type { Source } from './source.ts';

/** How long the verification's parts took. */
export interface Verification {
  scanSeconds: number;
  getSeconds: number;
}

/**
 * Compares a tree with the source in full: a scan upwards with keys and values, one downwards with keys, a get of every
 * key, and the neighbours at the ends.
 * @throws Difference
 */
export function verify(tree: Tree, source: Source, when: string): Verification {
  const start = performance.now();
  scanUpwards(tree, source, `${when}, scan`);
  const scanned = performance.now();
  scanDownwards(tree, source, `${when}, scan downwards`);
  const got = performance.now();
  for (let i = 0; i < source.count; i++) assertSame(`${when}, get`, tree.get(source.key(i)), source.value(i));
  const end = performance.now();
  assertSame(`${when}, first`, tree.first()?.[0], source.key(0));
  assertSame(`${when}, last`, tree.last()?.[0], source.key(source.count - 1));
  return { scanSeconds: (scanned - start) / 1000, getSeconds: (end - got) / 1000 };
}

function scanUpwards(tree: Tree, source: Source, where: string): void {
  let index = 0;
  for (const [key, value] of tree.entries()) {
    if (index === source.count) throw new Difference(where, `${show(key)} was never written`);
    assertSame(where, key, source.key(index));
    assertSame(where, value, source.value(index));
    index++;
  }
  if (index !== source.count) throw new Difference(where, `${show(source.key(index))} is missing`);
}

function scanDownwards(tree: Tree, source: Source, where: string): void {
  let index = source.count;
  for (const key of tree.keys({ reverse: true })) {
    if (index === 0) throw new Difference(where, `${show(key)} was never written`);
    assertSame(where, key, source.key(--index));
  }
  if (index !== 0) throw new Difference(where, `${show(source.key(index - 1))} is missing`);
}
