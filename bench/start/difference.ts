/** What a store says is not what it should say. */
export class Difference extends Error {
  constructor(where: string, found: string) {
    super(`${where}: ${found}`);
    this.name = 'Difference';
  }
}

/** Throws {@link Difference} unless two byte strings are equal; undefined stands for "absent". */
export function assertSame(where: string, found: Uint8Array | undefined, expected: Uint8Array): void {
  if (found === undefined) throw new Difference(where, `${show(expected)} is missing`);
  if (Buffer.compare(found, expected) !== 0) throw new Difference(where, `${show(found)}, not ${show(expected)}`);
}

/** Bytes for a message: as text where they are text. */
export function show(bytes: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(bytes).toString('latin1'));
  return text.length <= 80 ? text : `${text.slice(0, 77)}…"`;
}
