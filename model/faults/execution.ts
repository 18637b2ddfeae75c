import { ModelError, Violation } from '../errors.ts';
import { hashText } from '../hash.ts';
import type { Memory } from '../memory.ts';
import type { CheckedMemory } from '../program/checked-memory.ts';
import { answerChoices } from '../program/choice.ts';
import { type Call, CHANGE, LOOK, MEMORY, PRIVATE } from './call.ts';
import type { Host } from './crash-program.ts';
import { type Disk, DiskFault } from './disk.ts';
import { DiskCalls, type DiskShape, DiskState } from './disk-state.ts';
import type { Entry } from './history.ts';
import { hostMemory } from './host-memory.ts';
import { directoryOf } from './names-state.ts';

/** What limits an execution and what it may use up. */
export interface Surroundings {
  life: number;
  /** Other threads run, so that an action on shared memory or the disk is a place to stop before. */
  others: boolean;
  /** A crash is possible, so that a change of the disk is a place to stop before. */
  crashes: boolean;
  failures: number;
  shortWrites: number;
}

/** After so many exceptions that did not stop the code, its calls work again, to no effect. */
const PATIENCE = 100;

/** More private calls in a row than this are taken for an endless loop. */
const CALLS = 200_000;

/** Thrown through the code under test to stop it; whatever it does with that, it cannot go on. */
class Suspended extends Error {}

/**
 * Runs plain code up to its next visible action. The code starts from the beginning every time: what it did before is answered from
 * its history, then one action happens, with everything behind it that nobody else can see, and then the code is stopped.
 */
export class Execution implements Host {
  life = 1;
  readonly memory: Memory;
  readonly disk: Disk;
  readonly calls: DiskCalls;
  /** What happened in this run, to be added to the history. */
  happened: Entry[] = [];
  /** In how many ways the one choice of this run could have gone. */
  ways = 1;
  /** The code was stopped before its end. */
  suspended = false;
  /** Failures and short writes used up. */
  failures = 0;
  shortWrites = 0;
  /** For traces. */
  notes: string[] | null = null;
  /** Set by the machine when the running thread falls asleep. */
  asleep = false;

  private checked: CheckedMemory | null = null;
  private surroundings: Surroundings = { life: 1, others: false, crashes: false, failures: 0, shortWrites: 0 };
  private past: readonly Entry[] = [];
  private position = 0;
  private answer = 0;
  private answered = false;
  private acted = false;
  private randoms = 0;
  private stoppedAt: DiskState = DiskState.empty;
  private swallowed = 0;
  private place = '';
  private readonly unitBytes: number;

  constructor(shape: DiskShape) {
    this.unitBytes = shape.unitBytes;
    this.calls = new DiskCalls(shape, (ways, about) => this.ask(ways, about));
    this.disk = this.makeDisk();
    const call: Call = (kind, weight, make) => this.call(kind, weight, make);
    this.memory = hostMemory(call, () => this.memoryOfLife());
  }

  /** The disk as the run leaves it. */
  get diskState(): DiskState {
    return this.suspended ? this.stoppedAt : this.calls.state;
  }

  get bytes(): Uint8Array {
    return this.memoryOfLife().rawBytes;
  }

  /**
   * Gets ready to run code that has this history; its next choice gets `answer`.
   *
   * @param place names thread and operation: random bits depend on it
   */
  prepare(
    past: readonly Entry[],
    answer: number,
    around: Surroundings,
    memory: CheckedMemory | null,
    place: string,
  ): void {
    this.past = past;
    this.answer = answer;
    this.surroundings = around;
    this.life = around.life;
    this.checked = memory;
    this.place = place;
    this.position = 0;
    this.happened = [];
    this.ways = 1;
    this.suspended = false;
    this.swallowed = 0;
    this.asleep = false;
    this.failures = 0;
    this.shortWrites = 0;
    this.answered = false;
    this.acted = false;
    this.randoms = 0;
  }

  /** Runs the code; null when it was stopped on the way. @throws what the code throws */
  run<T>(code: () => T): { result: T } | null {
    answerChoices((ways) => this.choose(ways));
    try {
      const result = code();
      return this.suspended ? null : { result };
    } catch (error) {
      if (this.suspended) return null;
      throw error;
    } finally {
      answerChoices(null);
    }
  }

