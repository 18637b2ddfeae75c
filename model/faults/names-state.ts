/** The names on the checker's disk, as a value that is never changed. */

/** One change of names: all of it happens, or nothing. */
interface Change {
  /** Name and file; 0: the name is gone. */
  readonly sets: readonly (readonly [string, number])[];
  /** False after a power loss, until somebody looks: it may have survived or not. */
  readonly certain: boolean;
}

/** What a look at a name finds: a file (0: none), or that a change must first be decided. */
export type Found = { readonly file: number } | { readonly undecided: number };

/** Names that are durable, and what was changed since. */
export class NamesState {
  readonly durable: ReadonlyMap<string, number>;
  readonly changes: readonly Change[];

  constructor(durable: ReadonlyMap<string, number>, changes: readonly Change[]) {
    this.durable = durable;
    this.changes = changes;
  }

  static readonly none = new NamesState(new Map(), []);

  /** Equal for equal names only. */
  get text(): string {
    return JSON.stringify([[...this.durable].sort(([a], [b]) => (a < b ? -1 : 1)), this.changes]);
  }

  find(name: string): Found {
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const set = this.changes[i].sets.find(([each]) => each === name);
      if (set !== undefined) return this.changes[i].certain ? { file: set[1] } : { undecided: i };
    }
    return { file: this.durable.get(name) ?? 0 };
  }

  /** All names that there may be. */
  candidates(): string[] {
    const changed = this.changes.flatMap(({ sets }) => sets.map(([name]) => name));
    return [...new Set([...this.durable.keys(), ...changed])].sort();
  }

  /** All files that may have a name. */
  files(): Set<number> {
    const changed = this.changes.flatMap(({ sets }) => sets.map(([, file]) => file));
    return new Set([...this.durable.values(), ...changed]);
  }

  changed(...sets: readonly (readonly [string, number])[]): NamesState {
    return new NamesState(this.durable, [...this.changes, { sets, certain: true }]);
  }

  /** What a change says, for people. */
  describe(change: number): string {
    const gone = this.changes[change].sets.filter(([, file]) => file === 0).map(([name]) => name);
    const there = this.changes[change].sets.filter(([, file]) => file !== 0).map(([name]) => name);
    if (there.length === 0) return `removing ${gone.join()}`;
    return gone.length === 0 ? `making ${there.join()}` : `renaming ${gone.join()} to ${there.join()}`;
  }

  /** A change survived the power loss or did not; `inOrder`: with all before it, or all after it. */
  decided(change: number, survived: boolean, inOrder: boolean): NamesState {
    const { changes } = this;
    if (!survived) {
      const kept = changes.filter(({ certain }, i) => i !== change && !(inOrder && i > change && !certain));
      return new NamesState(this.durable, kept);
    }
    let names: NamesState = this;
    for (let i = inOrder ? 0 : change; i <= change; i++) names = names.survivor(changes[i]);
    return names;
  }

  /** The directory was synced. */
  synced(directory: string): NamesState {
    let names: NamesState = this;
    for (const change of this.changes) {
      if (change.certain && change.sets.some(([name]) => directoryOf(name) === directory))
        names = names.survivor(change);
    }
    return names;
  }

  /** Power was lost. */
  lost(): NamesState {
    return new NamesState(
      this.durable,
      this.changes.map(({ sets }) => ({ sets, certain: false })),
    );
  }

  /** The change is on the disk; whatever older ones said of its names does not matter any more. */
  private survivor(change: Change): NamesState {
    const durable = new Map(this.durable);
    for (const [name, file] of change.sets) {
      if (file === 0) durable.delete(name);
      else durable.set(name, file);
    }
    const at = this.changes.indexOf(change);
    const isSet = (name: string): boolean => change.sets.some(([each]) => each === name);
    const older = this.changes
      .slice(0, at)
      .map(({ sets, certain }) => ({ sets: sets.filter(([name]) => !isSet(name)), certain }))
      .filter(({ sets }) => sets.length > 0);
    return new NamesState(durable, [...older, ...this.changes.slice(at + 1)]);
  }
}

/** What comes before the last slash. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/';
}
