/** One owner at a time, also among processes that start together on a stale lock; a dead owner is none. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeDisk } from '../../wal/disk.ts';
import { LockedError } from '../../wal/errors.ts';
import { takeLock } from '../../wal/lock-file.ts';
import type { Answer } from './lock-child.ts';

const CHILD = fileURLToPath(new URL('./lock-child.ts', import.meta.url));

let directory = '';
let children: ChildProcess[] = [];
beforeEach(() => {
  directory = fs.mkdtempSync(join(tmpdir(), 'rightlink-lock-'));
});
afterEach(async () => {
  await Promise.all(children.map(end));
  children = [];
  fs.rmSync(directory, { recursive: true, force: true });
});

const storePath = () => join(directory, 'store');
const lockPath = () => join(storePath(), 'lock');

async function start(): Promise<ChildProcess> {
  const child = fork(CHILD, [storePath(), join(directory, 'mark')], { execArgv: ['--import', 'tsx'] });
  children.push(child);
  expect((await next(child)).result).toBe('ready');
  return child;
}

async function next(child: ChildProcess): Promise<Answer> {
  const [message]: Answer[] = await once(child, 'message');
  return message;
}

async function ask(child: ChildProcess, order: 'enter' | 'enter and hold'): Promise<Answer> {
  const answer = next(child);
  child.send(order);
  return answer;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

/** What a lock of a process that is gone looks like. */
function staleLock(token = '0123456789abcdef01234567'): string {
  return JSON.stringify({ pid: process.pid, started: 'long ago', host: hostname(), token });
}

describe('the lock', () => {
  it('is refused to this process while it has it, and named so; and free after release', () => {
    const lock = takeLock(nodeDisk, directory);
    expect(() => takeLock(nodeDisk, directory)).toThrow(/already open in this process/);
    expect(() => takeLock(nodeDisk, directory)).toThrow(
      expect.objectContaining({ code: 'RIGHTLINK_LOCKED', sameProcess: true }),
    );
    lock.release();
    lock.release();
    takeLock(nodeDisk, directory).release();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('does not release what is another’s by now', () => {
    const lock = takeLock(nodeDisk, directory);
    fs.writeFileSync(join(directory, 'lock'), staleLock());
    lock.release();
    expect(fs.existsSync(join(directory, 'lock'))).toBe(true);
  });

  it.each([
    ['of this pid with another start', staleLock()],
    ['of a pid that does not exist', staleLock().replace(String(process.pid), '4194305')],
    ['that is empty, as a power cut leaves it', ''],
    ['full of zeros', '\0'.repeat(120)],
  ])('a stale lock %s is taken over', (_, content) => {
    fs.writeFileSync(join(directory, 'lock'), content);
    const lock = takeLock(nodeDisk, directory);
    expect(() => takeLock(nodeDisk, directory)).toThrow(LockedError);
    lock.release();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('a takeover that died half-way is itself taken over', () => {
    const first = '0123456789abcdef01234567';
    fs.writeFileSync(join(directory, 'lock'), staleLock(first));
    fs.writeFileSync(join(directory, `lock.${first}`), staleLock('aaaaaaaaaaaaaaaaaaaaaaaa'));
    fs.writeFileSync(join(directory, 'lock.aaaaaaaaaaaaaaaaaaaaaaaa'), '');
    const lock = takeLock(nodeDisk, directory);
    expect(() => takeLock(nodeDisk, directory)).toThrow(LockedError);
    lock.release();
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('of another host counts as held, and says how to remove it', () => {
    fs.writeFileSync(join(directory, 'lock'), staleLock().replace(hostname(), 'elsewhere'));
    expect(() => takeLock(nodeDisk, directory)).toThrow(/on host elsewhere.*remove/);
  });
});

describe('processes', () => {
  it('a second one is refused with the name of the first; after SIGKILL of that, it gets in', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect((await ask(first, 'enter and hold')).result).toBe('entered');
    const refused = await ask(second, 'enter');
    expect(refused).toMatchObject({ result: 'locked', detail: expect.stringContaining(`process ${first.pid}`) });
    await end(first);
    fs.unlinkSync(join(directory, 'mark'));
    expect((await ask(second, 'enter')).result).toBe('entered');
    expect(fs.existsSync(lockPath())).toBe(false);
  });

  it('of several that find a stale lock together, never two own the store', async () => {
    const racers = await Promise.all([start(), start(), start(), start()]);
    fs.mkdirSync(storePath());
    let entered = 0;
    for (let round = 0; round < 60; round += 1) {
      fs.writeFileSync(lockPath(), staleLock(round.toString(16).padStart(24, '0')));
      const answers = await Promise.all(racers.map((racer) => ask(racer, 'enter')));
      expect(answers.filter(({ result }) => result === 'failed')).toEqual([]);
      entered += answers.filter(({ result }) => result === 'entered').length;
      expect(answers.some(({ result }) => result === 'entered')).toBe(true);
    }
    expect(entered).toBeGreaterThanOrEqual(60);
    expect(fs.readdirSync(storePath())).toEqual(['store']);
  });
});
