import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

/** A fresh path for a store in a directory of its own, removed when the test file is done. */
export function freshPath(): string {
  if (made.length === 0) afterAll(removeAll);
  const directory = mkdtempSync(join(tmpdir(), 'rightlink-engine-'));
  made.push(directory);
  return join(directory, 'store');
}

function removeAll(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}
