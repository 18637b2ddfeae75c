import { hashText } from '../hash.ts';

/** Texts as small numbers, each with a hash of the text that is the same in every run. */
export class Interner {
  readonly texts: string[] = [];
  readonly hashes: number[] = [];
  private readonly ids = new Map<string, number>();

  id(text: string): number {
    const known = this.ids.get(text);
    if (known !== undefined) return known;
    const id = this.texts.length;
    this.ids.set(text, id);
    this.texts.push(text);
    this.hashes.push(hashText(text));
    return id;
  }
}

/** A value as a text that is equal for equal values. */
export function textOf(value: unknown): string {
  return JSON.stringify(value) ?? 'undefined';
}
