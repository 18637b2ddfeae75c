/** What a tree must hold: a plain sorted map from keys to values, without any of the engine's code. */
import type { RangeOptions } from '../../../engine/index.ts';

/** A key and its value. */
export type OracleEntry = [key: Uint8Array, value: Uint8Array];

/** Bytes of a string or of bytes. */
export function asBytes(bytes: Uint8Array | string): Uint8Array {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
}

/** A map ordered bytewise. Keys are kept as latin-1 strings, whose order by code units is the order of the bytes. */
export class SortedOracle {
  private readonly values = new Map<string, Uint8Array>();
  private sorted: string[] | null = [];

  get size(): number {
    return this.values.size;
  }

  copy(): SortedOracle {
    const copy = new SortedOracle();
    for (const [key, value] of this.values) copy.values.set(key, value);
    copy.sorted = null;
    return copy;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.values.get(toText(key));
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const text = toText(key);
    if (!this.values.has(text)) this.sorted = null;
    this.values.set(text, value);
  }

  delete(key: Uint8Array): boolean {
    const was = this.values.delete(toText(key));
    if (was) this.sorted = null;
    return was;
  }

  /** The entry at an end of what `options` leave. */
  edge(options: RangeOptions): OracleEntry | undefined {
    return this.range({ ...options, limit: 1 })[0];
  }

  /** The entries of a range. */
  range(options: RangeOptions): OracleEntry[] {
    const { gt, gte, lt, lte, prefix, reverse = false, limit = Number.POSITIVE_INFINITY } = options;
    const inside = (key: string) =>
      (gt === undefined || key > textOf(gt)) &&
      (gte === undefined || key >= textOf(gte)) &&
      (lt === undefined || key < textOf(lt)) &&
      (lte === undefined || key <= textOf(lte)) &&
      (prefix === undefined || key.startsWith(textOf(prefix)));
    const keys = this.keys().filter(inside);
    if (reverse) keys.reverse();
    return keys.slice(0, limit).map((key) => [Buffer.from(key, 'latin1'), this.values.get(key) ?? new Uint8Array(0)]);
  }

  private keys(): string[] {
    this.sorted ??= [...this.values.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return this.sorted;
  }
}

function textOf(bytes: Uint8Array | string): string {
  return toText(asBytes(bytes));
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
