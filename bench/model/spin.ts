import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeerMissing, runPeer } from './peer.ts';
import type { Exploration } from './run.ts';
import type { MeasuredSystem } from './systems.ts';

/** How `pan` is compiled: optimised, safety properties only, every interleaving. */
const FLAGS = ['-O2', '-DNOREDUCE', '-DSAFETY', '-DMEMLIM=16000', '-w'];

/** SPIN on the Promela twin of a system: the verifier is generated and compiled once, and then run as often as asked. */
export class Spin {
  private readonly system: NonNullable<MeasuredSystem['spin']>;
  private readonly folder: string;

  private constructor(system: NonNullable<MeasuredSystem['spin']>, folder: string) {
    this.system = system;
    this.folder = folder;
  }

  /** @throws PeerMissing when spin or gcc is not installed */
  static async build(system: NonNullable<MeasuredSystem['spin']>): Promise<Spin> {
    const folder = await mkdtemp(join(tmpdir(), 'rightlink-spin-'));
    const spin = new Spin(system, folder);
    try {
      const model = fileURLToPath(new URL(system.file, import.meta.url));
      await runPeer('spin', [`-DN=${system.n}`, '-a', model], { cwd: folder });
      await runPeer('gcc', [...FLAGS, '-o', 'pan', 'pan.c'], { cwd: folder });
    } catch (error) {
      await spin.remove();
      throw error;
    }
    return spin;
  }

  /**
   * @throws PeerMissing when `pan` does not get to the end (memory, depth)
   * @throws Error when it finds an error: then the twin is none
   */
  async run(): Promise<Exploration> {
    const { hashBits, maxDepth } = this.system;
    // -E: a state in which nothing can move is fine.
    const args = ['-E', `-m${maxDepth}`, `-w${hashBits}`];
    const start = performance.now();
    const { stdout, cpuSeconds } = await runPeer(join(this.folder, 'pan'), args, { cwd: this.folder });
    const seconds = (performance.now() - start) / 1000;
    const figure = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN);
    const states = figure(/^\s*(\d+) states, stored/m);
    if (/errors: [1-9]/.test(stdout)) throw new Error(`pan found an error in ${this.system.file}: ${stdout}`);
    if (!/errors: 0$/m.test(stdout) || /max search depth too small/.test(stdout) || Number.isNaN(states)) {
      throw new PeerMissing(`pan did not get to the end: ${stdout.slice(0, 200)}`);
    }
    const megabytes =
      figure(/([\d.]+)\s+actual memory usage for states/) + figure(/([\d.]+)\s+memory used for hash table/);
    return {
      states,
      seconds,
      cpuSeconds: cpuSeconds ?? Number.NaN,
      bytesPerState: (megabytes * 2 ** 20) / states,
      residentBytes: figure(/([\d.]+)\s+total actual memory usage/) * 2 ** 20,
    };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
