import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SharedMemory } from '../../pagecache/memory.ts';
import { addressOf, isStub, stubWord } from '../../pagecache/page-word.ts';
import {
  STUB_BYTES,
  STUB_CHECKSUM,
  STUB_RIGHT,
  STUB_SLOT,
  stubHighAt,
  stubHighBytes,
  stubImageId,
  stubNeighbour,
  stubNewestLsn,
  stubTrimAt,
  stubTrimBytes,
  stubValues,
  stubValuesAt,
  stubWords,
  writeStub,
} from '../../pagecache/stub.ts';

const uint53 = fc.nat(Number.MAX_SAFE_INTEGER);
const key = fc.option(fc.uint8Array({ maxLength: 30 }));

it('a stub says what was written to it, and no more words than it takes', () => {
  const fields = fc.record({
    slot: fc.nat(2 ** 30 - 1),
    imageBytes: fc.nat(2 ** 20),
    checksum: fc.nat(2 ** 32 - 1),
    imageId: uint53,
    newestLsn: uint53,
    right: fc.nat(2 ** 28 - 1),
    neighbour: uint53,
  });
  const values = fc.array(fc.nat(2 ** 30 - 1), { maxLength: 9 });
  const check = fc.property(fields, key, key, values, (some, high, trim, slots) => {
    const memory = SharedMemory.allocate(256);
    for (let i = 0; i < 256; i++) memory.write32(i, 0x55555555);
    const stub = 64;
    const highBytes = high?.length ?? -1;
    const trimBytes = trim?.length ?? -1;
    writeStub(memory, stub, { ...some, highBytes, trimBytes, valueCount: slots.length });
    memory.writeBytes(stubHighAt(stub), high ?? new Uint8Array(0), 0, high?.length ?? 0);
    memory.writeBytes(stubTrimAt(memory, stub), trim ?? new Uint8Array(0), 0, trim?.length ?? 0);
    slots.forEach((slot, i) => {
      memory.write32(stubValuesAt(memory, stub) + i, slot);
    });

    expect(isStub(stubWord(stub)) && addressOf(stubWord(stub)) === stub).toBe(true);
    expect(memory.read32(stub + STUB_SLOT)).toBe(some.slot);
    expect(memory.read32(stub + STUB_BYTES)).toBe(some.imageBytes);
    expect(memory.read32(stub + STUB_CHECKSUM) >>> 0).toBe(some.checksum);
    expect(memory.read32(stub + STUB_RIGHT)).toBe(some.right);
    expect(stubImageId(memory, stub)).toBe(some.imageId);
    expect(stubNewestLsn(memory, stub)).toBe(some.newestLsn);
    expect(stubNeighbour(memory, stub)).toBe(some.neighbour);
    expect([stubHighBytes(memory, stub), stubTrimBytes(memory, stub)]).toEqual([highBytes, trimBytes]);
    const found = new Uint8Array(Math.max(highBytes, 0));
    memory.readBytes(stubHighAt(stub), found, 0, found.length);
    expect(found).toEqual(high ?? new Uint8Array(0));
    expect(slots.map((_, i) => memory.read32(stubValuesAt(memory, stub) + i))).toEqual(slots);
    expect(stubValues(memory, stub)).toBe(slots.length);

    const end = stub + stubWords(highBytes, trimBytes, slots.length);
    expect(stubValuesAt(memory, stub) + slots.length).toBe(end);
    for (let i = 0; i < 256; i++) if (i <= stub || i >= end) expect(memory.read32(i)).toBe(0x55555555);
  });
  fc.assert(check, { numRuns: 200 });
});
