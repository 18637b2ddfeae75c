import { workerData } from 'node:worker_threads';
import { KEEPER_WAKE_AT, STORE_CLOSED, STORE_STATE_AT } from '../pagecache/layout.ts';
import { SharedMemory } from '../pagecache/memory.ts';
import { nodeDisk } from '../wal/disk.ts';
import { Keeper } from '../wal/keeper.ts';
import { readLogPosition } from '../wal/keeper-words.ts';
import { LogWriter } from '../wal/segment.ts';
import { Checkpointer } from './checkpoint.ts';
import { errnoNumber } from './errno.ts';
import { KEEPER_DONE, type KeeperData } from './keeper-host.ts';
import { Session } from './session.ts';

/*
 * The keeper's thread: the log first, then a piece of a checkpoint, then sleep. It ends when the store is closed.
 */
const data: KeeperData = workerData;
const { shared, directory, storeId } = data;
const memory = new SharedMemory(shared.buffer);
const session = new Session(memory, shared.layout, shared.layout.threads - 1, false);
session.synchroniseWithTail();
const log = new LogWriter(nodeDisk, { directory, storeId }, readLogPosition(memory));
const keeper = new Keeper(memory, session.op, log, { ...data, errnoNumber });
const checkpointer = new Checkpointer(session, keeper, { directory, storeId, checkpointBytes: data.checkpointBytes });

if (!keeper.take()) throw new Error("Another thread holds the keeper's role.");
for (;;) {
  const seen = keeper.wakeWord();
  const closed = (memory.load(STORE_STATE_AT) & STORE_CLOSED) !== 0;
  const busy = keeper.turn();
  if (closed) break;
  if (!checkpointer.turn() && !busy) keeper.rest(seen);
}
checkpointer.abandon();
keeper.close();
memory.store(KEEPER_WAKE_AT, KEEPER_DONE);
