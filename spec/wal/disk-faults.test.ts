/** A disk that refuses: the first failure surfaces as a DiskError, nothing is retried, and what was durable stays. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeDisk } from '../../wal/disk.ts';
import { DiskError } from '../../wal/errors.ts';
import { ImageWriter, openImage } from '../../wal/image.ts';
import { PUT } from '../../wal/record.ts';
import { EMPTY_LOG, LogWriter } from '../../wal/segment.ts';
import { enterStore } from '../../wal/store-file.ts';
import { faultyDisk, type Plan } from './faulty-disk.ts';
import { bytesOf, encode, type PlainRecord, recoverPlain } from './records.ts';

let directory = '';
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'rightlink-faults-'));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

function recordOf(lsn: number): PlainRecord {
  return { lsn, treeId: 1, kind: PUT, key: `key ${lsn}`, value: 'value '.repeat(20) };
}

function caught(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Writes and syncs records until the plan's fault; returns the error and the records synced before it. */
function writeUntilFault(plan: Plan) {
  const { storeId, leave } = enterStore(nodeDisk, directory);
  const { disk, counts } = faultyDisk(nodeDisk, plan);
  const writer = new LogWriter(disk, { directory, storeId, segmentBytes: 8192 }, EMPTY_LOG);
  let synced = 0;
  let error: unknown;
  for (let lsn = 1; lsn <= 200 && error === undefined; lsn += 1) {
    error = caught(() => {
      writer.append(encode(recordOf(lsn)), lsn, lsn, 1);
      writer.sync();
      synced = lsn;
    });
  }
  leave();
  return { storeId, writer, error, synced, counts };
}

describe('the log on a disk that fails', () => {
  const faults = (['write', 'sync', 'rename', 'syncDirectory'] as const).flatMap((operation) =>
    [1, 2, 5, 30].map((nth) => ({ operation, nth, errno: operation === 'write' ? 'ENOSPC' : 'EIO' })),
  );

  it.each(faults)('throws at $operation $nth and never goes on', (fail) => {
    const { storeId, writer, error, synced, counts } = writeUntilFault({ fail });
    if (error === undefined) {
      expect(counts.get(fail.operation) ?? 0).toBeLessThan(fail.nth); // the run had fewer of them
      return;
    }
    expect(error).toBeInstanceOf(DiskError);
    expect(error).toMatchObject({ code: 'RIGHTLINK_DISK', errno: fail.errno, operation: fail.operation });
    const asked = new Map(counts);
    for (const again of [
      () => writer.sync(),
      () => writer.append(encode(recordOf(999)), 999, 999, 1),
      () => writer.closeClean(999),
    ]) {
      expect(caught(again)).toBe(error);
    }
    expect(counts).toEqual(asked); // not one more operation was tried
    writer.abandon();
    const { records } = recoverPlain(nodeDisk, directory, { storeId, fromLsn: 1 });
    expect(records.length).toBeGreaterThanOrEqual(synced);
    expect(records).toEqual(records.map((_, index) => recordOf(index + 1)));
  });

  it('keeps the errno of a real failure', () => {
    expect(caught(() => nodeDisk.open(join(directory, 'absent'), 'read'))).toMatchObject({
      errno: 'ENOENT',
      operation: 'open',
    });
    expect(caught(() => nodeDisk.makeDirectory(directory))).toMatchObject({ errno: 'EEXIST' });
  });

  it.skipIf(!fs.existsSync('/dev/full'))('reports a full device as ENOSPC', () => {
    const full = nodeDisk.open('/dev/full', 'write');
    const error = caught(() => full.write([new Uint8Array(10)], 0));
    full.close();
    expect(error).toMatchObject({ code: 'RIGHTLINK_DISK', errno: 'ENOSPC' });
    expect(String(error)).toMatch(/Make room/);
  });
});

describe('an image on a disk that fails', () => {
  it('leaves the image before it as it was', () => {
    const { storeId, leave } = enterStore(nodeDisk, directory);
    const first = new ImageWriter(nodeDisk, directory, storeId);
    first.add(1, bytesOf('key'), bytesOf('old'));
    first.finish({ redoLsn: 5, endLsn: 6, nextTreeId: 2 });
    for (const operation of ['write', 'sync', 'rename'] as const) {
      const { disk } = faultyDisk(nodeDisk, { fail: { operation, nth: 1, errno: 'ENOSPC' } });
      const second = new ImageWriter(disk, directory, storeId);
      const error = caught(() => {
        second.add(1, bytesOf('key'), bytesOf('new'));
        second.finish({ redoLsn: 9, endLsn: 9, nextTreeId: 2 });
      });
      expect(error).toMatchObject({ code: 'RIGHTLINK_DISK', errno: 'ENOSPC' });
      second.abort();
      const seen: string[] = [];
      openImage(nodeDisk, directory, storeId)?.read((_, key, value) => seen.push(`${key}=${value}`));
      expect(seen).toEqual([`${bytesOf('key')}=${bytesOf('old')}`]);
      expect(fs.readdirSync(directory).filter((name) => name.startsWith('image'))).toEqual(['image-0000000000000005']);
    }
    leave();
  });
});
