import { describe, expect, test } from 'vitest';
import { check, explore } from '../../model/index.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';
import { doubleCheckedLocking, twoLocks, wakeUp } from './synchronisation.ts';

describe('known answers: code written as step functions', () => {
  test("Treiber's stack without tags pops a node twice: ABA", async () => {
    const result = await explore(treiberStack(false));
    expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'linearizability' } });
  });

  test("Treiber's stack with tags is linearizable", async () => {
    expect(await explore(treiberStack(true))).toMatchObject({ verdict: 'ok', exhaustive: true });
  });

  test('the queue of Michael and Scott is linearizable, and not without its compare-and-swaps', async () => {
    expect(await explore(queue('non-blocking'))).toMatchObject({ verdict: 'ok', exhaustive: true });
    for (const mutant of ['link without looking', 'take without looking']) {
      expect(await explore(queue('non-blocking'), { mutant })).toMatchObject({ verdict: 'violation' });
    }
  });

  test('its blocking variant is linearizable, too', async () => {
    expect(await explore(queue('blocking'))).toMatchObject({ verdict: 'ok', exhaustive: true });
  });

  test('the queue is lock-free; its blocking variant is not even obstruction-free', async () => {
    expect(await explore(queue('non-blocking'), { progress: 'lock-free' })).toMatchObject({
      verdict: 'ok',
      exhaustive: true,
    });
    expect(await explore(queue('non-blocking'), { progress: 'obstruction-free' })).toMatchObject({ verdict: 'ok' });
    for (const progress of ['lock-free', 'obstruction-free'] as const) {
      const blocking = await explore(queue('blocking'), { progress });
      expect(blocking).toMatchObject({ verdict: 'violation', violation: { kind: 'progress', name: progress } });
    }
  });

  test("Treiber's stack with tags is lock-free", async () => {
    expect(await explore(treiberStack(true), { progress: 'lock-free' })).toMatchObject({
      verdict: 'ok',
      exhaustive: true,
    });
  });

  test('double-checked locking without publication is a data race', async () => {
    const result = await explore(doubleCheckedLocking(false));
    expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'data race' } });
    await check(doubleCheckedLocking(true));
  });

  test('locks taken in opposite orders deadlock', async () => {
    const result = await explore(twoLocks('opposite'));
    expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'deadlock' } });
    await check(twoLocks('same'));
  });

  test('a wake-up between the look and the sleep is lost', async () => {
    const result = await explore(wakeUp(true));
    expect(result).toMatchObject({ verdict: 'violation', violation: { kind: 'deadlock' } });
    await check(wakeUp(false));
  });
});
