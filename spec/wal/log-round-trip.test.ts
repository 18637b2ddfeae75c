/** What is written to the log comes back, over segments, reopenings, successors and short writes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Disk } from '../../wal/disk.ts';
import { MAX_KEY_BYTES, MAX_VALUE_BYTES } from '../../wal/limits.ts';
import {
  BLOB,
  fullLsn,
  keyBytesOf,
  kindOf,
  MAX_TREE_ID,
  PUT,
  packMeta,
  packMeta2,
  TOMBSTONE,
  treeIdOf,
  valueBytesOf,
} from '../../wal/record.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { EMPTY_LOG, LogWriter } from '../../wal/segment.ts';
import { dropSegmentsBelow } from '../../wal/segment-file.ts';
import { enterStore } from '../../wal/store-file.ts';
import { faultyDisk } from './faulty-disk.ts';
import { MemoryDisk } from './memory-disk.ts';
import { encode, type PlainRecord, recoverPlain } from './records.ts';

const text = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const plainRecord = fc.record({
  treeId: fc.integer({ min: 0, max: MAX_TREE_ID }),
  kind: fc.constantFrom(PUT, TOMBSTONE, BLOB),
  key: text(30),
  value: text(300),
});
/** Batches of records with the number of LSNs skipped before each (void places). */
const batches = fc.array(
  fc.array(fc.tuple(plainRecord, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 6 }),
  {
    maxLength: 30,
  },
);

function numbered(first: number, batch: readonly (readonly [Omit<PlainRecord, 'lsn'>, number])[]): PlainRecord[] {
  let lsn = first;
  return batch.map(([record, step]) => {
    lsn += step;
    return { ...record, value: record.kind === TOMBSTONE ? '' : record.value, lsn };
  });
}

function append(writer: LogWriter, records: readonly PlainRecord[]): void {
  const parts = records.flatMap((record) => encode(record));
  writer.append(parts, records[0].lsn, records[records.length - 1].lsn, parts.length);
}

function newStore(disk: MemoryDisk): { directory: string; storeId: Uint8Array } {
  disk.makeDirectory('/store');
  return enterStore(disk, '/store');
}

describe('record words', () => {
  it('unpack to what was packed', () => {
    const arguments_ = [
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 0, max: MAX_TREE_ID }),
      fc.integer({ min: 0, max: MAX_KEY_BYTES }),
      fc.integer({ min: 0, max: MAX_VALUE_BYTES }),
    ] as const;
    fc.assert(
      fc.property(...arguments_, (kind, treeId, keyBytes, valueBytes) => {
        const meta = packMeta(kind, treeId, keyBytes);
        const meta2 = packMeta2(treeId, valueBytes);
        expect([kindOf(meta), treeIdOf(meta, meta2), keyBytesOf(meta), valueBytesOf(meta2)]).toEqual([
          kind,
          treeId,
          keyBytes,
          valueBytes,
        ]);
        expect([meta | 0, meta2 | 0]).toEqual([meta, meta2]);
      }),
    );
  });

  it('give the full LSN, also across a wrap of the low word', () => {
    const firsts = fc.integer({ min: 1, max: 2 ** 52 });
    fc.assert(
      fc.property(firsts, fc.integer({ min: 0, max: 2 ** 31 - 1 }), (first, ahead) => {
        expect(fullLsn(((first + ahead) % 2 ** 32) | 0, first)).toBe(first + ahead);
      }),
    );
    expect(fullLsn(3, 2 ** 32 - 2)).toBe(2 ** 32 + 3);
  });
});

