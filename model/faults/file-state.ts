/**
 * One file of the checker's disk, as a value that is never changed: what reads see, and what a power loss may leave.
 *
 * The file is a row of units. A unit's content is a text with one character for each byte, '' for zeros, so that equal
 * contents are equal values and an outcome that makes no difference is not an outcome.
 */

/** A unit that is not simply zeros for certain. */
export interface Unit {
  /** What reads see; null after a power loss, until somebody looks. */
  readonly live: string | null;
  /** What may be on the disk, in the order in which it was written: at least one, all different. */
  readonly possible: readonly string[];
  /** A sync failed while it was not durable: later syncs say nothing about it until it is written again. */
  readonly stuck: boolean;
}

/** The same for the file's size. */
export interface Size {
  readonly live: number | null;
  readonly possible: readonly number[];
  readonly stuck: boolean;
}

/** A file. */
export class FileState {
  readonly unitBytes: number;
  readonly size: Size;
  /** By index; one that is not here is zeros for certain. */
  readonly units: ReadonlyMap<number, Unit>;
  private known: string | null = null;

  constructor(unitBytes: number, size: Size, units: ReadonlyMap<number, Unit>) {
    this.unitBytes = unitBytes;
    this.size = size;
    this.units = units;
  }

  static empty(unitBytes: number): FileState {
    return new FileState(unitBytes, { live: 0, possible: [0], stuck: false }, new Map());
  }

  /** Equal for equal files only. */
  get text(): string {
    if (this.known === null) {
      const units = [...this.units].sort(([a], [b]) => a - b);
      this.known = JSON.stringify([
        this.size,
        units.map(([at, { live, possible, stuck }]) => [at, live, possible, stuck]),
      ]);
    }
    return this.known;
  }

  unit(index: number): Unit {
    return this.units.get(index) ?? ZEROS;
  }

  /** How many units, the size included, a power loss now would leave open. */
  get unsynced(): number {
    let count = this.size.possible.length > 1 ? 1 : 0;
    for (const { possible } of this.units.values()) if (possible.length > 1) count += 1;
    return count;
  }

  /** The size turns out to be this one; what lay behind it is gone. */
  withSize(size: number): FileState {
    return new FileState(this.unitBytes, { live: size, possible: [size], stuck: false }, this.cut(size, false));
  }

  /** The unit turns out to be this. */
  withUnit(index: number, content: string): FileState {
    return this.replacing(new Map([[index, { live: content, possible: [content], stuck: false }]]), this.size);
  }

  /** After a write of units, each given by what reads see from now on, which makes the file at least so long. */
  written(contents: ReadonlyMap<number, string>, end: number): FileState {
    const units = new Map<number, Unit>();
    for (const [index, content] of contents) {
      units.set(index, { live: content, possible: union(this.unit(index).possible, [content]), stuck: false });
    }
    const before = this.size.live ?? 0;
    if (end <= before) return this.replacing(units, this.size);
    const passed: number[] = [];
    for (let at = (Math.floor(before / this.unitBytes) + 1) * this.unitBytes; at < end; at += this.unitBytes)
      passed.push(at);
    return this.replacing(units, { live: end, possible: union(this.size.possible, [...passed, end]), stuck: false });
  }

  /** Longer or shorter, from now on. */
  truncated(size: number): FileState {
    const possible = union(this.size.possible, [size]);
    return new FileState(this.unitBytes, { live: size, possible, stuck: false }, this.cut(size, true));
  }

  synced(): FileState {
    const units = new Map<number, Unit>();
    for (const [index, unit] of this.units) put(units, index, durable(unit));
    return new FileState(this.unitBytes, durable(this.size), units);
  }

  /** A sync failed. */
  failed(): FileState {
    const units = new Map<number, Unit>();
    for (const [index, unit] of this.units) units.set(index, { ...unit, stuck: unit.possible.length > 1 });
    return new FileState(this.unitBytes, { ...this.size, stuck: this.size.possible.length > 1 }, units);
  }

  /** Power was lost: what had more than one outcome is open. */
  lost(): FileState {
    const units = new Map<number, Unit>();
    for (const [index, unit] of this.units) put(units, index, opened(unit));
    return new FileState(this.unitBytes, opened(this.size), units);
  }

  private replacing(changed: ReadonlyMap<number, Unit>, size: Size): FileState {
    const units = new Map(this.units);
    for (const [index, unit] of changed) put(units, index, unit);
    return new FileState(this.unitBytes, size, units);
  }

  /** The units with zeros behind the end: for certain, or as one more possibility. */
  private cut(end: number, pending: boolean): Map<number, Unit> {
    const units = new Map<number, Unit>();
    for (const [index, unit] of this.units) {
      const keep = Math.max(0, Math.min(this.unitBytes, end - index * this.unitBytes));
      if (keep === this.unitBytes) {
        units.set(index, unit);
        continue;
      }
      const short = unit.possible.map((content) => shortened(content, keep, this.unitBytes));
      const live = unit.live === null ? null : shortened(unit.live, keep, this.unitBytes);
      put(units, index, { ...unit, live, possible: union(pending ? unit.possible : [], short) });
    }
    return units;
  }
}

const ZEROS: Unit = { live: '', possible: [''], stuck: false };

function put(units: Map<number, Unit>, index: number, unit: Unit): void {
  if (unit.live === '' && unit.possible.length === 1 && unit.possible[0] === '') units.delete(index);
  else units.set(index, unit);
}

function durable<T>(part: { live: T | null; possible: readonly T[]; stuck: boolean }) {
  return part.live === null || part.stuck ? part : { live: part.live, possible: [part.live], stuck: false };
}

function opened<T>({ possible }: { possible: readonly T[] }) {
  return { live: possible.length === 1 ? possible[0] : null, possible, stuck: false };
}

function union<T>(list: readonly T[], more: readonly T[]): readonly T[] {
  return [...new Set([...list, ...more])];
}

function shortened(content: string, keep: number, unitBytes: number): string {
  return contentOf(Buffer.from(content.slice(0, keep).padEnd(unitBytes, '\0'), 'latin1'));
}

/** Bytes as a unit's content. */
export function contentOf(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return '';
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
