import { problemOf, Violation } from '../errors.ts';
import { mixHigh, mixLow } from '../hash.ts';
import { DurableLinearizer } from '../judge/durability.ts';
import { textOf } from '../judge/intern.ts';
import type { PendingCall } from '../judge/linearizability.ts';
import type { Coverage, Machine, Moves, Problem } from '../machine.ts';
import { argumentsText } from '../program/calls.ts';
import { CheckedMemory } from '../program/checked-memory.ts';
import type { Access, StepStatus, Told } from '../trace/trace.ts';
import type { CrashOperation, CrashProgram, CrashThread } from './crash-program.ts';
import type { DiskState } from './disk-state.ts';
import type { Surroundings } from './execution.ts';
import { ANSWERS, KILL, POWER_LOSS, TIMEOUT, threadMove } from './move.ts';
import { type Run, Runner } from './runner.ts';
import {
  ASLEEP_TIMED,
  BUSY,
  CrashState,
  DISK,
  FAILURES,
  FINISHED,
  HISTORY,
  KILLS,
  LIFE,
  LINEAR,
  OPERATION,
  POWER_LOSSES,
  READY,
  SHORT_WRITES,
  STATUS,
} from './state.ts';

/** Position of the state's words in the hash, beyond memory. */
const STATE_POSITION = 1 << 28;

type AnyThread = CrashThread<unknown>;
type AnyOperation = CrashOperation<unknown>;

/** What the machine needs to take a move back. */
interface Frame {
  words: Int32Array;
  memoryMark: number;
  memoryLow: number;
  memoryHigh: number;
}

/** A crash program as a search sees it. */
export class CrashMachine implements Machine {
  readonly name: string;
  readonly actors: readonly string[];
  readonly goals: readonly string[] = [];
  readonly initialStates = 1;
  low = 0;
  high = 0;

  private readonly program: CrashProgram;
  private readonly threads: readonly AnyThread[];
  private readonly runner: Runner;
  private readonly linearizer: DurableLinearizer | null;
  private readonly calls: readonly (readonly (PendingCall | null)[])[];
  /** By life. */
  private readonly memories: (CheckedMemory | null)[];

  private readonly state: CrashState;
  private readonly frames: Frame[] = [];
  private ways = 1;
  /** All operations by name, those of one thread after those of the other; which of them ever ended. */
  private readonly operations: string[] = [];
  private readonly firstOperation: number[] = [];
  private readonly ran = new Set<number>();
  private mover = 0;
  private problem: Problem | null = null;
  private told: (Partial<Told> & { notes: string[] }) | null = null;

  constructor(program: CrashProgram, mutant: string | undefined) {
    this.program = program;
    this.name = program.name;
    this.threads = program.threads as unknown as readonly AnyThread[];
    this.actors = [...this.threads.map((thread) => thread.name), 'crash'];
    this.runner = new Runner(program, mutant === undefined ? {} : (program.mutants?.[mutant] ?? {}));
    this.linearizer = program.specification === undefined ? null : new DurableLinearizer(program.specification);
    this.calls = this.threads.map(callsOf);
    for (const { name, operations } of this.threads) {
      this.firstOperation.push(this.operations.length);
      this.operations.push(...operations.map((operation) => `${name}: ${operation.name}${argumentsText(operation)}`));
    }
    this.state = new CrashState(this.threads.length);
    const { powerLosses = 1, kills = 0, failures = 0, shortWrites = 0 } = program;
    this.memories = Array.from({ length: powerLosses + kills + 1 }, (_, i) => this.memoryFor(i + 1));
    this.words.set([this.runner.format(), 0, powerLosses, kills, failures, shortWrites]);
    if (program.specification !== undefined && this.linearizer !== null) {
      this.words[LINEAR] = this.linearizer.start(program.specification.initial, this.threads.length);
    }
    this.beginLife();
    this.refresh();
  }

  enter(): void {
    while (this.frames.length > 0) this.undo();
  }

