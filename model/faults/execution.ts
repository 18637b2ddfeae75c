import { ModelError, Violation } from '../errors.ts';
import { hashText } from '../hash.ts';
import type { Memory } from '../memory.ts';
import type { CheckedMemory } from '../program/checked-memory.ts';
import { answerChoices } from '../program/choice.ts';
import { type Call, CHANGE, MEMORY, PRIVATE } from './call.ts';
import type { Host } from './crash-program.ts';
import { type Disk, DiskFault } from './disk.ts';
import { DiskCalls, type DiskShape, DiskState } from './disk-state.ts';
import type { Entry } from './history.ts';
import { type Faults, hostDisk } from './host-disk.ts';
import { hostMemory } from './host-memory.ts';

/** What limits an execution and what it may use up. */
export interface Surroundings extends Faults {
  life: number;
  /** Other threads run, so that an action on shared memory or the disk is a place to stop before. */
  others: boolean;
  /** A crash is possible, so that a change of the disk is a place to stop before. */
  crashes: boolean;
}

const NO_FAULTS: Faults = { failures: 0, shortWrites: 0 };

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

  constructor(shape: DiskShape) {
    this.calls = new DiskCalls(shape, (ways, about) => this.ask(ways, about));
    this.disk = hostDisk(this.calls, shape.unitBytes, {
      call: (kind, weight, make) => this.call(kind, weight, make),
      ask: (ways, about) => this.ask(ways, about),
      note: (text) => this.notes?.push(text()),
      faultsLeft: () => (this.suspended ? NO_FAULTS : this.surroundings),
      used: (fault) => {
        this[fault] += 1;
      },
    });
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

  private memoryOfLife(): CheckedMemory {
    if (this.checked !== null) return this.checked;
    throw new ModelError('RIGHTLINK_MODEL_PROGRAM', 'the code uses shared memory: say how many `words` it has');
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (value === undefined) return '';
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1');
  if (value instanceof DiskFault) return value.message;
  return JSON.stringify(value);
}

function nondeterminism(place: string, before: string, now: string): ModelError {
  return new ModelError(
    'RIGHTLINK_MODEL_NONDETERMINISM',
    `${place} did '${before}' before and does '${now}' now, after the same answers: it keeps state where the checker cannot see it, or depends on time or chance`,
  );
}
