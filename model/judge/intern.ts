import { ModelError } from '../errors.ts';
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

/**
 * A value as a text that is equal for equal values.
 *
 * @throws ModelError RIGHTLINK_MODEL_VALUE for what JSON cannot hold: two such values could not be told apart
 */
export function textOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = written(value);
  if (text === undefined) throw unwritable(value, 'it is no data');
  // What JSON leaves out of a Map or a Set is all of it.
  if (text.includes('{}')) requirePlain(value);
  return text;
}

function written(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw unwritable(value, error instanceof Error ? error.message : String(error));
  }
}

function requirePlain(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Map || value instanceof Set || value instanceof Promise || value instanceof RegExp)
    throw unwritable(value, 'write it as lists and objects');
  for (const each of Object.values(value)) requirePlain(each);
}

function unwritable(value: unknown, why: string): ModelError {
  const what = typeof value === 'object' && value !== null ? `a ${value.constructor?.name ?? 'value'}` : typeof value;
  return new ModelError(
    'RIGHTLINK_MODEL_VALUE',
    `results, arguments and states of specifications are compared as JSON, which cannot hold ${what}: ${why}`,
  );
}
