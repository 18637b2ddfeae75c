import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where step functions are written. */
const ROOMS = ['engine', 'wal', 'pagecache'];
/** `function name(memory: Memory, op: …): … Step … | null`, at the beginning of a line. */
const STEP = /^(?:export )?function (\w+)(?:<[^(]*>)?\(_?memory: Memory, _?op: \w+\): \w*Step(?:<\w+>)? \| null \{/gm;

/**
 * The names of all step functions of the engine, from its sources. A name that two files use counts once: it has run when
 * either did.
 */
export function engineSteps(): string[] {
  const names = new Set<string>();
  for (const room of ROOMS) {
    const folder = fileURLToPath(new URL(`../../${room}/`, import.meta.url));
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue;
      for (const [, name] of readFileSync(folder + file, 'utf8').matchAll(STEP)) names.add(name);
    }
  }
  return [...names].sort();
}
