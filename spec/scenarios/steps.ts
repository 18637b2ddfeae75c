import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where step functions are written. */
const ROOMS = ['engine', 'wal', 'pagecache'];
/** `function name(memory: Memory, op: …): … Step … | null`, at the beginning of a line. */
const STEP = /^(?:export )?function (\w+)(?:<[^(]*>)?\(_?memory: Memory, _?op: \w+\): \w*Step(?:<\w+>)? \| null \{/gm;
const COMMENTS = /\/\*.*?\*\/|\/\/.*?$/gms;
const IMPORTS = /^import .*?;$/gms;

/**
 * The names of all step functions of the engine, from its sources: those that are somewhere named as what comes next. (Others
 * of their form are only ever called, as part of the step that calls them.) A name that two files use counts once: it has run
 * when either did.
 */
export function engineSteps(): string[] {
  const code = ROOMS.map(sourcesOf).join('\n');
  const names = new Set([...code.matchAll(STEP)].map(([, name]) => name));
  return [...names].filter((name) => isNamedAsNext(name, code)).sort();
}

function isNamedAsNext(name: string, code: string): boolean {
  return new RegExp(`(?:return|\\?|:|op\\.\\w+ =|run\\(.*,) ${name}(?: :|[;)])`).test(code);
}

/** All sources of a room, without comments and imports. */
function sourcesOf(room: string): string {
  const folder = fileURLToPath(new URL(`../../${room}/`, import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) =>
      readFileSync(folder + file, 'utf8')
        .replaceAll(COMMENTS, '')
        .replaceAll(IMPORTS, ''),
    )
    .join('\n');
}
