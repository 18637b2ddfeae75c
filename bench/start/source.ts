import type { CityRecord } from '../cities.ts';

/** Records packed into memory that all threads read: the source of truth that everything is compared with. */
export interface PackedSource {
  readonly count: number;
  /** Key, value, key, value, … */
  readonly bytes: SharedArrayBuffer;
  /** Where each of them starts, as 32-bit words; one more than there are keys and values. */
  readonly starts: SharedArrayBuffer;
}

/** Packs records, which are in key order. */
export function packSource(records: readonly CityRecord[]): PackedSource {
  const parts = records.flatMap(({ key, value }) => [key, value]);
  const starts = new Uint32Array(new SharedArrayBuffer((parts.length + 1) * 4));
  for (const [i, part] of parts.entries()) starts[i + 1] = starts[i] + part.length;
  const bytes = new Uint8Array(new SharedArrayBuffer(starts[parts.length]));
  for (const [i, part] of parts.entries()) bytes.set(part, starts[i]);
  return { count: records.length, bytes: bytes.buffer, starts: starts.buffer };
}

/** Packed records as a thread reads them; in key order. */
export class Source {
  readonly count: number;
  private readonly bytes: Uint8Array;
  private readonly starts: Uint32Array;

  constructor(packed: PackedSource) {
    this.count = packed.count;
    this.bytes = new Uint8Array(packed.bytes);
    this.starts = new Uint32Array(packed.starts);
  }

  key(index: number): Uint8Array {
    return this.bytes.subarray(this.starts[2 * index], this.starts[2 * index + 1]);
  }

  value(index: number): Uint8Array {
    return this.bytes.subarray(this.starts[2 * index + 1], this.starts[2 * index + 2]);
  }

  /** The first record whose key does not lie below `key`. */
  ceiling(key: Uint8Array): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.key(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
