import type { Memory } from '../memory.ts';
import type { CheckedMemory } from '../program/checked-memory.ts';
import { type Call, MEMORY, PRIVATE } from './call.ts';

/** Memory whose every access is a call of the code that is run. */
export function hostMemory(call: Call, memoryOfLife: () => CheckedMemory): Memory {
  const atomic = <T>(kind: string, make: (memory: CheckedMemory) => T): T =>
    call(kind, MEMORY, () => {
      const memory = memoryOfLife();
      memory.atomics = 0;
      return make(memory);
    });
  const plain = <T>(kind: string, make: (memory: CheckedMemory) => T): T =>
    call(kind, PRIVATE, () => {
      const memory = memoryOfLife();
      memory.atomics = 0;
      return make(memory);
    });
  return {
    load: (address) => atomic(`load ${address}`, (memory) => memory.load(address)),
    store: (address, value) => atomic(`store ${address} ${value}`, (memory) => memory.store(address, value)),
    compareExchange: (address, expected, value) =>
      atomic(`compareExchange ${address} ${expected} ${value}`, (memory) =>
        memory.compareExchange(address, expected, value),
      ),
    add: (address, delta) => atomic(`add ${address} ${delta}`, (memory) => memory.add(address, delta)),
    wait: (address, expected, timeoutMs) =>
      atomic(`wait ${address} ${expected}`, (memory) => memory.wait(address, expected, timeoutMs)),
    notify: (address, count) => atomic(`notify ${address} ${count}`, (memory) => memory.notify(address, count)),
    read32: (address) => plain('read32', (memory) => memory.read32(address)),
    write32: (address, value) => plain('write32', (memory) => memory.write32(address, value)),
    read16: (address) => plain('read16', (memory) => memory.read16(address)),
    write16: (address, value) => plain('write16', (memory) => memory.write16(address, value)),
    read8: (address) => plain('read8', (memory) => memory.read8(address)),
    write8: (address, value) => plain('write8', (memory) => memory.write8(address, value)),
    copy: (target, source, words) => plain('copy', (memory) => memory.copy(target, source, words)),
    readBytes: (address, target, offset, length) => {
      const bytes = plain('readBytes', (memory) => {
        const found = new Uint8Array(length);
        memory.readBytes(address, found, 0, length);
        return found;
      });
      target.set(bytes, offset);
    },
    writeBytes: (address, source, offset, length) =>
      plain('writeBytes', (memory) => memory.writeBytes(address, source, offset, length)),
    acquired: (address, words) => plain('acquired', (memory) => memory.acquired(address, words)),
    released: (address, words) => plain('released', (memory) => memory.released(address, words)),
  };
}