  expand(moves: Moves): void {
    moves.clear();
    for (let thread = 0; thread < this.threads.length; thread++) {
      const status = this.get(thread, STATUS);
      if (status === READY) this.tryAll(thread, moves);
      else if (status === ASLEEP_TIMED) this.tryMove(threadMove(thread, TIMEOUT), moves);
    }
    if (this.words[POWER_LOSSES] > 0) this.tryMove(POWER_LOSS, moves);
    if (this.words[KILLS] > 0) this.tryMove(KILL, moves);
  }

  apply(move: number): void {
    const memory = this.memory;
    this.frames.push({
      words: this.words.slice(),
      memoryMark: memory?.mark ?? 0,
      memoryLow: memory?.low ?? 0,
      memoryHigh: memory?.high ?? 0,
    });
    this.problem = null;
    const actor = this.actorOf(move);
    const answer = move % ANSWERS;
    this.mover = actor;
    if (actor === this.threads.length) this.crash(move === POWER_LOSS);
    else if (answer === TIMEOUT) this.wakeUp(actor, 'its wait timed out');
    else this.runThread(actor, answer);
    this.refresh();
  }

  undo(): void {
    const frame = this.frames.pop();
    if (frame === undefined) return;
    this.state.words = frame.words;
    const memory = this.memory;
    if (memory !== null) {
      memory.rollBack(frame.memoryMark);
      memory.low = frame.memoryLow;
      memory.high = frame.memoryHigh;
    }
    this.refresh();
  }

  judge(): Problem | null {
    const { invariants } = this.program;
    const { memory } = this;
    if (invariants === undefined || memory === null) return null;
    for (const name in invariants) {
      memory.writable = false;
      let verdict: boolean | string;
      try {
        verdict = invariants[name](memory, this.words[LIFE]);
      } catch (error) {
        verdict = `the invariant threw ${error}`;
      } finally {
        memory.writable = true;
      }
      if (verdict === true) continue;
      return { kind: 'invariant', name, message: typeof verdict === 'string' ? `${name}: ${verdict}` : name };
    }
    return null;
  }

  judgeEnd(): Problem | null {
    const stuck = this.actors.filter((_, i) => i < this.threads.length && this.state.isAsleep(i));
    if (stuck.length === 0) return null;
    return { kind: 'deadlock', name: 'deadlock', message: `asleep for ever: ${stuck.join(', ')}` };
  }

  exact(): string {
    const parts = [...this.words].map((word, index) => this.textOf(index, word));
    return `${parts.join('\n')}\n${this.memory?.text() ?? ''}`;
  }

  reached(): boolean {
    return false;
  }

  tell(move: number): Told {
    const accesses: Access[] = [];
    const notes: string[] = [];
    const { memory } = this;
    const { execution } = this.runner;
    if (memory !== null) memory.recorded = accesses;
    execution.notes = notes;
    this.told = { notes };
    this.apply(move);
    if (memory !== null) memory.recorded = null;
    execution.notes = null;
    const { begins, returns } = this.told;
    this.told = null;
    const label = notes.length > 0 && accesses.length === 0 ? (notes.shift() ?? '') : 'goes on';
    return {
      actor: this.mover,
      ...(begins === undefined ? {} : { begins }),
      label,
      accesses,
      ...(returns === undefined ? {} : { returns }),
      notes,
      status: this.statusOf(this.mover),
      state: this.picture(),
    };
  }

  picture(): string {
    return this.disk.describe();
  }

  actorOf(move: number): number {
    return Math.min(Math.floor(move / ANSWERS), this.threads.length);
  }

  /** Of a crash program: which operations ever came to their end. */
  coverage(): Coverage {
    const { ran } = this;
    return {
      ran: this.operations.filter((_, i) => ran.has(i)),
      neverRun: this.operations.filter((_, i) => !ran.has(i)),
    };
  }

  marks(): number[] {
    return this.operations.map((_, i) => (this.ran.has(i) ? 1 : 0));
  }

