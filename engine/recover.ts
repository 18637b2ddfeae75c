import { NEXT_TREE_AT } from '../pagecache/layout.ts';
import type { Disk } from '../wal/disk.ts';
import { openImage } from '../wal/image.ts';
import { initialiseKeeperWords } from '../wal/keeper-words.ts';
import { FIRST_LSN } from '../wal/limits.ts';
import { ANCIENT } from '../wal/memory-record.ts';
import { TOMBSTONE } from '../wal/record.ts';
import type { LogRecord } from '../wal/record-reader.ts';
import { recoverLog } from '../wal/recovery.ts';
import { continueLog } from '../wal/rewrite.ts';
import { initialiseRing } from '../wal/ring.ts';
import type { EnteredStore } from '../wal/store-file.ts';
import { CATALOG_TREE, forgetTree, makeTree, treeIdIn } from './catalog.ts';
import { BrokenError } from './errors.ts';
import { ALWAYS, IF_PRESENT } from './operation.ts';
import type { Recovery } from './recovery-words.ts';
import type { Session } from './session.ts';
import { NO_BYTES, writeKey } from './writer.ts';

/**
 * Rebuilds the trees from a store's files: the newest image, then the log's records in LSN order. Records hold absolute
 * results, so replaying what the image has already is harmless. Afterwards the log goes on in a file of its own.
 *
 * @throws CorruptError, DiskError; FullError when the data does not fit `cacheBytes`
 */
export function recover(session: Session, disk: Disk, store: EnteredStore): Recovery {
  const start = performance.now();
  const { memory, layout } = session;
  const trees = new Map<number, number>();
  let nextTree = CATALOG_TREE + 1;
  let imageEntries = 0;
  const image = openImage(disk, store.directory, store.storeId);
  image?.read((treeId, key, value) => {
    imageEntries++;
    if (treeId === CATALOG_TREE) recoverTree(session, trees, key, treeIdIn(value));
    else recoverPut(session, rootOf(trees, treeId), treeId, key, value);
  });
  if (image !== null) nextTree = image.nextTreeId;
  const range = image === null ? { fromLsn: FIRST_LSN } : { fromLsn: image.redoLsn, throughLsn: image.endLsn };
  const log = recoverLog(disk, store.directory, { storeId: store.storeId, ...range }, (record) => {
    if (record.treeId === CATALOG_TREE && record.kind !== TOMBSTONE)
      nextTree = Math.max(nextTree, treeIdIn(record.value) + 1);
    redo(session, trees, record);
  });
  const lastLsn = Math.max(log.lastLsn, image === null ? 0 : image.endLsn);
  initialiseKeeperWords(memory, continueLog(disk, log), lastLsn);
  initialiseRing(memory, layout, lastLsn + 1);
  memory.store(NEXT_TREE_AT, nextTree);
  const seconds = (performance.now() - start) / 1000;
  return { clean: log.clean, imageEntries, logRecords: log.records, lastLsn, truncated: log.truncated, seconds };
}

function rootOf(trees: Map<number, number>, treeId: number): number {
  const rootPid = trees.get(treeId);
  if (rootPid === undefined)
    throw new BrokenError(`The image has an entry of tree ${treeId}, which its catalog lacks.`);
  return rootPid;
}

function redo(session: Session, trees: Map<number, number>, record: LogRecord): void {
  const { treeId, kind, key, value } = record;
  if (treeId !== CATALOG_TREE) {
    const rootPid = trees.get(treeId);
    if (rootPid === undefined) return; // written while the tree was being dropped
    if (kind === TOMBSTONE) recoverDelete(session, rootPid, treeId, key);
    else recoverPut(session, rootPid, treeId, key, value);
  } else if (kind === TOMBSTONE) {
    recoverDrop(session, trees, key);
  } else if (!trees.has(treeIdIn(value))) {
    recoverTree(session, trees, key, treeIdIn(value));
  }
}

function recoverTree(session: Session, trees: Map<number, number>, name: Uint8Array, treeId: number): void {
  const made = makeTree(session, name, treeId, ANCIENT);
  if (made !== undefined) trees.set(treeId, made.rootPid);
}

function recoverDrop(session: Session, trees: Map<number, number>, name: Uint8Array): void {
  trees.delete(forgetTree(session, name));
}

function recoverPut(session: Session, rootPid: number, treeId: number, key: Uint8Array, value: Uint8Array): void {
  session.op.rootPid = rootPid;
  session.setKey(key, key.length);
  writeKey(session, treeId, ALWAYS, NO_BYTES, value, ANCIENT);
}

function recoverDelete(session: Session, rootPid: number, treeId: number, key: Uint8Array): void {
  session.op.rootPid = rootPid;
  session.setKey(key, key.length);
  writeKey(session, treeId, IF_PRESENT, NO_BYTES, null, ANCIENT);
}
