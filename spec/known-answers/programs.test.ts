import { describe, expect, test } from 'vitest';
import { check, explore, type Memory, type Program, program, type Step, thread } from '../../model/index.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';
import { doubleCheckedLocking, twoLocks, wakeUp } from './synchronisation.ts';

/** A thread whose second operation depends on a register that the first one leaves behind. */
function leftOver(dead: readonly string[]): Program {
  const bump: Step<{ left: number; other: number }> = (memory, op) => {
    op.left += 1;
    op.other = memory.add(0, op.left);
    return null;
  };
  const operation = { name: 'bump', begin: () => bump, end: (memory: Memory) => memory.read32(0) };
  const thread = { name: 'a', registers: () => ({ left: 0, other: 0 }), operations: [operation, operation] };
  return program({
    name: 'left over',
    words: 1,
    threads: [{ ...thread, dead: (next: unknown) => (next === null ? dead : []) }],
    finally: { 'adds 1 and 2': (memory) => memory.read32(0) === 3 },
  });
}

/** Two threads that spin for one lock; the one that never gives it back leaves the other spinning. */
function spinning(givesBack: boolean): Program {
  const take: Step<object> = (memory) => (memory.compareExchange(0, 0, 1) === 0 ? (givesBack ? giveBack : null) : take);
  const giveBack: Step<object> = (memory) => {
    memory.store(0, 0);
    return null;
  };
  const operations = [{ name: 'take', begin: () => take }];
  const threads = ['a', 'b'].map((name) => ({ name, registers: () => ({ unused: 0 }), operations }));
  return program({ name: 'spinning', words: 1, threads });
}

describe('registers', () => {
  test('keep their values between operations, unless told to forget them', async () => {
    expect(await explore(leftOver([]))).toMatchObject({ verdict: 'ok' });
    expect(await explore(leftOver(['other']))).toMatchObject({ verdict: 'ok' });
    expect(await explore(leftOver(['left']))).toMatchObject({ verdict: 'violation' });
  });

  test('new fields, new objects and a second atomic action are errors', async () => {
    const one = (step: Step<Record<string, unknown>>): Program =>
      program({
        name: 'hidden state',
        words: 2,
        threads: [
          { name: 'a', registers: () => ({ list: null as unknown }), operations: [{ name: 'run', begin: () => step }] },
        ],
      });
    const addsField: Step<Record<string, unknown>> = (memory, op) => {
      op.more = memory.load(0);
      return null;
    };
    const allocates: Step<Record<string, unknown>> = (memory, op) => {
      op.list = [memory.load(0)];
      return null;
    };
    const loadsTwice: Step<Record<string, unknown>> = (memory) => {
      memory.load(0);
      memory.load(1);
      return null;
    };
    await expect(explore(one(addsField))).rejects.toThrow('adds a field to its registers');
    await expect(explore(one(allocates))).rejects.toThrow('steps must not allocate');
    expect(await explore(one(loadsTwice))).toMatchObject({ violation: { kind: 'two atomic actions' } });
  });

  test('released and foreign memory is out of bounds', async () => {
    const touch = (address: number, released: boolean): Program => {
      const release: Step<object> = (memory) => {
        if (released) memory.released(address, 1);
        memory.load(0);
        return read;
      };
      const read: Step<object> = (memory) => {
        memory.load(address);
        return null;
      };
      const operations = [{ name: 'run', begin: () => release }];
      return program({ name: 'touch', words: 4, threads: [{ name: 'a', registers: () => ({}), operations }] });
    };
    expect(await explore(touch(2, true))).toMatchObject({ violation: { kind: 'released memory' } });
    expect(await explore(touch(9, false))).toMatchObject({ violation: { kind: 'out of bounds' } });
    expect(await explore(touch(2, false))).toMatchObject({ verdict: 'ok' });
  });

  test('a death leaves a call that may or may not have taken effect', async () => {
    const add: Step<object> = (memory) => {
      memory.add(0, 1);
      return pause;
    };
    const pause: Step<object> = (memory) => {
      memory.load(1);
      return null;
    };
    const look: Step<{ seen: number }> = (memory, op) => {
      op.seen = memory.load(0);
      return null;
    };
    const dying = (bug: boolean): Program =>
      program({
        name: 'deaths',
        words: 2,
        deaths: 1,
        threads: [
          thread({
            name: 'writer',
            registers: () => ({}),
            operations: [{ name: 'add', begin: () => add, end: () => null }],
          }),
          thread({
            name: 'reader',
            startsWhenDead: 'writer',
            registers: () => ({ seen: 0 }),
            operations: [{ name: 'get', begin: () => look, end: (_, op) => (bug ? op.seen + 1 : op.seen) }],
          }),
        ],
        specification: {
          initial: 0,
          apply: (count: number, { name }) =>
            name === 'add' ? { state: count + 1, result: null } : { state: count, result: count },
        },
        goals: {
          'dead before': (memory, { threads }) => threads[0].status === 'dead' && memory.load(0) === 0,
          'dead after': (memory, { threads }) => threads[0].status === 'dead' && memory.load(0) === 1,
        },
      });
    expect(await explore(dying(false))).toMatchObject({ verdict: 'ok', exhaustive: true });
    expect(await explore(dying(true))).toMatchObject({ violation: { kind: 'linearizability' } });
  });
});

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

  test('a thread that spins for a lock is in no livelock while the holder only needs to go on', async () => {
    const held = { verdict: 'violation', violation: { kind: 'progress', name: 'lock-free' } };
    expect(await explore(spinning(true), { progress: 'lock-free' })).toMatchObject(held);
    for (const target of [spinning(true), queue('blocking')]) {
      const result = await explore(target, { progress: 'livelock-free' });
      expect(result).toMatchObject({ verdict: 'ok', exhaustive: true });
    }
    expect(await explore(spinning(false), { progress: 'livelock-free' })).toMatchObject({
      verdict: 'violation',
      violation: { kind: 'progress', name: 'livelock-free' },
    });
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
