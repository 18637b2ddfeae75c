import { type ExploreResult, explore } from '../explore.ts';
import type { Explorable, ExploreOptions, Progress } from '../options.ts';
import { count } from './tables.ts';

/** After this long, a line on stderr says how far it is. */
const QUIET_SECONDS = 2;
/** Where stderr is no terminal, a line this often. */
const LINE_SECONDS = 10;

/** Exit code of what Ctrl-C ended: the one that shells give. */
export const INTERRUPTED = 130;
/** A Ctrl-C that arrives so soon after the first is the same one, passed on by a parent process. */
const SAME_MS = 300;

/** Calls something that can be ended early by Ctrl-C; a second Ctrl-C ends the program. */
export async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  let first = Number.NaN;
  const interrupt = (): void => {
    if (performance.now() - first > SAME_MS) process.exit(INTERRUPTED);
    if (!interruption.signal.aborted) first = performance.now();
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  try {
    return await work(interruption.signal);
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

/** Explores, and says on stderr how far it is. */
export async function exploreWithProgress(
  name: string,
  target: Explorable,
  options: ExploreOptions,
): Promise<ExploreResult> {
  const line = new ProgressLine(name);
  try {
    return await explore(target, { ...options, onProgress: (progress) => line.show(progress) });
  } finally {
    line.clear();
  }
}

/** A line on stderr: the same one again in a terminal, elsewhere a new one now and then. */
class ProgressLine {
  private readonly name: string;
  private shownAt = Number.NEGATIVE_INFINITY;

  constructor(name: string) {
    this.name = name;
  }

  show(progress: Progress): void {
    const { seconds } = progress;
    if (seconds < QUIET_SECONDS) return;
    const text = `${this.name}: ${progressText(progress)}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text.slice(0, process.stderr.columns - 1)}`);
    else if (seconds - this.shownAt < LINE_SECONDS) return;
    else process.stderr.write(`${text}\n`);
    this.shownAt = seconds;
  }

  clear(): void {
    if (this.shownAt > 0 && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** As text; of what remains only the order of magnitude and one digit, as it is an estimate. */
export function progressText(progress: Progress): string {
  const { states, statesPerSecond, depth, queued, seconds, remaining } = progress;
  const rate = count(Math.round(statesPerSecond));
  const rest = remaining === null ? '' : `, perhaps ${count(Number(remaining.toPrecision(1)))} to go`;
  return `${count(states)} states, ${rate}/s, depth ${depth}, ${count(queued)} queued, ${seconds.toFixed(0)} s${rest}`;
}
