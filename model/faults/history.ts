import { hashText } from '../hash.ts';

/** One thing that plain code did or asked, and what it got. */
export interface Entry {
  readonly kind: string;
  readonly value: unknown;
  /** Equal for equal entries only. */
  readonly text: string;
}

interface Node {
  readonly parent: number;
  readonly entry: Entry | null;
  readonly low: number;
  readonly high: number;
}

/**
 * What deterministic code has seen so far is where it stands. Histories are interned: equal ones have one number, and a
 * hash that is the same in every run. Number 0: nothing yet.
 */
export class Histories {
  private readonly nodes: Node[] = [{ parent: -1, entry: null, low: 0, high: 0 }];
  private readonly known = new Map<string, number>();

  /** The history that goes on with these. */
  extended(history: number, entries: readonly Entry[]): number {
    let at = history;
    for (const entry of entries) at = this.next(at, entry);
    return at;
  }

  /** Everything in it, oldest first. */
  entries(history: number): Entry[] {
    const entries: Entry[] = [];
    for (let at = history; at > 0; at = this.nodes[at].parent) {
      const { entry } = this.nodes[at];
      if (entry !== null) entries.push(entry);
    }
    return entries.reverse();
  }

  low(history: number): number {
    return this.nodes[history].low;
  }

  high(history: number): number {
    return this.nodes[history].high;
  }

  /** Equal for equal histories only. */
  text(history: number): string {
    return this.entries(history)
      .map(({ kind, text }) => `${kind}:${text}`)
      .join('\n');
  }

  private next(history: number, entry: Entry): number {
    const text = `${entry.kind}:${entry.text}`;
    const key = `${history} ${text}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const id = this.nodes.length;
    const { low, high } = this.nodes[history];
    this.nodes.push({
      parent: history,
      entry,
      low: (Math.imul(low, 0x9e3779b1) + hashText(text)) | 0,
      high: (Math.imul(high, 0x85ebca6b) + hashText(`${text}high`)) | 0,
    });
    this.known.set(key, id);
    return id;
  }
}

/** Texts as small numbers with a 64-bit hash that is the same in every run. */
export class Texts {
  readonly texts: string[] = [];
  private readonly ids = new Map<string, number>();
  private readonly lows: number[] = [];
  private readonly highs: number[] = [];

  id(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    this.ids.set(text, id);
    this.texts.push(text);
    this.lows.push(hashText(text));
    this.highs.push(hashText(`${text}high`));
    return id;
  }

  low(id: number): number {
    return this.lows[id];
  }

  high(id: number): number {
    return this.highs[id];
  }
}
