/**
 * A process that opens a store and has its threads follow their scripts until it is killed. It reports, over its channel,
 * how many operations of each writer are acknowledged as durable: `[writer, count]`.
 *
 * Arguments: the path, the first writer's number, how many writers, the largest value, the options as JSON.
 */
import { isMainThread, parentPort, type Worker, workerData } from 'node:worker_threads';
import { attach, open, type SharedStore } from '../../../engine/index.ts';
import { startWorker } from '../../workers/start.ts';
import { ScriptRunner, script } from './script.ts';

interface WriterData {
  readonly shared: SharedStore;
  readonly largeBytes: number;
}

/** The tree all writers count in, and the one that says what each saw of the count. */
const COUNTER = 'count';
const SEEN = 'seen';

if (isMainThread) await main();
else write(workerData);

/** Serves several kills' worth of orders: the parent kills whenever it likes. */
async function main(): Promise<void> {
  const [path, first, writers, largeBytes, options] = process.argv.slice(2);
  const workers: Worker[] = [];
  process.on('disconnect', () => process.exit(0)); // the parent is gone
  const db = await open(path, JSON.parse(options));
  for (let index = 0; index < Number(writers); index++) {
    const data: WriterData = { shared: db.share(), largeBytes: Number(largeBytes) };
    const worker = startWorker('./killed-process.ts', import.meta.url, { workerData: data });
    worker.on('error', (error) => process.send?.(String(error)));
    worker.on('message', (message) => process.send?.(message));
    worker.postMessage(Number(first) + index);
    workers.push(worker);
  }
}

function write({ shared, largeBytes }: WriterData): void {
  const db = attach(shared);
  const counter = db.tree(COUNTER);
  const seen = db.tree(SEEN);
  parentPort?.once('message', (writer: number) => {
    const runner = new ScriptRunner(db, writer);
    let count = 0;
    parentPort?.postMessage([writer, 0]);
    for (const operation of script(writer, largeBytes)) {
      if (count % 8 === 0) {
        // What is read here is written before the writing of it: in no prefix of the log is the second without the first.
        const before = Number(Buffer.from(counter.get('n') ?? '0').toString());
        counter.update('n', (old) => String(Number(Buffer.from(old ?? '0').toString()) + 1));
        seen.put(`${writer}`, String(before));
      }
      runner.do(operation);
      count++;
      if (count % (count < 200 ? 7 : 500) !== 0) continue;
      db.durableSync();
      parentPort?.postMessage([writer, count]);
    }
  });
}
