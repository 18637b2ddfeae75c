import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What `npm publish` would ship, installed into an empty project and used there by plain node: no tsx, no sources.

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

let project: string;

/** npm without what the surrounding `npm test` put into the environment. */
async function npm(args: string[], cwd: string): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { stdout } = await run('npm', args, { cwd, env, shell: process.platform === 'win32', maxBuffer: 2 ** 26 });
  return stdout;
}

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'rightlink-package-'));
  await npm(['pack', '--silent', '--pack-destination', project], root);
  const tarball = (await readdir(project)).filter((name) => name.endsWith('.tgz'));
  expect(tarball).toHaveLength(1);
  await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
  await npm(['install', '--offline', '--no-audit', '--no-fund', `./${tarball[0]}`], project);
}, 120_000);

afterAll(async () => {
  await rm(project, { recursive: true, force: true });
});

describe('the published package', () => {
  it('is JavaScript and declarations, and needs nothing', async () => {
    const installed = join(project, 'node_modules', 'rightlink');
    expect(await readdir(join(project, 'node_modules'))).toEqual(['.package-lock.json', 'rightlink']);
    expect((await readdir(installed)).toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    const files = (await readdir(join(installed, 'dist'), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.filter(({ name }) => !/\.js$|\.d\.ts$/.test(name))).toEqual([]);
    for (const { name, parentPath } of files.filter((file) => file.name.endsWith('.js'))) {
      expect(await readFile(join(parentPath, name), 'utf8')).not.toMatch(/from ['"](?!node:|\.)/);
    }
  });

  it('runs the first example of the README, worker included, and prints what the README says', async () => {
    const [code, output] = firstExample(await readFile(join(root, 'README.md'), 'utf8'));
    expect(code).toContain('new Worker(');
    await writeFile(join(project, 'example.mjs'), code);
    const { stdout, stderr } = await run(process.execPath, ['example.mjs'], { cwd: project, timeout: 30_000 });
    expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' });
  });

  it('runs when started with flags that a worker of its own could not take', async () => {
    const code = [
      "import { open } from 'rightlink';",
      "const db = await open('flags');",
      "db.tree('t').put('key', 'value');",
      'await db.flush();',
      'await db.close();',
      "const again = await open('flags');",
      "console.log(new TextDecoder().decode(again.tree('t').get('key')));",
      'await again.close();',
    ].join('\n');
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
      cwd: project,
      timeout: 30_000,
    });
    expect(stdout).toBe('value\n');
  });

  it('has types that a strict consumer compiles against, and that refuse what is wrong', async () => {
    await mkdir(join(project, 'types'), { recursive: true });
    await writeFile(
      join(project, 'types', 'consumer.mts'),
      [
        "import { workerData } from 'node:worker_threads';",
        "import { attach, open } from 'rightlink';",
        "import { explore, transitionSystem } from 'rightlink/model';",
        "await using db = await open('places', { cacheBytes: 64 * 2 ** 20, durability: 'interval', flushMs: 50 });",
        "const cities = db.tree('cities');",
        "cities.put('key', new Uint8Array(3));",
        "const value: Uint8Array | undefined = cities.get('key');",
        "const swapped: boolean = cities.compareAndSwap('key', value, undefined);",
        "for (const [key, found] of cities.entries({ prefix: 'k', reverse: true })) key.set(found);",
        '// @ts-expect-error a number is no value',
        "cities.put('key', 3);",
        '// @ts-expect-error no such durability',
        "await open('places', { durability: 'maybe' });",
        'const attached = attach(workerData.shared);',
        "attached.tree('cities').delete('key');",
        "const counter = transitionSystem({ name: 'one', words: 1, actors: [{ name: 'a', actions: [{ name: 'up', guard: (s) => (s[0] ?? 0) < 3, effect: (s) => { s[0] = (s[0] ?? 0) + 1; } }] }] });",
        'const { states, exhaustive } = await explore(counter);',
        'export const seen: [number, boolean, boolean] = [states, exhaustive, swapped];',
      ].join('\n'),
    );
    const require = createRequire(import.meta.url);
    const typeRoots = join(dirname(require.resolve('@types/node/package.json')), '..');
    await writeFile(
      join(project, 'types', 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noUncheckedIndexedAccess: true,
          exactOptionalPropertyTypes: true,
          // Check the package's declarations themselves, too.
          skipLibCheck: false,
          target: 'ES2023',
          lib: ['ES2023', 'ES2024.SharedMemory', 'ESNext.Disposable'],
          module: 'NodeNext',
          noEmit: true,
          typeRoots: [typeRoots],
          types: ['node'],
        },
        files: ['consumer.mts'],
      }),
    );
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
    const outcome = await run(process.execPath, [tsc, '-p', 'types'], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    expect(outcome.stdout).toBe('');
  });
});

/** The first `js` block of the README, and what the `text` block after it says it prints. */
function firstExample(readme: string): [code: string, output: string] {
  const found = /^```js\n([\s\S]*?)^```$[\s\S]*?^```text\n([\s\S]*?)^```$/m.exec(readme);
  if (!found) throw new Error('README.md: no ```js block followed by a ```text block');
  return [found[1], found[2]];
}
