/** Trees whose leaves split, collapse and change at random, as lists of entries: what manifests are compared with. */
import { diskSlot } from '../../pagecache/slot-class.ts';
import type { Random } from '../wal/memory-disk.ts';
import type { PlainEntry } from './manifests.ts';

/** A store of the simplest kind. All that it does is decided by the random source. */
export class PlainStore {
  trees = new Map<number, PlainEntry[]>();
  /** For each image that the last checkpoint named, the image of the leaf to its left. */
  #neighbours = new Map<number, number>();
  #dropped: number[] = [];
  #nextTree = 1;
  #nextImage = 1;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.plant();
  }

  /** All entries, by tree and low key. */
  entries(): PlainEntry[] {
    return [...this.trees.entries()].sort(([left], [right]) => left - right).flatMap(([, leaves]) => leaves);
  }

  /**
   * What an incremental checkpoint writes; from then on it is the last one. By the rule that a walk follows, which sees one leaf
   * after another and no manifest: a leaf is written when its image is new, or when the image to its left is another one than in the
   * last manifest. So its range can have changed only at a border that is written.
   */
  takeChanges(): { entries: PlainEntry[]; dropped: number[] } {
    const all = this.entries();
    const neighbours = new Map(all.map((entry, i) => [entry.imageId, entry.low === '' ? 0 : all[i - 1].imageId]));
    const entries = all.filter(({ imageId }) => this.#neighbours.get(imageId) !== neighbours.get(imageId));
    const dropped = this.#dropped;
    this.#neighbours = neighbours;
    this.#dropped = [];
    return { entries, dropped };
  }

  change(): void {
    const what = this.#random(20);
    if (what === 0) this.plant();
    else if (what === 1) this.#drop();
    else this.#changeTree(what);
  }

  plant(): void {
    const treeId = this.#nextTree++;
    this.trees.set(treeId, [this.#image({ treeId, low: '', high: null, trim: null })]);
  }

  #drop(): void {
    const ids = [...this.trees.keys()];
    if (ids.length < 2) return;
    const treeId = ids[this.#random(ids.length)];
    this.trees.delete(treeId);
    this.#dropped.push(treeId);
  }

  #changeTree(what: number): void {
    const ids = [...this.trees.keys()];
    const leaves = this.trees.get(ids[this.#random(ids.length)]) ?? [];
    const at = this.#random(leaves.length);
    if (what < 9) this.#split(leaves, at);
    else if (what < 14) this.#collapse(leaves, at);
    else leaves[at] = this.#image({ ...leaves[at], trim: null });
  }

  /** Both halves are new images, which hold nothing that is not theirs. */
  #split(leaves: PlainEntry[], at: number): void {
    const leaf = leaves[at];
    const middle = String.fromCharCode(97 + this.#random(26)).repeat(1 + this.#random(3));
    if (middle <= leaf.low || (leaf.high !== null && middle >= leaf.high)) return;
    const left = this.#image({ ...leaf, high: middle, trim: null });
    leaves.splice(at, 1, left, this.#image({ ...leaf, low: middle, trim: null }));
  }

  /** The leaf to the right covers its range; the image there may still hold keys below the border. */
  #collapse(leaves: PlainEntry[], at: number): void {
    if (at + 1 >= leaves.length) return;
    const right = leaves[at + 1];
    leaves.splice(at, 2, { ...right, low: leaves[at].low, trim: right.trim ?? right.low });
  }

  #image(leaf: Pick<PlainEntry, 'treeId' | 'low' | 'high' | 'trim'>): PlainEntry {
    const id = this.#nextImage++;
    const values = Array.from({ length: this.#random(4) === 0 ? this.#random(12) : 0 }, (_, i) => id * 100 + i);
    return {
      treeId: leaf.treeId,
      low: leaf.low,
      high: leaf.high,
      trim: leaf.trim,
      slot: diskSlot(this.#random(8), id),
      imageBytes: 64 + this.#random(900),
      checksum: this.#random(2 ** 32),
      imageId: id,
      newestLsn: this.#random(2 ** 31),
      values,
    };
  }
}
