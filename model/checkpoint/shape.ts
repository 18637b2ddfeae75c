import { createHash } from 'node:crypto';

/**
 * A fingerprint of all that a model is made of: names, numbers, and the text of its functions. Two that differ in any
 * of it are different models. What a function's closure holds cannot be seen.
 */
export function shapeOf(model: unknown): string {
  const hash = createHash('sha256');
  const seen = new Map<object, number>();
  const take = (value: unknown): void => {
    if (typeof value === 'function') {
      hash.update(`function ${value.name} ${value}\n`);
    } else if (typeof value !== 'object' || value === null) {
      hash.update(`${typeof value} ${String(value)}\n`);
    } else if (seen.has(value)) {
      hash.update(`again ${seen.get(value)}\n`);
    } else {
      seen.set(value, seen.size);
      if (ArrayBuffer.isView(value)) hash.update(`view ${Object.values(value).join()}\n`);
      else if (value instanceof Map || value instanceof Set) for (const entry of value) take(entry);
      else for (const [key, part] of Object.entries(value)) takeNamed(key, part);
    }
  };
  const takeNamed = (key: string, part: unknown): void => {
    hash.update(`${key}: `);
    take(part);
  };
  take(model);
  return hash.digest('hex').slice(0, 32);
}
