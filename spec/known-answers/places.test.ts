import { describe, expect, test } from 'vitest';
import { explore, type Memory, type Program, peek, peekAll, program, replay, type Step } from '../../model/index.ts';

const FLAG = 0;
const DATA = 1;
const BYTE = 4 * DATA;

class Registers {
  seen = 0;
}

type AnyStep = Step<Registers>;

function twoThreads(writer: AnyStep, reader: AnyStep, more: Partial<Program> = {}): Program {
  return {
    ...program<Registers, never>({
      name: 'places',
      words: 4,
      threads: [
        { name: 'w', registers: () => new Registers(), operations: [{ name: 'write', begin: () => writer }] },
        { name: 'r', registers: () => new Registers(), operations: [{ name: 'read', begin: () => reader }] },
      ],
      names: (address) => ['flag', 'data', 'more', 'rest'][address],
    }),
    ...more,
  };
}

const publish: AnyStep = (memory) => {
  memory.store(FLAG, 1);
  return null;
};
const fill: AnyStep = (memory) => {
  memory.write32(DATA, 7);
  return publish;
};
const fillByte: AnyStep = (memory) => {
  memory.write8(BYTE + 1, 7);
  return publish;
};
const fillBytes: AnyStep = (memory) => {
  memory.writeBytes(BYTE, Uint8Array.of(1, 2, 3, 4), 0, 4);
  return publish;
};
const publishAndFill: AnyStep = (memory) => {
  memory.store(FLAG, 1);
  memory.write32(DATA, 7);
  return null;
};
const look: AnyStep = (memory, op) => {
  op.seen = memory.load(FLAG);
  return op.seen === 1 ? read : null;
};
const read: AnyStep = (memory, op) => {
  op.seen = memory.read32(DATA);
  return null;
};
const readHalf: AnyStep = (memory, op) => {
  op.seen = memory.read16(BYTE);
  return null;
};
const readBehindFlag: AnyStep = (memory, op) => {
  op.seen = memory.load(FLAG);
  return op.seen === 1 ? readHalf : null;
};
const change: AnyStep = (memory) => {
  memory.add(DATA, 1);
  return null;
};

const ENGINES = ['depth', 'stateless'] as const;

describe.each(ENGINES)('races name both places (search: %s)', (search) => {
  test.each<[string, AnyStep, AnyStep, string, RegExp[]]>([
    [
      'two plain accesses',
      fill,
      read,
      'data race',
      [/w in 'fill' .* writes data plainly \(32 bits\)/, /r in 'read' .* reads data plainly \(32 bits\)/],
    ],
    [
      'a plain one and an atomic one',
      change,
      read,
      'data race',
      [/w in 'change' .* writes data atomically/, /r in 'read' .* reads data plainly/],
    ],
    [
      'a plain write after the publication',
      publishAndFill,
      look,
      'data race',
      [/w in 'publishAndFill' \(step \d+\) writes data plainly/, /r in 'read' /],
    ],
    [
      'a byte and a half word',
      fillByte,
      readHalf,
      'mixed-size access',
      [
        /w in 'fillByte' .* writes data \+ 1 plainly \(8 bits\)/,
        /r in 'readHalf' .* reads data \+ 1 plainly \(16 bits\)/,
      ],
    ],
    [
      'bytes and a word',
      fillBytes,
      read,
      'mixed-size access',
      [/w in 'fillBytes' .* \(8 bits\)/, /r in 'read' .* \(32 bits\)/],
    ],
    [
      'a byte and an atomic word',
      fillByte,
      change,
      'mixed-size access',
      [/w in 'fillByte' .* writes data \+ 1 plainly \(8 bits\)/, /r in 'change' .* writes data \+ 1 atomically/],
    ],
  ])('%s', async (_, writer, reader, kind, places) => {
    const target = twoThreads(writer, reader);
    const { violation } = await explore(target, { search });
    expect(violation).toMatchObject({ kind, name: kind });
    for (const place of places) expect(violation?.message).toMatch(place);
    expect(violation?.message).toContain('nothing orders the two');
    expect(replay(target, violation?.trace.replay ?? '').violation?.kind).toBe(kind);
  });

  test.each<[string, AnyStep, AnyStep]>([
    ['plain accesses of different sizes, one published before the other', fillBytes, readBehindFlag],
    ['plain and atomic accesses to one word, one after the other', fill, look],
    ['different bytes of one word', fillByte, readHalfAbove()],
  ])('fine: %s', async (_, writer, reader) => {
    expect(await explore(twoThreads(writer, reader), { search })).toMatchObject({ verdict: 'ok', exhaustive: true });
  });
});

