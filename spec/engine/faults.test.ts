/** Disks that refuse, and files that are damaged: said clearly, and nothing acknowledged is lost or made up. */
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open } from '../../engine/index.ts';
import { seededRandom } from '../wal/random.ts';
import { startProcess } from '../workers/start.ts';
import { freshPath } from './support/directories.ts';
import type { LimitedReport } from './support/limited-process.ts';
import { verifyTree } from './support/verify-tree.ts';

const random = seededRandom(Number(process.env.RIGHTLINK_SEED ?? 20261121));

/** Runs a writer whose files cannot grow beyond a size; returns what it says of itself. */
async function writeUntilRefused(path: string, mode: string): Promise<LimitedReport> {
  const child = startProcess('./support/limited-process.ts', import.meta.url, [path, mode]);
  let report: LimitedReport | null = null;
  child.on('message', (message) => {
    report = message as LimitedReport;
  });
  expect((await once(child, 'close'))[0]).toBe(0);
  if (report === null) throw new Error('the writer reported nothing');
  return report;
}

describe('a disk that refuses a write', () => {
  it.each(['plain', 'checkpoints'])(
    'poisons the store; opening it again finds all that was acknowledged (%s)',
    async (mode) => {
      const path = freshPath();
      const report = await writeUntilRefused(path, mode);
      expect(report.flushError).toBe('RIGHTLINK_POISONED');
      expect(report.putError).toBe('RIGHTLINK_POISONED');
      expect(report.largePutError).toBe('RIGHTLINK_POISONED');
      expect(report.createError).toBe('RIGHTLINK_POISONED');
      expect(report.closeError).toBe('RIGHTLINK_POISONED');
      expect(report.poisoned).toBe('EFBIG');
      expect(report.readBack).toBe(report.written);
      expect(report.acknowledged).toBeGreaterThan(0);
      const db = await open(path);
      expect(db.treeNames()).toEqual(['t']);
      const tree = db.tree('t');
      verifyTree(tree);
      const found = Number(Buffer.from(tree.get('n') ?? []).toString());
      expect(found).toBeGreaterThanOrEqual(report.acknowledged);
      expect(found).toBeLessThanOrEqual(report.written);
      for (const [key, value] of tree.entries({ prefix: 'k' })) {
        const slot = Number(Buffer.from(key).toString().slice(1));
        const number = Number(Buffer.from(value.subarray(0, 10)).toString());
        expect(number % 200).toBe(slot);
        expect(number).toBeGreaterThan(found - 200); // the last write of each key that is part of the prefix
        expect(number).toBeLessThanOrEqual(found + 1);
      }
      tree.put('after', 'v');
      await db.flush();
      await db.close();
    },
  );
});

describe('a damaged log', () => {
  /** A store with numbered records in its log, not closed, and the number that was acknowledged. */
  async function damageable(): Promise<{ path: string; log: string; written: number }> {
    const path = freshPath();
    const db = await open(path, { cacheBytes: 16 * 2 ** 20, durability: 'none' });
    const tree = db.tree('t');
    const written = 400;
    for (let n = 1; n <= written; n++) {
      tree.put(`k${String(n).padStart(5, '0')}`, `${n} ${'x'.repeat(n % 90)}`);
      if (n % 20 === 0) await db.flush();
    }
    const copy = freshPath();
    cpSync(path, copy, { recursive: true, filter: (source) => !source.endsWith('/lock') });
    await db.close();
    const log = readdirSync(copy).filter((name) => name.startsWith('log-'));
    expect(log).toHaveLength(1);
    return { path: copy, log: join(copy, log[0]), written };
  }

  /** Opens it: a prefix, said in stats(), or an error that names the file. Returns how many records there are; −1: an error. */
  async function openDamaged(path: string): Promise<number> {
    try {
      const db = await open(path, { cacheBytes: 16 * 2 ** 20 });
      const keys = db.hasTree('t') ? [...db.tree('t').keys()].map((key) => Buffer.from(key).toString()) : [];
      keys.forEach((key, index) => {
        expect(key).toBe(`k${String(index + 1).padStart(5, '0')}`);
        expect(Buffer.from(db.tree('t').get(key) ?? []).toString()).toBe(
          `${index + 1} ${'x'.repeat((index + 1) % 90)}`,
        );
      });
      const { recovery } = db.stats();
      expect(recovery.logRecords).toBe(keys.length + (db.hasTree('t') ? 1 : 0));
      await db.close();
      const again = await open(path);
      expect(again.hasTree('t') ? [...again.tree('t').keys()].length : 0).toBe(keys.length);
      await again.close();
      return keys.length;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      expect(['RIGHTLINK_CORRUPT', 'RIGHTLINK_NEWER_FORMAT']).toContain(error.code);
      expect(error.message).toContain(path);
      return -1;
    }
  }

  it('cut anywhere is a prefix, or an error', async () => {
    const { log, written, path } = await damageable();
    const whole = readFileSync(log);
    const used = whole.length - [...whole].reverse().findIndex((byte) => byte !== 0);
    const seen = new Set<number>();
    for (let n = 0; n < 40; n++) {
      writeFileSync(log, whole);
      const cut = n === 0 ? whole.length : random(used);
      truncateSync(log, cut);
      const copy = `${path}-${n}`;
      cpSync(path, copy, { recursive: true });
      const found = await openDamaged(copy);
      if (n === 0) expect(found).toBe(written);
      seen.add(found);
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  it('with a flipped bit is a prefix, or an error', async () => {
    const { log, path } = await damageable();
    const whole = readFileSync(log);
    const used = whole.length - [...whole].reverse().findIndex((byte) => byte !== 0);
    let errors = 0;
    for (let n = 0; n < 40; n++) {
      const bytes = Buffer.from(whole);
      bytes[random(used)] ^= 1 << random(8);
      writeFileSync(log, bytes);
      const copy = `${path}-${n}`;
      cpSync(path, copy, { recursive: true });
      if ((await openDamaged(copy)) < 0) errors++;
    }
    expect(errors).toBeGreaterThan(0); // what was synced before something that is still there is known to be lost
    expect(statSync(log).size).toBe(whole.length);
  });

  it('a store of a newer format is refused', async () => {
    const { path } = await damageable();
    const identity = readdirSync(path).find((name) => !name.startsWith('log-')) ?? '';
    const text = readFileSync(join(path, identity));
    for (let at = 0; at < text.length; at++) {
      const bytes = Buffer.from(text);
      bytes[at] ^= 255;
      writeFileSync(join(path, identity), bytes);
      const code = expect.stringMatching(/^RIGHTLINK_(CORRUPT|NEWER_FORMAT|NOT_A_STORE)$/);
      await expect(open(path)).rejects.toMatchObject({ code });
    }
    writeFileSync(join(path, identity), text);
    await (await open(path)).close();
  });
});