  restoreMarks(marks: readonly number[]): void {
    for (const [i, mark] of marks.entries()) if (mark === 1) this.ran.add(i);
  }

  /** For the memory: the running thread sleeps before its next call. */
  sleep(address: number, timeoutMs: number): void {
    this.state.sleep(this.mover, address, Number.isFinite(timeoutMs));
    this.runner.execution.asleep = true;
    this.told?.notes.push('falls asleep');
  }

  /** For the memory: wakes the threads that slept longest on a word. */
  wake(address: number, count: number): void {
    for (let woken = 0; woken < count; woken++) {
      const first = this.state.firstSleeper(address);
      if (first < 0) return;
      this.wakeUp(first, `wakes ${this.actors[first]}`);
    }
  }

  private get memory(): CheckedMemory | null {
    return this.memories[this.words[LIFE] - 1];
  }

  private get disk(): DiskState {
    return this.runner.diskAt(this.words[DISK]);
  }

  private get words(): Int32Array {
    return this.state.words;
  }

  private get(thread: number, word: number): number {
    return this.state.get(thread, word);
  }

  private put(thread: number, word: number, value: number): void {
    this.state.put(thread, word, value);
  }

  private memoryFor(life: number): CheckedMemory | null {
    const { words, setup, names } = this.program;
    if (words === undefined) return null;
    const memory = new CheckedMemory(words, this, names ?? ((address) => `[${address}]`), undefined);
    memory.unchecked = true;
    setup?.(memory, life);
    memory.unchecked = false;
    memory.forget();
    return memory;
  }

  private beginLife(): void {
    this.words[LIFE] += 1;
    for (const [i, { lives = 'first' }] of this.threads.entries()) {
      const runs = lives === 'every' || (lives === 'first') === (this.words[LIFE] === 1);
      this.state.reset(i, runs ? READY : FINISHED);
    }
  }

  private tryAll(thread: number, moves: Moves): void {
    let ways = 1;
    for (let answer = 0; answer < ways; answer++) {
      this.tryMove(threadMove(thread, answer), moves);
      ways = this.ways;
    }
  }

  private tryMove(move: number, moves: Moves): void {
    this.apply(move);
    if (this.problem === null) moves.push(move, this.low, this.high);
    else moves.problems.push({ move, problem: this.problem });
    this.undo();
  }

  private runThread(thread: number, answer: number): void {
    const { words } = this;
    const operation = this.runner.operationAt(thread, this.get(thread, OPERATION));
    if (this.get(thread, BUSY) === 0) this.tellBegin(operation);
    this.put(thread, BUSY, 1);
    const run = this.run(thread, answer);
    this.ways = run.ways;
    words[DISK] = run.disk;
    words[FAILURES] -= run.failures;
    words[SHORT_WRITES] -= run.shortWrites;
    this.put(thread, HISTORY, run.history);
    this.problem = run.problem;
    if (run.ended === null || run.problem !== null) return;
    try {
      this.endOperation(thread, operation, run.ended.result);
    } catch (error) {
      this.problem = problemOf(error, this.actors[thread]);
    }
  }

  private run(thread: number, answer: number): Run {
    const { runner, memory } = this;
    const operation = this.get(thread, OPERATION);
    const place = { thread, operation, history: this.get(thread, HISTORY), disk: this.words[DISK] };
    const around = this.surroundings(thread);
    if (memory !== null || this.told !== null) return runner.run(place, answer, around, memory);
    return runner.runOrRecall(place, answer, around);
  }

  private surroundings(thread: number): Surroundings {
    const { words } = this;
    const others = this.threads.some((_, i) => i !== thread && this.get(i, STATUS) !== FINISHED);
    return {
      life: words[LIFE],
      others,
      crashes: words[POWER_LOSSES] + words[KILLS] > 0,
      failures: words[FAILURES],
      shortWrites: words[SHORT_WRITES],
    };
  }

