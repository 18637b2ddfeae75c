/**
 * An independent check of histories of transactions over lists for strict serializability, after Kingsbury and Alvaro, "Elle:
 * Inferring Isolation Anomalies from Experimental Observations" (VLDB 2020): as lists only grow, every read tells the order
 * of the appends before it, and so who depended on whom; a cycle of dependencies is an anomaly, named after Adya (1999).
 * Nothing here knows how the store works.
 */
import { cycleOf, EdgeList, type Edges } from './dependency-graph.ts';
import type { ListHistory } from './list-history.ts';

/** What is wrong with a history. */
export interface Anomaly {
  /**
   * `garbage read`, `duplicate`, `incompatible order`, `internal`, `aborted read` (G1a), `intermediate read` (G1b),
   * `lost append`; or a cycle: `G0`, `G1c`, `G-single`, `G2`, each also with `-realtime`.
   */
  readonly kind: string;
  readonly message: string;
}

/** One transaction's append comes directly before another's on the same key. */
const WW = 1;
/** The one's append is the last that the other read. */
const WR = 2;
/** The other's append is the first that the one did not read. */
const RW = 4;
/** The one had returned before the other was called. */
const REALTIME = 8;
const NAMES: Readonly<Record<number, string>> = { [WW]: 'ww', [WR]: 'wr', [RW]: 'rw', [REALTIME]: 'realtime' };

/** Of each kind of anomaly, so many are reported. */
const EXAMPLES = 3;

/**
 * Looks for anomalies. A history without any is strictly serializable, as far as its reads tell: read every key at the end,
 * in a transaction of its own (`everythingRead`), so that they tell of every append.
 */
export function anomaliesOf(history: ListHistory, everythingRead = true): Anomaly[] {
  const found = new Findings();
  const appends = new Appends(history, found);
  const orders = new Orders(history, appends, found);
  if (everythingRead) lostAppends(history, appends, orders, found);
  const edges = dependencies(history, appends, orders, found);
  addRealtime(history, edges);
  searchCycles(edges.sorted(), history.transactions, found);
  return found.anomalies;
}

class Findings {
  readonly anomalies: Anomaly[] = [];
  private readonly counts = new Map<string, number>();

  add(kind: string, message: string): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= EXAMPLES) this.anomalies.push({ kind, message });
  }
}

/** Elements of a key that a number can tell apart. */
const ELEMENTS = 2 ** 31;

/** Who appended what. */
class Appends {
  /** (key, element) → transaction. */
  private readonly owners = new Map<number, number>();
  /** (key, transaction) → the last element that it appended there. */
  private readonly lasts = new Map<number, number>();

  constructor(history: ListHistory, found: Findings) {
    history.each((transaction, key, words, at, count) => {
      if (count >= 0) return;
      const id = key * ELEMENTS + words[at];
      if (this.owners.has(id)) found.add('duplicate', `element ${words[at]} is appended to key ${key} twice`);
      this.owners.set(id, transaction);
      this.lasts.set(key * ELEMENTS + transaction, words[at]);
    });
  }

  ownerOf(key: number, element: number): number | undefined {
    return this.owners.get(key * ELEMENTS + element);
  }

  lastOf(key: number, transaction: number): number | undefined {
    return this.lasts.get(key * ELEMENTS + transaction);
  }

  *[Symbol.iterator](): Generator<{ key: number; element: number; owner: number }> {
    for (const [id, owner] of this.owners) yield { key: Math.floor(id / ELEMENTS), element: id % ELEMENTS, owner };
  }
}

/** The order of each key's appends: the longest list that was read, of which all others must be prefixes. */
class Orders {
  readonly longest = new Map<number, Int32Array>();

  constructor(history: ListHistory, appends: Appends, found: Findings) {
    this.collect(history, appends);
    history.each((transaction, key, words, at, count) => {
      if (count <= 0 || history.outcome(transaction) === 'failed') return;
      const order = this.longest.get(key) ?? new Int32Array();
      const own = ownSuffix(appends, transaction, key, words, at, count);
      for (let i = 0; i < count - own; i++) {
        if (words[at + i] === order[i]) continue;
        found.add(
          'incompatible order',
          `T${transaction} read [${words.slice(at, at + count)}] of key ${key}: not a prefix of [${order}]`,
        );
        break;
      }
    });
    for (const [key, order] of this.longest) this.judgeElements(history, appends, key, order, found);
  }

  private collect(history: ListHistory, appends: Appends): void {
    history.each((transaction, key, words, at, count) => {
      if (count < 0 || history.outcome(transaction) === 'failed') return;
      const kept =
        history.outcome(transaction) === 'committed'
          ? count
          : count - ownSuffix(appends, transaction, key, words, at, count);
      const order = this.longest.get(key);
      if (order === undefined || order.length < kept) this.longest.set(key, words.slice(at, at + kept));
    });
  }

