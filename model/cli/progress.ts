import { type ExploreResult, explore } from '../explore.ts';
import type { Explorable, ExploreOptions, Progress } from '../options.ts';
import { count } from './tables.ts';

/** After this long, a line on stderr says how far it is. */
const QUIET_SECONDS = 2;
/** Where stderr is no terminal, a line this often. */
const LINE_SECONDS = 10;

/** Explores, says on stderr how far it is, and ends early, with what is known, on Ctrl-C. */
export async function exploreWithProgress(
  name: string,
  target: Explorable,
  options: ExploreOptions,
): Promise<ExploreResult> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt);
  let shown = false;
  const onProgress = (progress: Progress): void => {
    if (progress.seconds < QUIET_SECONDS) return;
    const line = `${name}: ${progressText(progress)}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
    else if (!shown || Math.floor(progress.seconds) % LINE_SECONDS === 0) process.stderr.write(`${line}\n`);
    shown = true;
  };
  try {
    return await explore(target, { ...options, onProgress, signal: interruption.signal });
  } finally {
    process.removeListener('SIGINT', interrupt);
    if (shown && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

/** As text; of what remains only the order of magnitude and one digit, as it is an estimate. */
export function progressText(progress: Progress): string {
  const { states, statesPerSecond, depth, queued, seconds, remaining } = progress;
  const rate = count(Math.round(statesPerSecond));
  const rest = remaining === null ? '' : `, perhaps ${count(Number(remaining.toPrecision(1)))} to go`;
  return `${count(states)} states, ${rate}/s, depth ${depth}, ${count(queued)} queued, ${seconds.toFixed(0)} s${rest}`;
}
