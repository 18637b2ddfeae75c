import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The rules between the rooms stand in biome.jsonc, and `npm run lint` holds the code to them. Here: that they bite.

const root = fileURLToPath(new URL('..', import.meta.url));
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
const rooms = ['engine', 'pagecache', 'wal', 'model', 'spec', 'bench'] as const;
type Room = (typeof rooms)[number];

/** Who may import whom, besides itself. */
const knows: Record<Room, readonly Room[]> = {
  pagecache: [],
  wal: ['pagecache'],
  engine: ['pagecache', 'wal'],
  model: [],
  spec: rooms,
  bench: rooms,
};

let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'rightlink-structure-'));
  for (const file of ['biome.jsonc', 'package.json', '.gitignore'])
    await copyFile(join(root, file), join(project, file));
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'), 'dir');
});

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

/** Lints a project of the given files; gives the rules broken in each, in order. */
async function lint(files: Record<string, string>): Promise<Record<string, string[]>> {
  for (const room of rooms) await rm(join(project, room), { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const args = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
  // Exits 1 when a rule is broken; the report on stdout is complete either way.
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project }).catch(
    (error: { stdout: string }) => error,
  );
  const report: { diagnostics: { category: string; location: { path: string } }[] } = JSON.parse(stdout);
  const broken: Record<string, string[]> = Object.fromEntries(Object.keys(files).map((path) => [path, []]));
  for (const { category, location } of report.diagnostics) {
    broken[location.path].push(category.replace(/^lint\/\w+\//, ''));
  }
  return broken;
}

describe('the rules between the rooms', () => {
  it.each(rooms)('let %s import what it knows, and nothing else', async (room) => {
    const files: Record<string, string> = {};
    const expected: Record<string, string[]> = {};
    for (const other of rooms) {
      const statements = {
        value: `export { a } from '../../${other}/a.ts';\n`,
        type: `export type { A } from '../../${other}/a.ts';\n`,
        late: `export const a = await import('../../${other}/a.ts');\n`,
      };
      for (const [kind, text] of Object.entries(statements)) {
        const path = `${room}/steps/${other}-${kind}.ts`;
        files[path] = text;
        expected[path] = other === room || knows[room].includes(other) ? [] : ['noRestrictedImports'];
      }
    }
    expect(await lint(files)).toEqual(expected);
  });

  it('keep packages out of what ships', async () => {
    const files: Record<string, string> = {};
    const expected: Record<string, string[]> = {};
    for (const room of rooms) {
      files[`${room}/a.ts`] =
        "export { default as colors } from 'picocolors';\nexport { readFileSync } from 'node:fs';\n";
      expected[`${room}/a.ts`] = room === 'spec' || room === 'bench' ? [] : ['noUndeclaredDependencies'];
    }
    expect(await lint(files)).toEqual(expected);
  });

  it('keep shared memory behind pagecache/memory.ts', async () => {
    const text = 'export const words = new SharedArrayBuffer(4);\nexport const waits = Atomics.wait;\n';
    const twice = ['noRestrictedGlobals', 'noRestrictedGlobals'];
    const files = ['engine/a.ts', 'wal/a.ts', 'pagecache/a.ts', 'pagecache/memory.ts', 'model/a.ts', 'wal/a.test.ts'];
    expect(await lint(Object.fromEntries(files.map((path) => [path, text])))).toEqual({
      'engine/a.ts': twice,
      'wal/a.ts': twice,
      'pagecache/a.ts': twice,
      'pagecache/memory.ts': [],
      'model/a.ts': [],
      'wal/a.test.ts': [],
    });
  });

  it('forbid circular imports, also of types only', async () => {
    expect(
      await lint({
        'engine/a.ts': "import { b } from './b.ts';\nexport const a = () => b;\n",
        'engine/b.ts': "import { a } from './a.ts';\nexport const b = () => a;\n",
        'engine/c.ts': "import type { D } from './d.ts';\nexport type C = D[];\n",
        'engine/d.ts': "import type { C } from './c.ts';\nexport type D = C[];\n",
      }),
    ).toEqual({
      'engine/a.ts': ['noImportCycles'],
      'engine/b.ts': ['noImportCycles'],
      'engine/c.ts': ['noImportCycles'],
      'engine/d.ts': ['noImportCycles'],
    });
  });

  it('bound a file at 500 lines', async () => {
    const lines = (count: number) => 'console.log();\n'.repeat(count);
    expect(await lint({ 'engine/a.ts': lines(500), 'engine/b.ts': lines(501) })).toEqual({
      'engine/a.ts': [],
      'engine/b.ts': ['noExcessiveLinesPerFile'],
    });
  });
});