  private judgeElements(history: ListHistory, appends: Appends, key: number, order: Int32Array, found: Findings): void {
    if (new Set(order).size < order.length) found.add('duplicate', `key ${key} holds an element twice: [${order}]`);
    for (const element of order) {
      const owner = appends.ownerOf(key, element);
      if (owner === undefined) found.add('garbage read', `nobody appended ${element}, read from key ${key}`);
      else if (history.outcome(owner) === 'failed')
        found.add('aborted read', `${element}, read from key ${key}, is of T${owner}, which failed`);
    }
  }
}

/** How many elements at the end of a list the transaction itself appended. */
function ownSuffix(
  appends: Appends,
  transaction: number,
  key: number,
  words: Int32Array,
  at: number,
  count: number,
): number {
  let own = 0;
  while (own < count && appends.ownerOf(key, words[at + count - 1 - own]) === transaction) own += 1;
  return own;
}

/** Every append of a committed transaction is in the order of its key, when some read came last. */
function lostAppends(history: ListHistory, appends: Appends, { longest }: Orders, found: Findings): void {
  const members = new Map<number, Set<number>>();
  for (const [key, order] of longest) members.set(key, new Set(order));
  for (const { key, element, owner } of appends) {
    if (history.outcome(owner) !== 'committed' || members.get(key)?.has(element) === true) continue;
    found.add('lost append', `T${owner} appended ${element} to key ${key} and committed; no read shows it`);
  }
}

/** Who must come before whom, by what was read. Also judges each transaction's view of its own appends. */
function dependencies(history: ListHistory, appends: Appends, { longest }: Orders, found: Findings): EdgeList {
  const edges = new EdgeList(history.transactions);
  for (const [key, order] of longest) {
    for (let i = 1; i < order.length; i++) {
      edges.add(appends.ownerOf(key, order[i - 1]), appends.ownerOf(key, order[i]), WW);
    }
  }
  let current = -1;
  const own = new Map<number, number[]>();
  history.each((transaction, key, words, at, count) => {
    if (history.outcome(transaction) !== 'committed') return;
    if (transaction !== current) own.clear();
    current = transaction;
    const mine = own.get(key) ?? [];
    if (count < 0) {
      own.set(key, [...mine, words[at]]);
      return;
    }
    const before = count - mine.length;
    if (mine.some((element, i) => words[at + before + i] !== element)) {
      found.add(
        'internal',
        `T${transaction} read [${words.slice(at, at + count)}] of key ${key} after appending [${mine}]`,
      );
      return;
    }
    const last = before > 0 ? words[at + before - 1] : undefined;
    if (last !== undefined) readFrom(transaction, key, last);
    const next = longest.get(key)?.[before];
    if (next !== undefined) edges.add(transaction, appends.ownerOf(key, next), RW);
  });
  return edges;

  function readFrom(transaction: number, key: number, last: number): void {
    const owner = appends.ownerOf(key, last);
    edges.add(owner, transaction, WR);
    if (owner === undefined || owner === transaction || appends.lastOf(key, owner) === last) return;
    found.add('intermediate read', `T${transaction} read key ${key} up to ${last}, in the middle of T${owner}`);
  }
}

/**
 * T before T' in real time, with a number of edges proportional to that of transactions: a chain of instants, one at each
 * return, from which every later call hangs.
 */
function addRealtime(history: ListHistory, edges: EdgeList): void {
  const { transactions, called, returned } = history;
  const counts = (transaction: number): boolean => history.outcome(transaction) !== 'failed';
  const all = Array.from({ length: transactions }, (_, i) => i).filter(counts);
  const byCall = Int32Array.from(all).sort((a, b) => called[a] - called[b]);
  const byReturn = Int32Array.from(all.filter((each) => history.outcome(each) === 'committed')).sort(
    (a, b) => returned[a] - returned[b],
  );
  let done = 0;
  for (const transaction of byCall) {
    for (; done < byReturn.length && returned[byReturn[done]] < called[transaction]; done++) {
      edges.add(byReturn[done], transactions + done, REALTIME);
      if (done > 0) edges.add(transactions + done - 1, transactions + done, REALTIME);
    }
    if (done > 0) edges.add(transactions + done - 1, transaction, REALTIME);
  }
}

/** The weakest anomalies first: what is a cycle of fewer kinds of edges is not reported again as one of more. */
function searchCycles(edges: Edges, transactions: number, found: Findings): void {
  for (const realtime of [0, REALTIME]) {
    for (const kinds of [WW, WW | WR, WW | WR | RW]) {
      const cycle = cycleOf(edges, kinds | realtime, kinds & RW);
      if (cycle === null) continue;
      const antiDependencies = cycle.filter((each) => each.kind === RW).length;
      const name = (kinds & RW) === 0 ? (kinds === WW ? 'G0' : 'G1c') : antiDependencies === 1 ? 'G-single' : 'G2';
      const text = cycle
        .filter((each) => each.from < transactions)
        .map((each) => `T${each.from} ${NAMES[each.kind]}`)
        .join(' → ');
      found.add(realtime === 0 ? name : `${name}-realtime`, `${text} → T${cycle[0].from}`);
      return;
    }
  }
}
