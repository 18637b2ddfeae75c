import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../engine/index.ts';

/** Takes two snapshots and goes on living with them. */
const db = attach(workerData.shared);
const held = [db.snapshot(), db.snapshot()];
parentPort?.postMessage('held');
setInterval(() => held.length, 1000);