  /** The same with another disk in front of the real one. */
  withDisk(disk: Disk): Host {
    return {
      disk,
      memory: this.memory,
      life: this.life,
      bytes: this.checked === null ? new Uint8Array(0) : this.bytes,
      choose: (ways) => this.choose(ways),
      random: (target) => this.random(target),
    };
  }

  choose(ways: number): number {
    return this.call('choose', PRIVATE, () => this.ask(ways, (way) => `chooses ${way} of ${ways}`));
  }

  random(target: Uint32Array): void {
    for (let i = 0; i < target.length; i++) {
      this.randoms += 1;
      target[i] = hashText(`${this.life} ${this.place} ${this.randoms}`);
    }
  }

  /** One call of the code: answered from the history, or made. */
  private call<T>(kind: string, weight: number, make: () => T): T {
    if (this.suspended) return this.callAfterwards(weight, make);
    if (this.position < this.past.length) {
      const entry = this.past[this.position];
      this.position += 1;
      if (entry.kind !== kind) throw nondeterminism(this.place, entry.kind, kind);
      if (entry.value instanceof DiskFault) throw entry.value;
      return entry.value as T;
    }
    const { others, crashes } = this.surroundings;
    const visible = weight === CHANGE ? others || crashes : weight !== PRIVATE && others;
    if (this.asleep || (this.acted && visible)) this.suspend();
    if (visible) this.acted = true;
    let value: T | DiskFault;
    try {
      value = make();
    } catch (error) {
      if (!(error instanceof DiskFault)) throw error;
      value = error;
    }
    this.happened.push({ kind, value, text: textOf(value) });
    if (this.happened.length > CALLS) {
      throw new Violation('progress', `${CALLS} calls in a row that nobody else could notice`);
    }
    if (value instanceof DiskFault) throw value;
    return value;
  }

  private ask(ways: number, about: (answer: number) => string): number {
    if (this.suspended) return 0;
    if (!Number.isInteger(ways) || ways < 1) {
      throw new ModelError('RIGHTLINK_MODEL_CHOICE', `choose(${ways}): there must be at least one way`);
    }
    if (ways === 1) return 0;
    if (this.answered) this.suspend();
    this.answered = true;
    this.acted = true;
    this.ways = ways;
    this.notes?.push(about(this.answer));
    return this.answer;
  }

  /** The code does not let itself be stopped: it may try again until something works. So it does, and nothing of it counts. */
  private callAfterwards<T>(weight: number, make: () => T): T {
    this.swallowed += 1;
    if (this.swallowed < PATIENCE || weight === MEMORY || weight === PRIVATE) throw new Suspended();
    return make();
  }

  private suspend(): never {
    this.suspended = true;
    this.stoppedAt = this.calls.state;
    this.notes = null;
    throw new Suspended();
  }

