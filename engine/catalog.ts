import { NEXT_TREE_AT } from '../pagecache/layout.ts';
import { run } from '../pagecache/memory.ts';
import { ANCIENT } from '../wal/memory-record.ts';
import { MAX_TREE_ID } from '../wal/record.ts';
import { keyBytes } from './bytes.ts';
import { noteDrop } from './drops.ts';
import { ArgumentError, BrokenError, FullError, LogStalledError } from './errors.ts';
import type { HeldSnapshot } from './held-snapshot.ts';
import { ALWAYS, IF_ABSENT, IF_EQUAL } from './operation.ts';
import { RangeReader } from './range.ts';
import type { Session } from './session.ts';
import { dropRoot } from './steps/drop.ts';
import { get } from './steps/get.ts';
import { getAt } from './steps/get-at.ts';
import { keepPlanted, plant, uproot } from './steps/plant.ts';
import { valueCopy } from './value.ts';
import { NO_BYTES, writeKey } from './writer.ts';

/*
 * The catalog: tree 0, whose root is page 1. It maps the name of each tree to its id, which is in every record of the log,
 * and to the page id of its root, which is this opening's own. Creating and dropping a tree are writes like any other.
 */

/** The page id of the catalog's root. */
export const CATALOG_PID = 1;
/** The tree id of the catalog. */
export const CATALOG_TREE = 0;

/** Names of trees that users do not see begin so. */
export const HIDDEN_PREFIX = '\0';

/** Where a tree is. */
export interface TreeLocation {
  readonly treeId: number;
  readonly rootPid: number;
}

/** Finds a tree by its name. */
export function findTree(session: Session, name: Uint8Array): TreeLocation | undefined {
  setCatalogKey(session, name);
  session.read(get);
  const { result } = session.op;
  const value = result === 0 ? undefined : valueCopy(session.memory, result);
  session.leave();
  return value === undefined ? undefined : decodeLocation(value);
}

/** Finds a tree as a snapshot sees the catalog. */
export function findTreeAt(session: Session, name: Uint8Array, held: HeldSnapshot): TreeLocation | undefined {
  setCatalogKey(session, name);
  held.select(session.op);
  session.read(getAt);
  const { result } = session.op;
  const value = result === 0 ? undefined : valueCopy(session.memory, result);
  session.leave();
  return value === undefined ? undefined : decodeLocation(value);
}

/** Finds a tree by its name, or makes it. Two threads that make the same tree get the same one. */
export function findOrMakeTree(session: Session, name: Uint8Array): TreeLocation {
  for (;;) {
    const found = findTree(session, name);
    if (found !== undefined) return found;
    session.refuseWrite();
    const treeId = session.memory.add(NEXT_TREE_AT, 1);
    if (treeId > MAX_TREE_ID)
      throw new FullError('The store has given out all its tree ids.', 'Copy it to a new store.');
    const made = makeTree(session, name, treeId, 0);
    if (made !== undefined) return made;
  }
}

/** Makes a tree with a known id. `firstLsn` ANCIENT: it is recovered, not logged. Undefined: the name is taken. */
export function makeTree(
  session: Session,
  name: Uint8Array,
  treeId: number,
  firstLsn: number,
): TreeLocation | undefined {
  const { op, memory } = session;
  session.runUnderPressure(plant);
  const { rootPid, left } = op;
  session.leave();
  const location = { treeId, rootPid };
  let named = true; // perhaps, when the write stalls: the record may be public, and will count
  try {
    named = writeLocation(session, name, location, firstLsn);
  } catch (error) {
    named = error instanceof LogStalledError;
    throw error;
  } finally {
    if (named) keepPlanted(memory, op);
    else takeBack(session, rootPid, left);
  }
  return named ? location : undefined;
}

/** A root page that no name leads to. */
function takeBack({ memory, op }: Session, rootPid: number, left: number): void {
  op.pid = rootPid;
  op.left = left;
  run(memory, op, uproot);
}

