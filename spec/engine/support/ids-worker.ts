import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../engine/index.ts';

/** Takes many ids, and says which. */
const db = attach(workerData.shared);
const ids = new Float64Array(workerData.count);
for (let i = 0; i < ids.length; i++) ids[i] = db.generateId();
parentPort?.postMessage(ids);
db.close();