  private makeDisk(): Disk {
    const { calls } = this;
    const look = <T>(text: () => string, make: () => T): T =>
      this.call('look', LOOK, () => {
        const value = make();
        this.notes?.push(`${text()} → ${shown(value)}`);
        return value;
      });
    const change = <T>(kind: string, text: () => string, make: () => T): T =>
      this.call(kind, CHANGE, () => {
        const note = text();
        const value = make();
        this.notes?.push(note);
        return value;
      });
    const existing = (operation: string, path: string): number => {
      const file = calls.find(path);
      if (file === 0) throw new DiskFault('ENOENT', operation, path);
      return file;
    };
    return {
      find: (path) =>
        look(
          () => `finds ${path}`,
          () => calls.find(path),
        ),
      list: (directory) =>
        look(
          () => `lists ${directory}`,
          () => calls.list(directory),
        ),
      size: (file) =>
        look(
          () => `size of ${calls.nameOf(file)}`,
          () => calls.size(file),
        ),
      create: (path) =>
        change(
          'create',
          () => `creates ${path}`,
          () => (calls.find(path) === 0 ? calls.create(path) : 0),
        ),
      rename: (from, to) =>
        change(
          'rename',
          () => `renames ${from} to ${to}`,
          () => {
            sameDirectory(from, to);
            calls.rename(from, to, existing('rename', from));
          },
        ),
      link: (from, to) =>
        change(
          'link',
          () => `links ${from} as ${to}`,
          () => {
            const file = existing('link', from);
            if (calls.find(to) !== 0) return false;
            calls.link(to, file);
            return true;
          },
        ),
      remove: (path) =>
        change(
          'remove',
          () => `removes ${path}`,
          () => {
            existing('remove', path);
            calls.remove(path);
          },
        ),
      syncDirectory: (path) =>
        change(
          'sync directory',
          () => `syncs directory ${path}`,
          () => calls.syncDirectory(path),
        ),
      truncate: (file, size) =>
        change(
          'truncate',
          () => `truncates ${calls.nameOf(file)} to ${size}`,
          () => calls.truncate(file, size),
        ),
      read: (file, position, target) => {
        const bytes = this.call('read', LOOK, () => {
          const length = Math.max(0, Math.min(target.length, calls.size(file) - position));
          const found = new Uint8Array(length);
          calls.read(file, position, found);
          this.notes?.push(`reads ${calls.nameOf(file)} from ${position} to ${position + length}`);
          return found;
        });
        target.set(bytes);
        return bytes.length;
      },
      write: (file, position, bytes) => this.write(file, position, bytes),
      sync: (file) => this.sync(file),
    };
  }

  private write(file: number, position: number, bytes: Uint8Array): number {
    const { calls } = this;
    return this.call('write', CHANGE, () => {
      calls.decideForWrite(file, position, bytes.length);
      const lengths = this.lengthsOf(position, bytes.length);
      const answer = this.ask(lengths.length, (way) =>
        lengths[way] < 0 ? 'a write fails' : `${lengths[way]} bytes are written`,
      );
      const length = lengths[answer];
      const name = calls.nameOf(file);
      if (length < 0) {
        this.failures += 1;
        throw new DiskFault('ENOSPC', 'write', name);
      }
      if (length < bytes.length) this.shortWrites += 1;
      calls.write(file, position, bytes.subarray(0, length));
      this.notes?.push(`writes ${name} from ${position} to ${position + length}`);
      return length;
    });
  }

  /** How many bytes a write may write, all of them first; −1: it fails. */
  private lengthsOf(position: number, bytes: number): number[] {
    const lengths = [bytes];
    if (this.suspended) return lengths;
    if (this.surroundings.shortWrites > 0) {
      const { unitBytes } = this;
      for (let length = unitBytes - (position % unitBytes); length < bytes; length += unitBytes) lengths.push(length);
    }
    if (this.surroundings.failures > 0) lengths.push(-1);
    return lengths;
  }

  private sync(file: number): void {
    const { calls } = this;
    this.call('sync', CHANGE, () => {
      const name = calls.nameOf(file);
      const fails =
        !this.suspended &&
        this.surroundings.failures > 0 &&
        this.ask(2, (way) => (way === 0 ? 'works' : 'fails')) === 1;
      this.notes?.push(`${fails ? 'fails to sync' : 'syncs'} ${name}`);
      if (!fails) return calls.sync(file);
      this.failures += 1;
      calls.failSync(file);
      throw new DiskFault('EIO', 'sync', name);
    });
  }

  private memoryOfLife(): CheckedMemory {
    if (this.checked !== null) return this.checked;
    throw new ModelError('RIGHTLINK_MODEL_PROGRAM', 'the code uses shared memory: say how many `words` it has');
  }
}

function sameDirectory(from: string, to: string): void {
  if (directoryOf(from) === directoryOf(to)) return;
  throw new ModelError(
    'RIGHTLINK_MODEL_PROGRAM',
    `${from} gets the name ${to}: names in two directories are not modelled`,
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  if (value instanceof DiskFault) return value.message;
  return JSON.stringify(value);
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') || 'nothing' : String(value);
}

function nondeterminism(place: string, before: string, now: string): ModelError {
  return new ModelError(
    'RIGHTLINK_MODEL_NONDETERMINISM',
    `${place} did '${before}' before and does '${now}' now, after the same answers: it keeps state where the checker cannot see it, or depends on time or chance`,
  );
}
