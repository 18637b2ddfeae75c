/**
 * A process whose files cannot grow beyond 3 MiB (RLIMIT_FSIZE: the system refuses the write with EFBIG). It writes until
 * the store says that it is poisoned, sees what still works, and reports.
 */
import { execFileSync } from 'node:child_process';
import { open } from '../../../engine/index.ts';

/** What the process found. */
export interface LimitedReport {
  /** The last number written, and the last one acknowledged as durable. */
  readonly written: number;
  readonly acknowledged: number;
  readonly flushError: string;
  readonly putError: string;
  readonly largePutError: string;
  readonly createError: string;
  readonly closeError: string;
  readonly poisoned: string | null;
  /** The last number, read after the failure. */
  readonly readBack: number;
}

const LIMIT_BYTES = 3 * 2 ** 20;

async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  return 'none';
}

function writeNext(): void {
  const next = written + 1;
  tree.put(`k${next % 200}`, `${String(next).padEnd(10)}${'x'.repeat(1000)}`);
  tree.put('n', String(next));
  written = next;
}

const [path, mode] = process.argv.slice(2);
process.on('SIGXFSZ', () => undefined); // then the write itself fails
execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${LIMIT_BYTES}:${LIMIT_BYTES}`]);
const checkpointBytes = mode === 'checkpoints' ? 2 ** 18 : 2 ** 30;
const db = await open(path, { cacheBytes: 32 * 2 ** 20, durability: 'interval', flushMs: 20, checkpointBytes });
const tree = db.tree('t');
let written = 0;
let acknowledged = 0;
let flushError = 'none';
while (flushError === 'none' && written < 50_000) {
  flushError = await codeOf(writeNext);
  if (flushError === 'none' && written % 50 === 0) {
    flushError = await codeOf(() => db.flush());
    if (flushError === 'none') acknowledged = written;
  }
}
if (flushError !== 'none') flushError = await codeOf(() => db.flush()); // it may have been the put that found out
const putError = await codeOf(() => tree.put('k1', 'later'));
const largePutError = await codeOf(() => tree.put('k1', new Uint8Array(100_000)));
const createError = await codeOf(() => db.tree('another'));
if (mode === 'checkpoints') await new Promise((resolve) => setTimeout(resolve, 200)); // one may be under way
const { poisoned } = db.stats();
const readBack = Number(Buffer.from(tree.get('n') ?? []).toString());
const closeError = await codeOf(() => db.close());
const report: LimitedReport = {
  written,
  acknowledged,
  flushError,
  putError,
  largePutError,
  createError,
  closeError,
  poisoned,
  readBack,
};
process.send?.(report, () => process.disconnect());
