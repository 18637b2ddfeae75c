/** A store in shared memory with its log on disk: the engine's own operations, and the engine's own keeper. */
import type { CrashOperation, DurableOutcome, DurableSpecification, Host } from '../../model/index.ts';
import { DURABLE_AT, type Layout, STORE_STATE_AT } from '../../pagecache/layout.ts';
import { type Memory, run } from '../../pagecache/memory.ts';
import { Keeper } from '../../wal/keeper.ts';
import { initialiseKeeperWords, readLogPosition } from '../../wal/keeper-words.ts';
import { FIRST_LSN } from '../../wal/limits.ts';
import { recoverLog } from '../../wal/recovery.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { EMPTY_LOG, LogWriter } from '../../wal/segment.ts';
import { buildTree, giveSparePids } from './bed.ts';
import type { Call } from './operations.ts';
import { DIRECTORY, diskOf } from './recovery-disk.ts';
import { outcome, SEGMENT_BYTES, STORE_ID } from './recovery-log.ts';
import { ThreadRegisters } from './registers.ts';

/** Builds shared memory: the tree, and what the keeper's role knows of a log that is empty. */
export function setUpStore(memory: Memory, layout: Layout, leaves: readonly string[]): void {
  buildTree(memory, layout, leaves);
  giveSparePids(memory, layout);
  initialiseKeeperWords(memory, EMPTY_LOG, layout.firstPosition - 1);
}

/** One of the engine's operations. It does not leave the pages when it is done: nobody moves the epoch here. */
export function operation(call: Call, layout: Layout, thread: number): CrashOperation {
  return {
    name: call.name,
    arguments: call.arguments,
    run({ memory, bytes }) {
      const op = new ThreadRegisters(layout, thread);
      run(memory, op, call.begin(op));
      return call.end?.(Object.assign({}, memory, { words: new Int32Array(bytes.buffer) }), op);
    },
  };
}

/** Whether everything up to a position is durable: what `durable()` asks again and again. */
export function isDurable(layout: Layout, position: number): CrashOperation {
  return {
    name: 'is durable',
    arguments: position,
    run: ({ memory }) => memory.load(DURABLE_AT) > layout.firstPosition + position,
  };
}

/** A keeper takes the role, does one turn, and is gone: its successor knows what stands in shared memory. */
export function keeperTurn(layout: Layout, thread: number): CrashOperation {
  return turnWith(layout, thread, (host) => {
    const log = new LogWriter(diskOf(host), LOG_OPTIONS, readLogPosition(host.memory));
    return { log, after: () => {} };
  });
}

/** The mutant that publishes what it has written as durable, and then syncs. */
export function publishingTurn(layout: Layout, thread: number): CrashOperation {
  return turnWith(layout, thread, (host) => {
    const log = new LateWriter(diskOf(host), LOG_OPTIONS, readLogPosition(host.memory));
    return { log, after: () => log.syncLate() };
  });
}

/** The mutant that forgets a failure and goes on. */
export function retryingTurn(layout: Layout, thread: number): CrashOperation {
  const turn = keeperTurn(layout, thread);
  return {
    ...turn,
    run(host, local) {
      host.memory.store(STORE_STATE_AT, 0);
      return turn.run(host, local);
    },
  };
}

class LateWriter extends LogWriter {
  override sync(): void {}

  syncLate(): void {
    super.sync();
  }
}

type LogOf = (host: Host) => { readonly log: LogWriter; readonly after: () => void };

function turnWith(layout: Layout, thread: number, logOf: LogOf): CrashOperation {
  return {
    name: 'keeper turn',
    internal: true,
    run(host) {
      const { log, after } = logOf(host);
      const op = new ThreadRegisters(layout, thread);
      const options = { durability: 'eager', flushMs: 1, errnoNumber: () => 5 } as const;
      const keeper = new Keeper(byteMemory(host), op, log, options);
      keeper.take();
      keeper.turn();
      after();
    },
  };
}

const LOG_OPTIONS = { directory: DIRECTORY, storeId: STORE_ID, segmentBytes: SEGMENT_BYTES };

function byteMemory({ memory, bytes }: Host) {
  return { ...memory, bytes };
}

/** A write in the log: its position, its key, its value. */
type Entry = readonly [position: number, key: string, value: number];

/** Reads the log, makes sure of it, and gives what is in it. */
export function recoverStore(layout: Layout): CrashOperation {
  return {
    name: 'recover',
    run(host) {
      const disk = diskOf(host);
      const found: Entry[] = [];
      const options = { storeId: STORE_ID, fromLsn: FIRST_LSN };
      const recovery = recoverLog(disk, DIRECTORY, options, ({ lsn, key, value }) => {
        found.push([lsn - layout.firstPosition, Buffer.from(key).toString(), value[0]]);
      });
      return outcome(() => void continueLog(disk, recovery)) ?? found;
    },
  };
}

/** The store as its log: every write with its position, in order. */
interface LogState {
  readonly entries: readonly Entry[];
}

/**
 * I16, I17, I20: the order of log positions is a linearization; after a crash the log is a prefix of it, which holds all that was
 * said to be durable, and nothing else.
 *
 * @param initial the value that every key of the tree has at the start
 * @param positions how many log positions there are at most
 */
export function logOfMap(keys: string, initial: number, positions: number): DurableSpecification<LogState> {
  return {
    durability: 'buffered',
    initial: { entries: [] },
    apply(state, { name, arguments: given }) {
      const { entries } = state;
      if (name === 'recover') {
        return [
          { state, result: entries },
          { state, result: 'failed' },
        ];
      }
      if (name === 'is durable') return durableOrNot(state, Number(given));
      const [key, value] = given as [string, number];
      if (name === 'get') {
        const last = entries.findLast(([, each]) => each === key)?.[2];
        return { state, result: last ?? (keys.includes(key) ? initial : null) };
      }
      const outcomes: DurableOutcome<LogState>[] = [];
      for (let position = (entries.at(-1)?.[0] ?? -1) + 1; position < positions; position++) {
        outcomes.push({ state: { entries: [...entries, [position, key, value]] }, result: position });
      }
      return outcomes;
    },
  };
}

/** When everything up to a position is durable, no crash leads back to a state that lacks what is there below it. */
function durableOrNot(state: LogState, position: number): DurableOutcome<LogState>[] {
  const below = ({ entries }: LogState): number => entries.filter(([each]) => each <= position).length;
  return [
    { state, result: false },
    { state, result: true, durable: (earlier) => below(earlier) === below(state) },
  ];
}