  private endOperation(thread: number, operation: AnyOperation, result: unknown): void {
    const done = this.get(thread, OPERATION);
    this.ran.add(this.firstOperation[thread] + done);
    this.tellReturn(operation.name, result);
    if (operation.internal !== true && this.linearizer !== null) {
      const before = this.words[LINEAR];
      const next = this.linearizer.returned(before, thread, result, this.pending());
      if (next < 0) {
        const could = this.linearizer.describe(before);
        throw new Violation(
          'linearizability',
          `${operation.name} returned ${textOf(result)}, which no order of the operations and no legal crash explains; before it, the specification could be in: ${could}`,
        );
      }
      this.words[LINEAR] = next;
    }
    this.put(thread, BUSY, 0);
    this.put(thread, OPERATION, done + 1);
    if (this.threads[thread].local === undefined) this.put(thread, HISTORY, 0);
    if (done + 1 === this.threads[thread].operations.length) this.state.reset(thread, FINISHED);
  }

  private crash(powerLoss: boolean): void {
    const { words, linearizer } = this;
    this.told?.notes.push(powerLoss ? 'power is lost' : 'all threads are killed');
    words[powerLoss ? POWER_LOSSES : KILLS] -= 1;
    if (linearizer !== null) words[LINEAR] = linearizer.crashed(words[LINEAR], this.pending());
    words[DISK] = this.runner.numberOf(powerLoss ? this.disk.afterPowerLoss() : this.disk.afterKill());
    this.beginLife();
  }

  private pending(): (PendingCall | null)[] {
    return this.threads.map((_, i) =>
      this.get(i, BUSY) === 1 ? (this.calls[i][this.get(i, OPERATION)] ?? null) : null,
    );
  }

  private wakeUp(thread: number, why: string): void {
    this.state.wake(thread);
    this.told?.notes.push(why);
  }

  private tellBegin(operation: AnyOperation): void {
    if (this.told !== null) this.told.begins = `${operation.name}${argumentsText(operation)}`;
  }

  private tellReturn(operation: string, result: unknown): void {
    if (this.told === null) return;
    this.told.returns = { operation, ...(result === undefined ? {} : { result: textOf(result) }) };
  }

  private statusOf(actor: number): StepStatus {
    if (actor === this.threads.length) return 'crash';
    if (this.state.isAsleep(actor)) return 'asleep';
    return this.get(actor, STATUS) === FINISHED ? 'finished' : 'ready';
  }

  private refresh(): void {
    const { words, memory } = this;
    let low = memory?.low ?? 0;
    let high = memory?.high ?? 0;
    for (let i = 0; i < words.length; i++) {
      low = (low + mixLow(STATE_POSITION + i, this.lowOf(i, words[i]))) | 0;
      high = (high + mixHigh(STATE_POSITION + i, this.highOf(i, words[i]))) | 0;
    }
    this.low = low;
    this.high = high;
  }

  private lowOf(index: number, word: number): number {
    if (index === DISK) return this.runner.disks.low(word);
    if (index === LINEAR) return this.linearizer?.hash(word) ?? 0;
    return this.state.isHistory(index) ? this.runner.histories.low(word) : word;
  }

  private highOf(index: number, word: number): number {
    if (index === DISK) return this.runner.disks.high(word);
    if (index === LINEAR) return this.linearizer?.hash(word) ?? 0;
    return this.state.isHistory(index) ? this.runner.histories.high(word) : word;
  }

  private textOf(index: number, word: number): string {
    if (index === DISK) return this.runner.disks.texts[word];
    if (index === LINEAR) return this.linearizer?.text(word) ?? '';
    return this.state.isHistory(index) ? this.runner.histories.text(word) : String(word);
  }
}

function callsOf(thread: AnyThread, index: number): (PendingCall | null)[] {
  return thread.operations.map((operation, position) => {
    if (operation.internal === true) return null;
    const id = (index + 1) * 4096 + position;
    return { id, name: operation.name, arguments: operation.arguments, thread: thread.name };
  });
}
