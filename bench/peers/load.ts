import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = new URL('./', import.meta.url);

/**
 * Loads one of the peer stores, installing all of them first if they are not there in the locked versions. They have a
 * package of their own, so that the project's own `npm ci` stays light; their types are therefore the caller's to state.
 * What npm says goes to stderr: stdout stays the caller's.
 * @throws Error when npm cannot install them (it needs the registry), or the peer does not load on this platform
 */
export async function loadPeer<Exports>(name: string): Promise<Exports> {
  if (!(await installed(name))) await install();
  return createRequire(folder)(name);
}

/** npm keeps what it installed in a hidden lock file; it names the same versions as ours, or it is stale. */
async function installed(name: string): Promise<boolean> {
  const wanted = await versions(new URL('package-lock.json', folder));
  const found = await versions(new URL('node_modules/.package-lock.json', folder)).catch(() => new Map());
  // Packages for other platforms are wanted but never found, so look from what is there.
  return found.has(`node_modules/${name}`) && [...found].every(([path, version]) => wanted.get(path) === version);
}

async function versions(lockFile: URL): Promise<Map<string, string>> {
  const lock: { packages: Record<string, { version?: string }> } = JSON.parse(await readFile(lockFile, 'utf8'));
  const found = new Map<string, string>();
  for (const [path, { version }] of Object.entries(lock.packages)) {
    if (path !== '' && version !== undefined) found.set(path, version);
  }
  return found;
}

async function install(): Promise<void> {
  const args = ['ci', '--no-audit', '--no-fund', '--prefix', fileURLToPath(folder)];
  process.stderr.write('bench/peers: installing the peer stores (npm ci)\n');
  const npm = spawn('npm', args, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`bench/peers: npm ci failed with exit code ${code}; see its message above`);
}