/** Takes a tree out of the catalog, then drops its root: operations under way on it end with "dropped". False: no such tree. */
export function dropTree(session: Session, name: Uint8Array): boolean {
  for (;;) {
    const found = findTree(session, name);
    if (found === undefined) return false;
    noteDrop(session.memory, found.rootPid);
    setCatalogKey(session, name);
    if (!writeKey(session, CATALOG_TREE, IF_EQUAL, encodeLocation(found), null, 0)) continue;
    const { op } = session;
    op.rootPid = found.rootPid;
    run(session.memory, op, dropRoot);
    session.leave();
    return true;
  }
}

/** All trees, by name. */
export function listTrees(session: Session): { name: string; location: TreeLocation }[] {
  return treesIn(new RangeReader(session, 'catalog', CATALOG_PID, {}, true, null));
}

/** All trees that a snapshot sees, by name. */
export function listTreesAt(session: Session, held: HeldSnapshot): { name: string; location: TreeLocation }[] {
  const instant = { held, begin: () => false, end: () => undefined };
  return treesIn(new RangeReader(session, 'catalog', CATALOG_PID, {}, true, instant));
}

function treesIn(reader: RangeReader): { name: string; location: TreeLocation }[] {
  const trees: { name: string; location: TreeLocation }[] = [];
  while (reader.fill()) {
    trees.push(decodeTree(reader.key(reader.at), reader.value(reader.at)));
    reader.at++;
  }
  return trees;
}

/** What an entry of the catalog says. */
export function decodeTree(key: Uint8Array, value: Uint8Array): { name: string; location: TreeLocation } {
  return { name: new TextDecoder().decode(key), location: decodeLocation(value) };
}

/** Whether a tree of this name is one that users see. */
export function isVisibleTree(name: string): boolean {
  return !name.startsWith(HIDDEN_PREFIX);
}

/** The bytes of a tree's name: 1 to 1,024 of UTF-8, not beginning with a zero byte. */
export function treeNameBytes(name: unknown): Uint8Array {
  if (typeof name !== 'string' || name === '')
    throw new ArgumentError('The name of a tree is a string, not an empty one.');
  if (!isVisibleTree(name)) throw new ArgumentError('The name of a tree must not begin with a zero byte.');
  return keyBytes(name);
}

/** The tree id in a catalog value, also in one of an earlier opening. */
export function treeIdIn(value: Uint8Array): number {
  return decodeLocation(value).treeId;
}

function writeLocation(session: Session, name: Uint8Array, location: TreeLocation, firstLsn: number): boolean {
  setCatalogKey(session, name);
  const condition = firstLsn === ANCIENT ? ALWAYS : IF_ABSENT;
  return writeKey(session, CATALOG_TREE, condition, NO_BYTES, encodeLocation(location), firstLsn);
}

/** Takes a tree out of the catalog without logging it, while a store is recovered. Returns its id, or −1. */
export function forgetTree(session: Session, name: Uint8Array): number {
  const found = findTree(session, name);
  if (found === undefined) return -1;
  setCatalogKey(session, name);
  writeKey(session, CATALOG_TREE, ALWAYS, NO_BYTES, null, ANCIENT);
  noteDrop(session.memory, found.rootPid);
  session.op.rootPid = found.rootPid;
  run(session.memory, session.op, dropRoot);
  session.leave();
  return found.treeId;
}

function setCatalogKey(session: Session, name: Uint8Array): void {
  session.treeName = 'catalog';
  session.op.rootPid = CATALOG_PID;
  session.setKey(name, name.length);
}

function encodeLocation(location: TreeLocation): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, location.treeId, true);
  view.setUint32(4, location.rootPid, true);
  return bytes;
}

function decodeLocation(value: Uint8Array): TreeLocation {
  if (value.length !== 8) throw new BrokenError('A catalog entry is not 8 bytes long.');
  const view = new DataView(value.buffer, value.byteOffset, 8);
  return { treeId: view.getUint32(0, true), rootPid: view.getUint32(4, true) };
}
