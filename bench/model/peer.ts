import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A peer is not there, or cannot be built here: its rows say why; the measurement goes on. */
export class PeerMissing extends Error {}

/**
 * Runs a program to its end; what it says on stdout, and the CPU time that it took (null where the platform does not tell).
 * @throws PeerMissing when there is no such program
 */
export async function runPeer(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ stdout: string; cpuSeconds: number | null }> {
  const before = childrenCpuSeconds();
  try {
    const { stdout } = await run(program, args, { ...options, maxBuffer: 2 ** 26 });
    const after = childrenCpuSeconds();
    return { stdout, cpuSeconds: before === null || after === null ? null : after - before };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new PeerMissing(`${program} is not installed`);
    throw new PeerMissing(message.split('\n').slice(0, 3).join(' '));
  }
}

const TICKS_PER_SECOND = 100;

/** CPU time of all children that have ended, as Linux keeps it. */
function childrenCpuSeconds(): number | null {
  if (process.platform !== 'linux') return null;
  // Fields 16 and 17; the second one, the command in brackets, may hold spaces.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
