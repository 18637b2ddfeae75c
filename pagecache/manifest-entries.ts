import { compareBytes, getUint53, viewOf } from './bytes.ts';
import { CorruptError } from './errors.ts';
import {
  IMAGE_KEY_BYTES_MAX,
  MANIFEST_ENTRY_BYTES,
  PAGE_IMAGE_BYTES_MAX,
  PAGE_IMAGE_HEADER_BYTES,
  PAGE_VALUES_MAX,
} from './file-limits.ts';
import { type ManifestRecord, NO_KEY } from './manifest-format.ts';
import { classOfSlot, SLOT_CLASS_BYTES, SLOT_CLASSES } from './slot-class.ts';

/**
 * The entries of a manifest's records (bytes: manifest-format.ts) after all of them were applied: which count, and in what
 * order. Entries are numbered as they stand in the file; nothing is made for one but its places in a few typed arrays.
 */
export class EntryTable {
  /** Where each entry begins. */
  readonly at: Uint32Array;
  /** Its low key. */
  readonly lowAt: Uint32Array;
  readonly lowBytes: Uint16Array;
  /** The entries that count, by tree id and low key; the first {@link EntryTable.count}. */
  order: Uint32Array = new Uint32Array(0);
  count = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #path: string;

  /** @throws CorruptError when the records make no sense, though they pass their checksums */
  constructor(bytes: Uint8Array, path: string, records: readonly { record: ManifestRecord; at: number }[]) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#path = path;
    for (const { record, at } of records) {
      if (record.entries * MANIFEST_ENTRY_BYTES > record.payloadBytes) this.#fail(at, 'there are not so many entries');
    }
    const total = records.reduce((sum, { record }) => sum + record.entries, 0);
    this.at = new Uint32Array(total);
    this.lowAt = new Uint32Array(total);
    this.lowBytes = new Uint16Array(total);
    let first = 0;
    for (const { record, at } of records) {
      const droppedAt = this.#place(record, at, first);
      for (let i = 0; i < record.droppedTrees; i++) this.#drop(this.#view.getUint32(droppedAt + 4 * i, true));
      this.#apply(first, first + record.entries);
      first += record.entries;
    }
    this.#checkTiles();
  }

  /** Finds the entries of a record and checks each; returns where they end. */
  #place(record: ManifestRecord, payloadAt: number, first: number): number {
    const end = payloadAt + record.payloadBytes - 4 * record.droppedTrees;
    let at = payloadAt;
    for (let entry = first; entry < first + record.entries; entry++) {
      if (at + MANIFEST_ENTRY_BYTES > end) this.#fail(at, 'the entries reach beyond the end');
      this.at[entry] = at;
      const next = this.#placeKeys(entry, at, entry > first);
      if (next > end) this.#fail(at, 'an entry reaches beyond the end');
      this.#checkEntry(entry, record);
      if (entry > first && !this.#follows(entry - 1, entry)) this.#fail(at, 'the entries are out of order');
      at = next;
    }
    if (record.droppedTrees < 0 || end < at) this.#fail(at, 'the dropped trees reach beyond the end');
    return at;
  }

  #placeKeys(entry: number, at: number, hasPrevious: boolean): number {
    const view = this.#view;
    const low = view.getUint16(at + 32, true);
    const high = view.getUint16(at + 34, true);
    const trim = view.getUint16(at + 36, true);
    const values = view.getUint32(at + 40, true);
    for (const bytes of [low, high, trim]) {
      if (bytes !== NO_KEY && bytes > IMAGE_KEY_BYTES_MAX) this.#fail(at, 'a key of an entry is too long');
    }
    if (values > PAGE_VALUES_MAX) this.#fail(at, 'an entry names too many large values');
    const keysAt = at + MANIFEST_ENTRY_BYTES;
    if (low === NO_KEY) {
      if (!hasPrevious || this.highBytes(entry - 1) < 0) this.#fail(at, 'the first entry has no low key');
      this.lowAt[entry] = this.highAt(entry - 1);
      this.lowBytes[entry] = this.highBytes(entry - 1);
    } else {
      this.lowAt[entry] = keysAt;
      this.lowBytes[entry] = low;
    }
    const keys = keysAt + (low === NO_KEY ? 0 : low) + (high === NO_KEY ? 0 : high) + (trim === NO_KEY ? 0 : trim);
    return Math.ceil(keys / 4) * 4 + 4 * values;
  }

  #checkEntry(entry: number, record: ManifestRecord): void {
    const view = this.#view;
    const at = this.at[entry];
    const slotClass = classOfSlot(view.getUint32(at + 4, true));
    const imageBytes = view.getUint32(at + 8, true);
    if (slotClass >= SLOT_CLASSES) this.#fail(at + 4, 'an entry names a slot of no known class');
    if (
      imageBytes < PAGE_IMAGE_HEADER_BYTES ||
      imageBytes > PAGE_IMAGE_BYTES_MAX ||
      imageBytes > SLOT_CLASS_BYTES[slotClass]
    ) {
      this.#fail(at + 8, 'an entry names an image of an impossible length');
    }
    if (getUint53(view, at + 16) >= record.nextImageId) this.#fail(at + 16, 'an entry names an image of the future');
    if (getUint53(view, at + 24) > record.endLsn) this.#fail(at + 24, 'an entry names a write of the future');
    const high = this.highBytes(entry);
    if (high >= 0 && this.#compareLow(entry, this.highAt(entry), high) >= 0) this.#fail(at, 'an entry covers nothing');
  }

  /** Offset of an entry's high key. */
  highAt(entry: number): number {
    const low = this.#view.getUint16(this.at[entry] + 32, true);
    return this.at[entry] + MANIFEST_ENTRY_BYTES + (low === NO_KEY ? 0 : low);
  }

  /** Length of an entry's high key; −1: +∞. */
  highBytes(entry: number): number {
    const bytes = this.#view.getUint16(this.at[entry] + 34, true);
    return bytes === NO_KEY ? -1 : bytes;
  }

  treeOf(entry: number): number {
    return this.#view.getUint32(this.at[entry], true);
  }

  /** Compares an entry's low key with another key. */
  #compareLow(entry: number, keyAt: number, keyBytes: number): number {
    const bytes = this.#bytes;
    return compareBytes(bytes, this.lowAt[entry], this.lowBytes[entry], bytes, keyAt, keyBytes);
  }

  /** Whether an entry lies wholly behind another. */
  #follows(before: number, entry: number): boolean {
    const difference = this.treeOf(entry) - this.treeOf(before);
    if (difference !== 0) return difference > 0;
    const high = this.highBytes(before);
    return high >= 0 && this.#compareLow(entry, this.highAt(before), high) >= 0;
  }

  /** Puts entries `from` to `to` in the place of those that they replace. */
  #apply(from: number, to: number): void {
    const { order, count } = this;
    const next = new Uint32Array(count + to - from);
    let position = 0;
    let filled = 0;
    for (let entry = from; entry < to; entry++) {
      const treeId = this.treeOf(entry);
      const start = this.#lowerBound(position, treeId, this.lowAt[entry], this.lowBytes[entry]);
      next.set(order.subarray(position, start), filled);
      filled += start - position;
      next[filled++] = entry;
      const high = this.highBytes(entry);
      position =
        high < 0
          ? this.#lowerBound(start, treeId + 1, 0, 0)
          : this.#lowerBound(start, treeId, this.highAt(entry), high);
    }
    next.set(order.subarray(position, count), filled);
    this.order = next;
    this.count = filled + count - position;
  }

  #drop(treeId: number): void {
    const start = this.#lowerBound(0, treeId, 0, 0);
    const end = this.#lowerBound(start, treeId + 1, 0, 0);
    this.order.copyWithin(start, end, this.count);
    this.count -= end - start;
  }

  /** The first entry that counts, from a position on, at or behind a tree's key: by growing strides, then by halves. */
  #lowerBound(from: number, treeId: number, keyAt: number, keyBytes: number): number {
    let low = from;
    let stride = 1;
    while (low + stride <= this.count && this.#isBelow(low + stride - 1, treeId, keyAt, keyBytes)) {
      low += stride;
      stride *= 2;
    }
    let high = Math.min(low + stride - 1, this.count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBelow(middle, treeId, keyAt, keyBytes)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBelow(position: number, treeId: number, keyAt: number, keyBytes: number): boolean {
    const entry = this.order[position];
    const difference = this.treeOf(entry) - treeId;
    return difference === 0 ? this.#compareLow(entry, keyAt, keyBytes) < 0 : difference < 0;
  }

  /** The ranges of each tree must tile the keys. */
  #checkTiles(): void {
    let previous = -1;
    for (let i = 0; i < this.count; i++) {
      const entry = this.order[i];
      const begins = previous < 0 || this.highBytes(previous) < 0;
      const tiles = begins
        ? this.lowBytes[entry] === 0 && (previous < 0 || this.treeOf(entry) > this.treeOf(previous))
        : this.treeOf(entry) === this.treeOf(previous) &&
          this.#compareLow(entry, this.highAt(previous), this.highBytes(previous)) === 0;
      if (!tiles) this.#fail(this.at[entry], `the leaves of tree ${this.treeOf(entry)} leave a gap or overlap`);
      previous = entry;
    }
    if (previous >= 0 && this.highBytes(previous) >= 0) {
      this.#fail(this.at[previous], `the leaves of tree ${this.treeOf(previous)} end too soon`);
    }
  }

  #fail(offset: number, reason: string): never {
    throw new CorruptError(this.#path, offset, `the manifest passes its checksums, but ${reason}`);
  }
}
