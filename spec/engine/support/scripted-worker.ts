/** A thread that follows its script until it is killed, and counts in shared memory what it has done. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../engine/index.ts';
import { ScriptRunner, script } from './script.ts';

const { shared, writer, largeBytes, progress, slot } = workerData;
const done = new Int32Array(progress);
parentPort?.postMessage('ready');
parentPort?.once('message', () => {
  const runner = new ScriptRunner(attach(shared), writer);
  let count = 0;
  for (const operation of script(writer, largeBytes)) {
    runner.do(operation);
    Atomics.store(done, slot, ++count);
  }
});
