/** A damaged log gives a prefix of its records or a clear error: never a wrong record, never a silent gap. */
import { describe, expect, it } from 'vitest';
import { CorruptError, NewerFormatError } from '../../wal/errors.ts';
import { SEGMENT_HEADER_BYTES } from '../../wal/limits.ts';
import { BLOB, PUT } from '../../wal/record.ts';
import { continueLog } from '../../wal/rewrite.ts';
import { EMPTY_LOG, LogWriter } from '../../wal/segment.ts';
import { enterStore } from '../../wal/store-file.ts';
import { MemoryDisk } from './memory-disk.ts';
import { encode, type PlainRecord, recoverPlain } from './records.ts';

const RECORDS: PlainRecord[] = [1, 2, 3, 4, 5, 6].map((lsn) => ({
  lsn,
  treeId: 7,
  kind: lsn === 4 ? BLOB : PUT,
  key: `key ${lsn}`,
  value: `value ${lsn} `.repeat(lsn),
}));

interface Log {
  readonly disk: MemoryDisk;
  readonly storeId: Uint8Array;
  /** Where each record's block ends, and in which file. */
  readonly ends: readonly { readonly segment: number; readonly offset: number }[];
}

/** One record a block. `syncEach`: every block is synced before the next is written. */
function writeLog(how: { syncEach: boolean; rotateAfter: readonly number[]; close: boolean }): Log {
  const disk = new MemoryDisk();
  disk.makeDirectory('/store');
  const { storeId } = enterStore(disk, '/store');
  const writer = new LogWriter(disk, { directory: '/store', storeId, segmentBytes: 8192 }, EMPTY_LOG);
  const ends = RECORDS.map((record) => {
    const parts = encode(record, 16);
    writer.append(parts, record.lsn, record.lsn, parts.length);
    const end = { segment: writer.segment, offset: writer.offset };
    if (how.syncEach) {
      writer.sync();
    }
    if (how.rotateAfter.includes(record.lsn)) {
      writer.rotate();
    }
    return end;
  });
  if (how.close) {
    writer.closeClean(RECORDS.length + 1);
  }
  return { disk, storeId, ends };
}

function contentOf(log: Log, path: string): { live: Uint8Array } {
  const inode = log.disk.live.get(path);
  if (inode === undefined) {
    throw new Error(`no ${path}`);
  }
  return inode;
}

type Outcome = { prefix: number; lostBytes: number; clean: boolean } | 'corrupt';

/** Recovers, checks that the records are a prefix, and that going on from there gives the same again. */
function outcomeOf(log: Log, path: string): Outcome {
  try {
    const options = { storeId: log.storeId, fromLsn: 1 };
    const { recovery, records } = recoverPlain(log.disk, '/store', options);
    expect(records).toEqual(RECORDS.slice(0, records.length));
    if (recovery.truncated !== null) {
      expect(recovery.truncated.file).toBe(path);
      expect(recovery.truncated.reason).not.toBe('');
    }
    return { prefix: records.length, lostBytes: recovery.truncated?.lostBytes ?? 0, clean: recovery.clean };
  } catch (error) {
    if (!(error instanceof CorruptError)) {
      throw error;
    }
    expect(error.code).toBe('RIGHTLINK_CORRUPT');
    expect(error.message).toContain(error.file);
    return 'corrupt';
  }
}

function withFlip(log: Log, path: string, byte: number, bit: number, action: () => void): void {
  const { live } = contentOf(log, path);
  live[byte] ^= 1 << bit;
  action();
  live[byte] ^= 1 << bit;
}

describe('a log cut short', () => {
  it('at every byte: the records before the cut, or an error when the header is cut', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [], close: false });
    const inode = contentOf(log, '/store/log-0000000001');
    const whole = inode.live;
    for (let length = 0; length <= log.ends[5].offset; length += 1) {
      inode.live = whole.slice(0, length);
      const outcome = outcomeOf(log, '/store/log-0000000001');
      if (length < SEGMENT_HEADER_BYTES) {
        // The header is checked; the zeros that pad it carry nothing.
        expect(outcome === 'corrupt' || outcome.prefix === 0).toBe(true);
      } else {
        const prefix = log.ends.filter(({ offset }) => offset <= length).length;
        const lastEnd = prefix === 0 ? SEGMENT_HEADER_BYTES : log.ends[prefix - 1].offset;
        expect(outcome).toMatchObject({ prefix, clean: false });
        expect(outcome !== 'corrupt' && outcome.lostBytes <= length - lastEnd).toBe(true);
      }
    }
  });

  it('of a cleanly closed store is noticed', () => {
    const log = writeLog({ syncEach: false, rotateAfter: [], close: true });
    const inode = contentOf(log, '/store/log-0000000001');
    expect(outcomeOf(log, '/store/log-0000000001')).toEqual({ prefix: 6, lostBytes: 0, clean: true });
    inode.live = inode.live.slice(0, -1);
    expect(outcomeOf(log, '/store/log-0000000001')).toEqual({ prefix: 6, lostBytes: 47, clean: false });
  });

  it('in a segment that is not the last is an error, at every byte', () => {
    const log = writeLog({ syncEach: false, rotateAfter: [3], close: true });
    const path = '/store/log-0000000001';
    const inode = contentOf(log, path);
    const whole = inode.live;
    for (let length = SEGMENT_HEADER_BYTES; length < log.ends[2].offset; length += 1) {
      inode.live = whole.slice(0, length);
      expect(outcomeOf(log, path)).toBe('corrupt');
    }
  });
});