function readHalfAbove(): AnyStep {
  return function readAbove(memory, op) {
    op.seen = memory.read16(BYTE + 2);
    return null;
  };
}

describe('other rules name both places', () => {
  test('an access to released memory: who released it, and where', async () => {
    const release: AnyStep = (memory) => {
      memory.released(DATA, 2);
      return publish;
    };
    const readMore: AnyStep = (memory, op) => {
      op.seen = memory.load(2);
      return null;
    };
    const { violation } = await explore(
      twoThreads(release, readMore, { setup: (memory) => memory.acquired(DATA, 2) }),
      { races: false },
    );
    expect(violation).toMatchObject({ kind: 'released memory' });
    expect(violation?.message).toBe(
      "r: access to more, which was released, in 'readMore' (step 2); released by w in 'release' (step 1)",
    );
  });

  test('a second release: who released it before', async () => {
    const release: AnyStep = (memory) => {
      memory.released(DATA, 1);
      return publish;
    };
    const target = twoThreads(release, release, { setup: (memory) => memory.acquired(DATA, 1) });
    const { violation } = await explore(target, { races: false });
    expect(violation?.message).toMatch(
      /^[wr]: data is released, though it was released before, in 'release' \(step 2\); released by [wr] in 'release' \(step 1\)$/,
    );
  });

  test('two atomic actions in one step: both words, and the step', async () => {
    const twice: AnyStep = (memory) => {
      memory.store(FLAG, 1);
      memory.add(DATA, 1);
      return null;
    };
    const { violation } = await explore(twoThreads(twice, look));
    expect(violation).toMatchObject({ kind: 'two atomic actions' });
    expect(violation?.message).toBe(
      "w: a second atomic action, on data, in one step, in 'twice' (step 1); the first one was on flag",
    );
  });
});

describe('a look at a word that is no access', () => {
  /** Reads at its end what the other thread writes plainly. */
  const looking = (end: (memory: Memory) => unknown): Program => {
    const writer: AnyStep = (memory) => {
      memory.write32(DATA, 7);
      return publish;
    };
    return program<Registers, never>({
      name: 'looking',
      words: 4,
      threads: [
        { name: 'w', registers: () => new Registers(), operations: [{ name: 'write', begin: () => writer }] },
        { name: 'r', registers: () => new Registers(), operations: [{ name: 'read', begin: () => look, end }] },
      ],
      invariants: { 'nothing else': (memory) => [0, 7].includes(peek(memory, DATA)) },
    });
  };

  test('races with nothing, where a plain read does', async () => {
    expect(await explore(looking((memory) => memory.read32(DATA)))).toMatchObject({ violation: { kind: 'data race' } });
    for (const end of [(memory: Memory) => peek(memory, DATA), (memory: Memory) => [...peekAll(memory)]]) {
      expect(await explore(looking(end))).toMatchObject({ verdict: 'ok', exhaustive: true });
    }
  });

  test('is an error where there is no such word, or no such memory', async () => {
    await expect(explore(looking((memory) => peek(memory, 4)))).rejects.toThrow('memory has 4 words');
    expect(() => peekAll({} as Memory)).toThrow('no other');
    expect(peek({ read32: (address: number) => address + 1 } as Memory, 6)).toBe(7);
  });
});