describe('the log', () => {
  it('gives back every record, over segments, clean reopenings and writers that take over', () => {
    fc.assert(
      fc.property(
        batches,
        fc.integer({ min: 8192, max: 12000 }),
        fc.array(fc.constantFrom('go on', 'successor', 'reopen', 'rotate'), { minLength: 30, maxLength: 30 }),
        fc.constantFrom(2, 2 ** 32 - 20, 2 ** 40),
        (all, segmentBytes, between, firstLsn) => {
          const memory = new MemoryDisk();
          const store = newStore(memory);
          const options = { ...store, segmentBytes };
          let writer = new LogWriter(memory, options, EMPTY_LOG);
          const expected: PlainRecord[] = [];
          let lastLsn = firstLsn;
          all.forEach((batch, index) => {
            const records = numbered(lastLsn, batch);
            append(writer, records);
            expected.push(...records);
            lastLsn = records[records.length - 1].lsn;
            switch (between[index]) {
              case 'successor':
                writer = new LogWriter(memory, options, writer);
                break;
              case 'rotate':
                writer.rotate();
                break;
              case 'reopen': {
                writer.closeClean(lastLsn + 1);
                const { recovery } = recoverPlain(memory, '/store', { ...store, fromLsn: firstLsn });
                expect(recovery).toMatchObject({ clean: true, lastLsn, truncated: null });
                writer = new LogWriter(memory, options, continueLog(memory, recovery));
                break;
              }
              default:
            }
          });
          writer.closeClean(lastLsn + 1);
          const { recovery, records } = recoverPlain(memory, '/store', { ...store, fromLsn: 1 });
          expect(records).toEqual(expected);
          expect(recovery.clean).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives back what a successor wrote again over what its predecessor had written and not published', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 6 }), (all, cut) => {
        const memory = new MemoryDisk();
        const store = newStore(memory);
        const options = { ...store, segmentBytes: 8192 };
        let position = { segment: 0, offset: 0, sequence: -1 };
        const expected: PlainRecord[] = [];
        let lastLsn = 0;
        for (const batch of all) {
          const records = numbered(lastLsn, batch);
          append(new LogWriter(memory, options, position), records); // dies before it stores its position
          const again = records.slice(0, cut); // the successor makes its blocks as it finds the ring
          const successor = new LogWriter(memory, options, position);
          append(successor, again);
          expected.push(...again);
          lastLsn = again[again.length - 1].lsn;
          position = { segment: successor.segment, offset: successor.offset, sequence: successor.sequence };
        }
        const closing = new LogWriter(memory, options, position);
        closing.sync();
        closing.closeClean(lastLsn + 1);
        expect(recoverPlain(memory, '/store', { ...store, fromLsn: 1 }).records).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('is the same through a disk that writes and reads a few bytes at a time', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 61 }), (all, atMostBytes) => {
        const memory = new MemoryDisk();
        const store = newStore(memory);
        const disk: Disk = faultyDisk(memory, { atMostBytes: atMostBytes * 67 }).disk;
        const writer = new LogWriter(disk, { ...store, segmentBytes: 8192 }, EMPTY_LOG);
        const expected: PlainRecord[] = [];
        for (const batch of all) {
          const records = numbered(expected.at(-1)?.lsn ?? 0, batch);
          append(writer, records);
          expected.push(...records);
        }
        writer.sync();
        expect(recoverPlain(disk, '/store', { ...store, fromLsn: 1 }).records).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('drops only segments that hold nothing from the given LSN on, and then reads from there', () => {
    fc.assert(
      fc.property(batches, fc.nat(100), (all, percent) => {
        const memory = new MemoryDisk();
        const store = newStore(memory);
        const writer = new LogWriter(memory, { ...store, segmentBytes: 8192 }, EMPTY_LOG);
        const expected: PlainRecord[] = [];
        for (const batch of all) {
          const records = numbered(expected.at(-1)?.lsn ?? 0, batch);
          append(writer, records);
          writer.rotate();
          expected.push(...records);
        }
        const fromLsn = 1 + Math.floor(((expected.at(-1)?.lsn ?? 0) * percent) / 100);
        const dropped = dropSegmentsBelow(memory, '/store', store.storeId, fromLsn);
        const { records } = recoverPlain(memory, '/store', { ...store, fromLsn });
        expect(records).toEqual(expected.filter(({ lsn }) => lsn >= fromLsn));
        if (percent === 100 && all.length > 2) {
          expect(dropped).toBeGreaterThan(0);
        }
      }),
    );
  });
});
