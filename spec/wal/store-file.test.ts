/** Entering a store's directory: made when absent, refused when it is something else, and never changed by a refusal. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeDisk } from '../../wal/disk.ts';
import { ImageWriter } from '../../wal/image.ts';
import { enterStore } from '../../wal/store-file.ts';

let directory = '';
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'rightlink-store-'));
});
afterEach(() => {
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Enters, expecting an error of this code, and that no file came, went or changed. */
function expectRefused(path: string, code: string, message: RegExp): void {
  const before = contentOf(directory);
  expect(() => enterStore(nodeDisk, path)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
  expect(contentOf(directory)).toEqual(before);
}

function contentOf(root: string): string[][] {
  const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const path = join(root, name);
    return [name, fs.statSync(path).isFile() ? fs.readFileSync(path, 'hex') : ''];
  });
}

describe('a store’s directory', () => {
  it('is made with those above it, and is the same store the next time', () => {
    const path = join(directory, 'a', 'b', 'store');
    const first = enterStore(nodeDisk, path);
    expect(first).toMatchObject({ created: true, directory: path });
    first.leave();
    const second = enterStore(nodeDisk, path);
    expect(second.created).toBe(false);
    expect(second.storeId).toEqual(first.storeId);
    second.leave();
    expect(fs.readdirSync(path)).toEqual(['store']);
  });

  it('may exist, empty', () => {
    const store = enterStore(nodeDisk, directory);
    expect(store.created).toBe(true);
    store.leave();
  });

  it('is refused when it is a file, is below a file, or holds other things', () => {
    const file = join(directory, 'file');
    fs.writeFileSync(file, 'text');
    expectRefused(file, 'RIGHTLINK_NOT_A_STORE', /not a directory/);
    expectRefused(join(file, 'below'), 'RIGHTLINK_NOT_A_STORE', /not a directory/);
    expectRefused(directory, 'RIGHTLINK_NOT_A_STORE', /other files \(file\)/);
    fs.renameSync(file, join(directory, 'store'));
    fs.writeFileSync(join(directory, 'readme'), 'text');
    expectRefused(directory, 'RIGHTLINK_NOT_A_STORE', /none of rightlink/);
  });

  it('is refused when its format is newer', () => {
    enterStore(nodeDisk, directory).leave();
    const path = join(directory, 'store');
    const bytes = fs.readFileSync(path);
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 32)), 32);
    fs.writeFileSync(path, bytes);
    expectRefused(directory, 'RIGHTLINK_NEWER_FORMAT', /format version 2.*Upgrade/);
  });

  it('with data and a damaged or missing identity is corrupt, at every bit and every cut', () => {
    const store = enterStore(nodeDisk, directory);
    new ImageWriter(nodeDisk, directory, store.storeId).finish({ redoLsn: 1, endLsn: 1, nextTreeId: 1 });
    store.leave();
    const path = join(directory, 'store');
    const whole = fs.readFileSync(path);
    for (let byte = 0; byte < whole.length; byte += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const flipped = Buffer.from(whole);
        flipped[byte] ^= 1 << bit;
        fs.writeFileSync(path, flipped);
        expectRefused(directory, 'RIGHTLINK_CORRUPT', /damaged at byte 0/);
      }
      fs.writeFileSync(path, whole.subarray(0, byte));
      expectRefused(directory, 'RIGHTLINK_CORRUPT', /damaged at byte 0/);
    }
    fs.unlinkSync(path);
    expectRefused(directory, 'RIGHTLINK_CORRUPT', /missing, and the store has data/);
  });

  it('whose creation a power cut interrupted is made again, and leftovers of aborted writers go', () => {
    for (const content of ['', '\0'.repeat(36)]) {
      fs.writeFileSync(join(directory, 'store'), content);
      fs.writeFileSync(join(directory, 'store.new'), 'x');
      fs.writeFileSync(join(directory, 'log-0000000001.new'), 'x');
      fs.writeFileSync(join(directory, 'image-0000000000000000.new'), 'x');
      const store = enterStore(nodeDisk, directory);
      expect(store.created).toBe(true);
      store.leave();
      expect(fs.readdirSync(directory)).toEqual(['store']);
    }
  });

  it('may hold page files and a manifest; a manifest is data, page files alone are not', () => {
    const store = enterStore(nodeDisk, directory);
    store.leave();
    const leftovers = ['pages-00001024-5.new', 'manifest-0000000002.new'];
    for (const name of ['pages-00001024', 'manifest-0000000001', ...leftovers]) {
      fs.writeFileSync(join(directory, name), 'x');
    }
    enterStore(nodeDisk, directory).leave();
    expect(fs.readdirSync(directory).sort()).toEqual(['manifest-0000000001', 'pages-00001024', 'store']);
    fs.rmSync(join(directory, 'store'));
    expectRefused(directory, 'RIGHTLINK_CORRUPT', /missing/);

    fs.rmSync(join(directory, 'manifest-0000000001'));
    const again = enterStore(nodeDisk, directory); // a power cut took the identity: the page files are another store's
    expect(again.created).toBe(true);
    expect(fs.readdirSync(directory).sort()).toEqual(['lock', 'store']);
    again.leave();
  });

  it('is entered in a few milliseconds', () => {
    const times: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const start = performance.now();
      enterStore(nodeDisk, join(directory, `store ${index}`)).leave();
      times.push(performance.now() - start);
    }
    times.sort((left, right) => left - right);
    expect(times[10]).toBeLessThan(10);
  });
});
