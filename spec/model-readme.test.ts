import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The programs in model/README.md, as they stand there: they run, and print what the page says they print.

const root = new URL('..', import.meta.url);

let folder: string;
let blocks: { language: string; text: string }[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rightlink-readme-'));
  const page = await readFile(new URL('model/README.md', root), 'utf8');
  blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The n-th block of this language. */
function block(language: string, index: number): string {
  return blocks.filter((each) => each.language === language)[index].text;
}

/** Runs a program against the sources of the checker; what it prints. */
async function run(program: string): Promise<string> {
  const file = join(folder, 'program.mts');
  await writeFile(file, program.replaceAll("'rightlink/model'", `'${new URL('model/index.ts', root).href}'`));
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: root });
  return stdout;
}

describe('model/README.md', () => {
  it('starts with a puzzle that prints its solution', async () => {
    expect(await run(block('ts', 0))).toBe(block('text', 0));
  });

  it('finds what is broken in a stack, and that it is fixed', async () => {
    expect(await run(block('ts', 1) + block('ts', 2))).toBe(block('text', 1) + block('text', 2));
  });

  it('finds a file that was renamed before it was synced', async () => {
    expect(await run(block('ts', 3))).toBe(block('text', 3));
  });

  it('has programs that the compiler accepts', async () => {
    const index = fileURLToPath(new URL('model/index.ts', root));
    const programs = {
      'puzzle.mts': block('ts', 0),
      'stack.mts': block('ts', 1) + block('ts', 2),
      'config.mts': block('ts', 3),
    };
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(join(folder, name), text.replaceAll("'rightlink/model'", JSON.stringify(index)));
    }
    const config = {
      extends: fileURLToPath(new URL('tsconfig.json', root)),
      compilerOptions: {
        rewriteRelativeImportExtensions: false,
        typeRoots: [fileURLToPath(new URL('node_modules/@types', root))],
      },
      files: Object.keys(programs),
      include: [],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it('shows commands that can be run', async () => {
    const commands = block('sh', 0).match(/(?<=^npm run explore -- ).*?(?= {2,}#|$)/gm) ?? [];
    expect(commands).toHaveLength(6);
    const replaying = commands.find((each) => each.includes('--replay')) ?? '';
    const [, scenario, mutant, string] = /^(\S+) --mutant "(.*)" --replay '(.*)' --show last$/.exec(replaying) ?? [];
    const args = [scenario, '--mutant', mutant, '--replay', string, '--show', 'last'];
    const failure = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'spec/explore.ts', ...args], {
      cwd: root,
    }).catch((error: { code: number; stdout: string }) => error);
    expect(failure).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ linearizability') });
  });
});
