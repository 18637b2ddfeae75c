/** Small programs that must survive crashes, each with what is often forgotten. */
import {
  type CrashMutant,
  type CrashOperation,
  crashProgram,
  type Disk,
  type DurableSpecification,
  type Host,
} from '../../model/index.ts';

type Operation = CrashOperation;

const LOG = '/log';
const RECORD_BYTES = 16;
const UNIT_BYTES = 8;

/** A record: its value, and in another unit the value again, which is right only when the first was written, too. */
function record(value: number, check: number): Uint8Array {
  const words = new Int32Array(RECORD_BYTES / 4);
  words[0] = value;
  words[2] = check;
  return new Uint8Array(words.buffer);
}

function readLog(disk: Disk, file: number, isValid: (value: number, check: number) => boolean): number[] {
  const values: number[] = [];
  const bytes = new Uint8Array(RECORD_BYTES);
  const words = new Int32Array(bytes.buffer);
  while (disk.read(file, values.length * RECORD_BYTES, bytes) === RECORD_BYTES && isValid(words[0], words[2])) {
    values.push(words[0]);
  }
  return values;
}

interface LogCode {
  check: (value: number) => number;
  isValid: (value: number, check: number) => boolean;
  syncsOnAppend?: boolean;
  syncsOnRecovery?: boolean;
}

const checksummed: LogCode = { check: (value) => ~value, isValid: (value, check) => check === ~value };

function append(value: number, code: LogCode): Operation {
  return {
    name: 'append',
    arguments: value,
    run({ disk }) {
      const file = disk.find(LOG);
      const end = readLog(disk, file, code.isValid).length * RECORD_BYTES;
      disk.write(file, end, record(value, code.check(value)));
      if (code.syncsOnAppend !== false) disk.sync(file);
    },
  };
}

function recover(code: LogCode): Operation {
  return {
    name: 'recover',
    run({ disk }) {
      const file = disk.find(LOG);
      const values = readLog(disk, file, code.isValid);
      // What was read may be in the system's cache only.
      if (code.syncsOnRecovery !== false) disk.sync(file);
      return values;
    },
  };
}

const sync: Operation = { name: 'sync', run: ({ disk }) => disk.sync(disk.find(LOG)) };

const listOfValues: DurableSpecification<number[]> = {
  durability: 'strict',
  initial: [],
  apply: (state, { name, arguments: value }) => {
    if (name === 'append') return { state: [...state, Number(value)], result: undefined };
    if (name === 'sync') return { state, result: undefined, durable: true };
    return { state, result: state };
  },
};

function formatLog(disk: Disk): void {
  disk.create(LOG);
}

/** A log whose every append is durable when it returns, under two crashes of each kind and a record more after each. */
export function writeAheadLog(code: Partial<LogCode> = {}) {
  const complete = { ...checksummed, ...code };
  return crashProgram({
    name: 'write-ahead log',
    disk: { unitBytes: UNIT_BYTES },
    format: formatLog,
    threads: [
      { name: 'writer', operations: [append(1, complete), append(2, complete)] },
      { name: 'recovery', lives: 'later', operations: [recover(complete), append(3, complete)] },
    ],
    powerLosses: 2,
    kills: 1,
    specification: listOfValues,
    mutants: { 'no sync': withoutSync },
  });
}

const withoutSync: CrashMutant = { disk: (disk) => ({ ...disk, sync: () => {} }) };

/** The flag only says that a record is there: its unit may reach the disk before the value's. */
export const unchecked: LogCode = { check: () => 1, isValid: (_, flag) => flag === 1 };

/** Appends are durable at the next sync: a crash leaves a prefix that holds what was synced. */
export function bufferedLog(durability: 'strict' | 'buffered', code: Partial<LogCode> = {}) {
  const complete = { ...checksummed, syncsOnAppend: false, ...code };
  return crashProgram({
    name: 'buffered log',
    disk: { unitBytes: UNIT_BYTES },
    format: formatLog,
    threads: [
      { name: 'writer', operations: [append(1, complete), sync, append(2, complete), append(3, complete)] },
      { name: 'recovery', lives: 'later', operations: [recover(complete)] },
    ],
    powerLosses: 2,
    specification: { ...listOfValues, durability },
  });
}

const CONFIG = '/etc/config';

function replace(value: number, syncsFile: boolean, syncsDirectory: boolean): Operation {
  return {
    name: 'replace',
    arguments: value,
    run({ disk }) {
      const aside = disk.create(`${CONFIG}.new`);
      disk.write(aside, 0, new Uint8Array([value]));
      if (syncsFile) disk.sync(aside);
      disk.rename(`${CONFIG}.new`, CONFIG);
      if (syncsDirectory) disk.syncDirectory('/etc');
    },
  };
}

const readConfig: Operation = {
  name: 'read',
  run: ({ disk }) => {
    const bytes = new Uint8Array(4);
    return [...bytes.subarray(0, disk.read(disk.find(CONFIG), 0, bytes))];
  },
};

/** A file replaced by writing another and renaming it. */
export function replacedFile(syncsFile: boolean, syncsDirectory: boolean) {
  return crashProgram<number>({
    name: 'replaced file',
    format: (disk) => void disk.write(disk.create(CONFIG), 0, new Uint8Array([1])),
    threads: [
      { name: 'writer', operations: [replace(2, syncsFile, syncsDirectory)] },
      { name: 'reader', lives: 'later', operations: [readConfig] },
    ],
    specification: {
      durability: 'strict',
      initial: 1,
      apply: (state, { name, arguments: value }) =>
        name === 'replace' ? { state: Number(value), result: undefined } : { state, result: [state] },
    },
  });
}

/** A log that answers a failed sync by trying again. */
export function stubbornLog(retries: boolean) {
  const persistent: Operation = {
    name: 'append',
    arguments: 1,
    run({ disk }: Host) {
      const file = disk.find(LOG);
      try {
        disk.write(file, 0, record(1, ~1));
      } catch {
        return 'failed';
      }
      for (;;) {
        try {
          disk.sync(file);
          return 'durable';
        } catch {
          if (!retries) return 'failed';
        }
      }
    },
  };
  return crashProgram<number[]>({
    name: 'failing sync',
    disk: { unitBytes: UNIT_BYTES },
    format: formatLog,
    threads: [
      { name: 'writer', operations: [persistent] },
      { name: 'recovery', lives: 'later', operations: [recover({ ...checksummed, syncsOnRecovery: false })] },
    ],
    failures: 1,
    specification: {
      durability: 'buffered',
      initial: [],
      apply: (state, { name }) =>
        name === 'append'
          ? [
              { state: [1], result: 'durable', durable: true },
              { state: [1], result: 'failed' },
              { state: [], result: 'failed' },
            ]
          : { state, result: state },
    },
  });
}
