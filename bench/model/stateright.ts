import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runPeer } from './peer.ts';
import type { Exploration } from './run.ts';

const crate = fileURLToPath(new URL('../peers/stateright/', import.meta.url));
/** Where tools keep what they can make again. */
const target = fileURLToPath(new URL('../../node_modules/.cache/rightlink-bench/stateright/', import.meta.url));

/**
 * Builds the crate under `bench/peers/stateright` in its locked versions; takes about a minute the first time.
 * @throws PeerMissing when cargo is not installed, or cannot build it
 */
export async function buildStateright(): Promise<void> {
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  await runPeer('cargo', ['build', '--release', '--locked', '--quiet'], { cwd: crate, env });
}

/** Stateright on two-phase commit, depth first. What its set of visited states takes, it does not tell. */
export async function runStateright(managers: number, threads: number): Promise<Exploration> {
  const program = join(target, 'release', 'two-phase-commit');
  const { stdout, cpuSeconds } = await runPeer(program, [String(managers), String(threads)]);
  const said: { states: number; seconds: number } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return { ...said, cpuSeconds: cpuSeconds ?? Number.NaN, bytesPerState: null, residentBytes: Number.NaN };
}