describe('a flipped bit', () => {
  const path = '/store/log-0000000001';

  it('anywhere in unsynced blocks: the records before it, said with file and offset', () => {
    const log = writeLog({ syncEach: false, rotateAfter: [], close: false });
    for (let byte = SEGMENT_HEADER_BYTES; byte < log.ends[5].offset + 64; byte += 1) {
      const prefix = log.ends.filter(({ offset }) => offset <= byte).length;
      for (let bit = 0; bit < 8; bit += 1) {
        withFlip(log, path, byte, bit, () => {
          const outcome = outcomeOf(log, path);
          expect(outcome).toMatchObject({ prefix, clean: false });
          expect(outcome !== 'corrupt' && outcome.lostBytes > 0).toBe(true);
        });
      }
    }
  });

  it('in a block that a later one proves to have been synced: an error; in the last one: the prefix', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [], close: false });
    for (let byte = SEGMENT_HEADER_BYTES; byte < log.ends[5].offset; byte += 1) {
      withFlip(log, path, byte, byte % 8, () => {
        const outcome = outcomeOf(log, path);
        if (byte < log.ends[4].offset) {
          expect(outcome).toBe('corrupt');
        } else {
          expect(outcome).toMatchObject({ prefix: 5 });
        }
      });
    }
  });

  it('in a cleanly closed log, in an earlier segment, or in a rewritten one: an error', () => {
    const closed = writeLog({ syncEach: false, rotateAfter: [], close: true });
    const rotated = writeLog({ syncEach: false, rotateAfter: [6], close: true });
    const rewritten = writeLog({ syncEach: false, rotateAfter: [2], close: false });
    const options = { storeId: rewritten.storeId, fromLsn: 1 };
    const { recovery } = recoverPlain(rewritten.disk, '/store', options);
    expect(recovery.clean).toBe(false);
    expect(continueLog(rewritten.disk, recovery)).toEqual({ segment: 3, offset: 0, sequence: -1 });
    expect(recoverPlain(rewritten.disk, '/store', options).records).toEqual(RECORDS);
    expect(rewritten.disk.list('/store').filter((name) => name.startsWith('log'))).toEqual(['log-0000000003']);
    for (let byte = SEGMENT_HEADER_BYTES; byte < closed.ends[5].offset; byte += 1) {
      withFlip(closed, path, byte, byte % 8, () => expect(outcomeOf(closed, path)).toBe('corrupt'));
      withFlip(rotated, path, byte, byte % 8, () => expect(outcomeOf(rotated, path)).toBe('corrupt'));
      const third = '/store/log-0000000003';
      withFlip(rewritten, third, byte, byte % 8, () => expect(outcomeOf(rewritten, third)).toBe('corrupt'));
    }
  });

  it('in a segment header: an error, or a newer format, never fewer or other records', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [3], close: true });
    for (const file of ['/store/log-0000000001', '/store/log-0000000002']) {
      for (let byte = 0; byte < 76; byte += 1) {
        for (let bit = 0; bit < 8; bit += 1) {
          withFlip(log, file, byte, bit, () => expect(outcomeOf(log, file)).toBe('corrupt'));
        }
      }
    }
  });
});

describe('a log with missing or foreign files', () => {
  const newerRecords = { storeId: new Uint8Array(16), fromLsn: 1 };

  it('a missing first or middle segment is an error that names it; from above it the log is whole', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [2, 4], close: true });
    const options = { storeId: log.storeId, fromLsn: 1 };
    log.disk.unlink('/store/log-0000000002');
    expect(() => recoverPlain(log.disk, '/store', options)).toThrow(/log-0000000002, is missing/);
    const above = recoverPlain(log.disk, '/store', { ...options, fromLsn: 5 });
    expect(above.records).toEqual(RECORDS.slice(4));
  });

  it('no log at all is an error when an image needs one, and so is one that ends too early', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [], close: true });
    const options = { storeId: log.storeId, fromLsn: 2, throughLsn: 6 };
    expect(recoverPlain(log.disk, '/store', options).records).toHaveLength(5);
    expect(() => recoverPlain(log.disk, '/store', { ...options, throughLsn: 7 })).toThrow(CorruptError);
    log.disk.unlink('/store/log-0000000001');
    expect(() => recoverPlain(log.disk, '/store', options)).toThrow(CorruptError);
    expect(recoverPlain(log.disk, '/store', { ...options, fromLsn: 1, throughLsn: 0 }).recovery.clean).toBe(true);
  });

  it('a file of another store, of another number, or of a newer version is named', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [], close: true });
    expect(() => recoverPlain(log.disk, '/store', newerRecords)).toThrow(/another store/);
    log.disk.rename('/store/log-0000000001', '/store/log-0000000005');
    expect(() => recoverPlain(log.disk, '/store', { storeId: log.storeId, fromLsn: 1 })).toThrow(
      /says it is log-0000000001/,
    );
  });

  it('segments from before a START do not count', () => {
    const log = writeLog({ syncEach: true, rotateAfter: [3], close: false });
    const options = { storeId: log.storeId, fromLsn: 3 };
    const before = new Map(log.disk.live);
    continueLog(log.disk, recoverPlain(log.disk, '/store', options).recovery);
    for (const [path, inode] of before) {
      log.disk.live.set(path, inode); // as if the crash came before they were removed
    }
    const { recovery, records } = recoverPlain(log.disk, '/store', options);
    expect(records).toEqual(RECORDS.slice(2));
    expect(recovery.segments.map(({ header }) => header.number)).toEqual([3]);
  });

  it('knows a newer format', () => {
    expect(new NewerFormatError('log-1', 2, 1).message).toMatch(/format version 2.*Upgrade/);
  });
});
