import { CheckedMemory } from './checked-memory.ts';
import { answerChoices, Outcomes } from './choice.ts';
import { ModelError, Violation } from './errors.ts';
import { ENTRY, Footprint, floatHigh, floatLow } from './footprint.ts';
import { mixHigh, mixLow } from './hash.ts';
import { Interner, textOf } from './judge/intern.ts';
import { Linearizer, type PendingCall } from './judge/linearizability.ts';
import { findRace } from './judge/races.ts';
import { type Machine, type Moves, type Problem, widened } from './machine.ts';
import type { Step } from './memory.ts';
import { Mutation, mutantOf } from './mutation.ts';
import type { Operation, Program, ProgramInvariant, ProgramState, Thread, ThreadView } from './program.ts';
import { functionHash, RegisterFile } from './registers.ts';
import type { Access, TraceStep } from './trace/trace.ts';

type AnyStep = Step<object>;
type AnyThread = Thread<object>;

/** How a program is run by its machine. */
export interface ProgramOptions {
  /** Report data races. */
  races: boolean;
  /** Let a transition without any shared action go first, alone. */
  reduce: boolean;
  mutant?: string;
}

// A move: thread, kind, and the outcome of its choices.
const OUTCOMES = 1 << 20;
const STEP = 0;
const TIMEOUT = 1;
const DEATH = 2;
const KINDS = 4;

// Control words of a thread.
const STATUS = 0;
const OPERATION = 1;
const ALTERNATIVE = 2;
const SLEEP_ADDRESS = 3;
const SLEEP_RANK = 4;
const RESULTS = 5;
const FLOAT_FROM = 6;
const FLOAT_TO = 7;
const CONTROL_WORDS = 8;

const READY = 0;
const ASLEEP = 1;
const ASLEEP_TIMED = 2;
const FINISHED = 3;
const DEAD = 4;
const UNBORN = 5;
const STATUS_NAMES = ['ready', 'asleep', 'asleep', 'finished', 'dead', 'waiting to start'] as const;

// Frame words, before the control words and after them.
const FRAME_WORDS = 14;

/** Position of control words in the hash, beyond memory and registers. */
const CONTROL_POSITION = 1 << 28;
const STEP_POSITION = CONTROL_POSITION + (1 << 20);

/** More private steps in a row than this are taken for an endless loop. */
const PRIVATE_STEPS = 100_000;

/** A program of step functions as a search sees it. */
export class ProgramMachine implements Machine {
  readonly name: string;
  readonly actors: readonly string[];
  readonly goals: readonly string[];
  readonly initialStates = 1;
  low = 0;
  high = 0;

  private readonly program: Program;
  private readonly threads: readonly AnyThread[];
  private readonly options: ProgramOptions;
  private readonly memory: CheckedMemory;
  private readonly files: RegisterFile[];
  private readonly current: (AnyStep | null)[];
  private readonly mutation: Mutation | null;
  private readonly linearizer: Linearizer | null;
  private readonly recordsResults: boolean;
  private readonly resultLists = new Interner();
  private readonly resultValues: (readonly unknown[])[] = [];
  private readonly pending: (PendingCall | null)[];
  private readonly calls: PendingCall[][][];
  private readonly outcomes = new Outcomes();
  private readonly view: ProgramState;
  private readonly ran = new Set<unknown>();
  private readonly tracksSteps: boolean;
  private readonly footprints: Footprint[] = [];
  private readonly footprintThreads: number[] = [];

  /** Control words of all threads, then deaths left and the linearizations. */
  private readonly control: Int32Array;
  private readonly deathsAt: number;
  private readonly linearAt: number;
  private controlLow = 0;
  private controlHigh = 0;
  private readonly threadLow: Int32Array;
  private readonly threadHigh: Int32Array;
  private floats = new Int32Array(1 << 10);
  private floatTop = 0;

  private frames = new Int32Array(1 << 14);
  private framesTop = 0;
  private readonly frameSteps: (AnyStep | null)[] = [];
  private readonly frameWords: number;
  private depth = 0;

  private mover = 0;
  private problem: Problem | null = null;
  private notes: string[] | null = null;
  private labels: string[] | null = null;
  private wasPrivate = false;

  constructor(program: Program, options: ProgramOptions) {
    this.program = program;
    this.options = options;
    this.name = program.name;
    this.threads = program.threads as unknown as readonly AnyThread[];
    this.actors = this.threads.map((thread) => thread.name);
    const count = this.threads.length;
    const wordName = program.names ?? ((address: number) => `[${address}]`);
    this.memory = new CheckedMemory(program.words, this, wordName, program.ignoreWords);
    this.mutation = options.mutant === undefined ? null : new Mutation(mutantOf(program, options.mutant), this.memory);
    this.current = this.threads.map(() => null);
    this.pending = this.threads.map(() => null);
    this.calls = this.threads.map((thread, index) => callsOf(thread, index));
    this.control = new Int32Array(count * CONTROL_WORDS + 2);
    this.deathsAt = count * CONTROL_WORDS;
    this.linearAt = this.deathsAt + 1;
    this.threadLow = new Int32Array(count);
    this.threadHigh = new Int32Array(count);
    this.frameWords = FRAME_WORDS + this.control.length;
    this.goals = Object.keys(program.goals ?? {});
    this.recordsResults = program.recordResults ?? program.specification === undefined;
    this.linearizer = program.specification === undefined ? null : new Linearizer(program.specification);
    this.resultValues[this.resultLists.id('')] = [];
    this.tracksSteps = program.steps !== undefined;
    this.runSetup();
    const ignored = new Set(program.ignoreRegisters ?? []);
    this.files = this.threads.map((each, i) => new RegisterFile(each.registers(), each.name, i, ignored));
    this.view = { threads: this.threads.map((_, i) => this.viewOf(i)) };
    this.setUpControl();
  }

  enter(): void {
    while (this.depth > 0) this.undo();
  }

  expand(moves: Moves): void {
    moves.clear();
    this.footprintThreads.length = 0;
    for (let thread = 0; thread < this.threads.length; thread++) {
      const before = moves.count;
      const status = this.control[thread * CONTROL_WORDS + STATUS];
      if (status === READY) {
        const alone = this.tryAll(thread, STEP, moves);
        if (alone && this.options.reduce) {
          const kept = moves.count - before;
          for (let i = 0; i < kept; i++) moves.move(before + i, i);
          moves.count = kept;
          if (this.mayDie(thread, status)) this.tryAll(thread, DEATH, moves);
          return;
        }
      } else {
        this.noteFloats(thread);
        if (status === ASLEEP_TIMED && this.program.timeouts !== 'never') this.tryAll(thread, TIMEOUT, moves);
      }
      if (this.mayDie(thread, status)) this.tryAll(thread, DEATH, moves);
    }
    if (this.options.races) this.checkRaces(moves);
  }

  apply(move: number): void {
    const outcome = move % OUTCOMES;
    const rest = (move - outcome) / OUTCOMES;
    const kind = rest % KINDS;
    const thread = (rest - kind) / KINDS;
    this.pushFrame(thread);
    this.outcomes.begin(outcome);
    this.problem = null;
    this.wasPrivate = false;
    try {
      if (kind === STEP) this.runThread(thread);
      else if (kind === TIMEOUT) this.wakeUp(thread, 'its wait timed out');
      else this.die(thread);
      this.files[thread].settle();
    } catch (error) {
      this.files[thread].restore();
      this.problem = problemOf(error, this.actors[thread]);
    }
    this.memory.footprint = null;
    this.refreshThread(thread);
    this.refresh();
  }

  undo(): void {
    this.depth -= 1;
    this.framesTop -= this.frameWords;
    const { frames } = this;
    let at = this.framesTop;
    const thread = frames[at];
    this.memory.rollBack(frames[at + 1]);
    this.memory.low = frames[at + 2];
    this.memory.high = frames[at + 3];
    const file = this.files[thread];
    file.rollBack(frames[at + 4]);
    file.low = frames[at + 5];
    file.high = frames[at + 6];
    this.threadLow[thread] = frames[at + 7];
    this.threadHigh[thread] = frames[at + 8];
    this.controlLow = frames[at + 9];
    this.controlHigh = frames[at + 10];
    this.floatTop = frames[at + 11];
    this.low = frames[at + 12];
    this.high = frames[at + 13];
    at += FRAME_WORDS;
    const { control } = this;
    for (let i = 0; i < control.length; i++) control[i] = frames[at + i];
    this.current[thread] = this.frameSteps[this.depth];
  }

  judge(): Problem | null {
    return this.ask(this.program.invariants, 'invariant');
  }

  judgeEnd(): Problem | null {
    const stuck: string[] = [];
    for (let i = 0; i < this.threads.length; i++) {
      const status = this.control[i * CONTROL_WORDS + STATUS];
      const asleep = status === ASLEEP || status === ASLEEP_TIMED;
      if (asleep && this.threads[i].background !== true) stuck.push(this.actors[i]);
    }
    if (stuck.length > 0) {
      return { kind: 'deadlock', name: 'deadlock', message: `asleep for ever: ${stuck.join(', ')}` };
    }
    return this.ask(this.program.finally, 'final');
  }

  reached(goal: number): boolean {
    const test = Object.values(this.program.goals ?? {})[goal];
    return this.looking(() => test(this.memory, this.view));
  }

  tell(move: number): TraceStep {
    const accesses: Access[] = [];
    const labels: string[] = [];
    const notes: string[] = [];
    this.memory.recorded = accesses;
    this.labels = labels;
    this.notes = notes;
    this.apply(move);
    this.memory.recorded = null;
    this.labels = null;
    this.notes = null;
    if (this.problem !== null) notes.push(`!! ${this.problem.message}`);
    return { actor: this.mover, label: labels.join(', '), accesses, notes, state: this.picture() };
  }

  picture(): string {
    const { show } = this.program;
    return show === undefined ? '' : this.looking(() => show(this.memory));
  }

  idle(): readonly string[] {
    return (this.program.steps ?? []).filter((step) => !this.ran.has(step)).map((step) => step.name);
  }

  /** Scheduler: the running thread sleeps before its next step. */
  sleep(address: number, timeoutMs: number): void {
    const at = this.mover * CONTROL_WORDS;
    let rank = 1;
    for (let i = 0; i < this.threads.length; i++) {
      if (i !== this.mover && this.control[i * CONTROL_WORDS + SLEEP_ADDRESS] === address + 1) rank += 1;
    }
    this.set(at + STATUS, Number.isFinite(timeoutMs) ? ASLEEP_TIMED : ASLEEP);
    this.set(at + SLEEP_ADDRESS, address + 1);
    this.set(at + SLEEP_RANK, rank);
    this.notes?.push('falls asleep');
  }

  /** Scheduler: wakes the threads that slept longest on a word. */
  wake(address: number, count: number): void {
    for (let woken = 0; woken < count; woken++) {
      const first = this.sleeperOf(address, 1);
      if (first < 0) return;
      this.wakeUp(first, `wakes ${this.actors[first]}`);
    }
  }

  private runSetup(): void {
    const { memory, program } = this;
    if (program.setup === undefined) return;
    memory.unchecked = true;
    program.setup(memory);
    memory.unchecked = false;
    memory.forget();
  }

  private setUpControl(): void {
    for (let i = 0; i < this.threads.length; i++) {
      this.set(i * CONTROL_WORDS + STATUS, this.threads[i].startsWhenDead === undefined ? READY : UNBORN);
      this.refreshThread(i);
    }
    this.set(this.deathsAt, this.program.deaths ?? 0);
    if (this.linearizer !== null) {
      const { initial } = this.program.specification as { initial: unknown };
      const state = typeof initial === 'function' ? this.looking(() => initial(this.memory)) : initial;
      this.set(this.linearAt, this.linearizer.start(state, this.threads.length));
    }
    this.refresh();
  }

  /** Tries every outcome of a kind of move and lists it; true when none of them touches what others share. */
  private tryAll(thread: number, kind: number, moves: Moves): boolean {
    const base = (thread * KINDS + kind) * OUTCOMES;
    const checks = this.options.races && kind === STEP;
    let outcome = 0;
    let alone = true;
    do {
      if (checks) this.memory.footprint = this.nextFootprint(thread);
      this.apply(base + outcome);
      if (this.problem === null) moves.push(base + outcome, this.low, this.high);
      else moves.problems.push({ move: base + outcome, problem: this.problem });
      if (!this.wasPrivate) alone = false;
      this.undo();
      outcome = this.outcomes.next(OUTCOMES);
    } while (outcome > 0);
    return alone;
  }

  private runThread(thread: number): void {
    const { memory, mutation } = this;
    const registers = this.files[thread].object;
    if (memory.footprint === null && this.options.races) memory.footprint = this.scratchFootprint();
    answerChoices(this.outcomes.answer);
    let step = this.current[thread] ?? this.beginOperation(thread);
    let privateSteps = 0;
    memory.atomics = 0;
    while (step !== null) {
      if (mutation !== null) step = mutation.stepFor(step);
      if (this.labels !== null) this.labels.push(step.name);
      if (this.tracksSteps) this.ran.add(step);
      memory.atomics = 0;
      if (mutation === null) step = step(memory, registers);
      else step = step(mutation.memoryFor(step, memory), registers);
      if (memory.atomics > 0) break;
      privateSteps += 1;
      if (privateSteps > PRIVATE_STEPS) {
        throw new Violation('progress', `${PRIVATE_STEPS} steps in a row without any shared action`);
      }
    }
    this.wasPrivate = memory.atomics === 0;
    if (step === null && this.control[thread * CONTROL_WORDS + SLEEP_ADDRESS] !== 0) step = awake;
    this.current[thread] = step;
    if (step === null) this.endOperation(thread);
    this.threads[thread].scrub?.(registers, step);
    answerChoices(null);
    if (this.options.races) this.keepFloats(thread);
  }

  private beginOperation(thread: number): AnyStep | null {
    const at = thread * CONTROL_WORDS;
    const slot = this.threads[thread].operations[this.control[at + OPERATION]];
    const alternative = Array.isArray(slot) ? this.outcomes.answer(slot.length) : 0;
    const operation = operationAt(this.threads[thread], this.control[at + OPERATION], alternative);
    this.set(at + ALTERNATIVE, alternative);
    const first = operation.begin(this.files[thread].object);
    this.files[thread].settleBegin();
    this.notes?.push(`begins ${operation.name}${argumentsText(operation)}`);
    return first;
  }

  private endOperation(thread: number): void {
    const at = thread * CONTROL_WORDS;
    const index = this.control[at + OPERATION];
    const operation = operationAt(this.threads[thread], index, this.control[at + ALTERNATIVE]);
    this.memory.atomics = 0;
    const result = operation.end?.(this.memory, this.files[thread].object);
    if (this.memory.atomics > 0) {
      throw new Violation('two atomic actions', `end of ${operation.name} does an atomic action; it may only read`);
    }
    this.notes?.push(operation.end === undefined ? `ends ${operation.name}` : `${operation.name} → ${textOf(result)}`);
    if (this.recordsResults && operation.end !== undefined) this.recordResult(at, result);
    if (this.linearizer !== null && operation.internal !== true) this.linearize(thread, operation, result);
    this.set(at + ALTERNATIVE, 0);
    this.set(at + OPERATION, index + 1);
    if (index + 1 === this.threads[thread].operations.length) this.set(at + STATUS, this.statusAfterEnd(at));
  }

  /** A thread whose last step was a wait still counts as asleep until woken; it has nothing left to do, so it is done. */
  private statusAfterEnd(at: number): number {
    this.set(at + SLEEP_ADDRESS, 0);
    this.set(at + SLEEP_RANK, 0);
    return FINISHED;
  }

  private linearize(thread: number, operation: Operation<object>, result: unknown): void {
    const { linearizer } = this;
    if (linearizer === null) return;
    for (let i = 0; i < this.threads.length; i++) this.pending[i] = this.pendingCall(i, i === thread);
    const before = this.control[this.linearAt];
    const next = linearizer.returned(before, thread, result, this.pending);
    if (next < 0) {
      throw new Violation(
        'linearizability',
        `${operation.name}${argumentsText(operation)} returned ${textOf(result)}, which no order of the operations explains; before it, the specification could be in: ${linearizer.describe(before)}`,
      );
    }
    this.set(this.linearAt, next);
  }

  private pendingCall(thread: number, returning: boolean): PendingCall | null {
    const at = thread * CONTROL_WORDS;
    if (!returning && this.current[thread] === null) return null;
    const index = this.control[at + OPERATION];
    return this.calls[thread][index]?.[this.control[at + ALTERNATIVE]] ?? null;
  }

  private recordResult(at: number, result: unknown): void {
    const before = this.control[at + RESULTS];
    const id = this.resultLists.id(`${this.resultLists.texts[before]}\n${textOf(result)}`);
    this.resultValues[id] ??= [...this.resultValues[before], result];
    this.set(at + RESULTS, id);
  }

  private mayDie(thread: number, status: number): boolean {
    if (this.control[this.deathsAt] === 0 || status > ASLEEP_TIMED) return false;
    const { mortal, startsWhenDead } = this.threads[thread];
    return mortal ?? startsWhenDead === undefined;
  }

  private die(thread: number): void {
    const at = thread * CONTROL_WORDS;
    this.mover = thread;
    if (this.control[at + SLEEP_ADDRESS] !== 0) this.leaveSleep(thread);
    this.set(at + STATUS, DEAD);
    // Whether a call was in progress matters for ever: it may still take effect.
    if (this.current[thread] === null) this.set(at + ALTERNATIVE, -1);
    this.set(this.deathsAt, this.control[this.deathsAt] - 1);
    this.control[at + FLOAT_FROM] = 0;
    this.control[at + FLOAT_TO] = 0;
    this.labels?.push('dies');
    this.notes?.push('the thread dies');
    for (let i = 0; i < this.threads.length; i++) {
      const starts = this.threads[i].startsWhenDead === this.actors[thread];
      if (starts && this.control[i * CONTROL_WORDS + STATUS] === UNBORN) this.set(i * CONTROL_WORDS + STATUS, READY);
    }
  }

  private wakeUp(thread: number, why: string): void {
    this.leaveSleep(thread);
    this.set(thread * CONTROL_WORDS + STATUS, READY);
    this.labels?.push(this.labels.length === 0 ? 'wakes up' : '');
    this.notes?.push(why);
  }

  private leaveSleep(thread: number): void {
    const at = thread * CONTROL_WORDS;
    const address = this.control[at + SLEEP_ADDRESS];
    const rank = this.control[at + SLEEP_RANK];
    for (let i = 0; i < this.threads.length; i++) {
      const other = i * CONTROL_WORDS;
      if (this.control[other + SLEEP_ADDRESS] === address && this.control[other + SLEEP_RANK] > rank) {
        this.set(other + SLEEP_RANK, this.control[other + SLEEP_RANK] - 1);
      }
    }
    this.set(at + SLEEP_ADDRESS, 0);
    this.set(at + SLEEP_RANK, 0);
  }

  private sleeperOf(address: number, rank: number): number {
    for (let i = 0; i < this.threads.length; i++) {
      const at = i * CONTROL_WORDS;
      if (this.control[at + SLEEP_ADDRESS] === address + 1 && this.control[at + SLEEP_RANK] === rank) return i;
    }
    return -1;
  }

  private nextFootprint(thread: number): Footprint {
    const used = this.footprintThreads.length;
    if (used === this.footprints.length) this.footprints.push(new Footprint());
    this.footprintThreads.push(thread);
    const footprint = this.footprints[used];
    footprint.clear();
    return footprint;
  }

  private readonly ownFootprint = new Footprint();

  private scratchFootprint(): Footprint {
    this.ownFootprint.clear();
    return this.ownFootprint;
  }

  /** A thread that cannot move may still have accesses floating. */
  private noteFloats(thread: number): void {
    if (this.options.races && this.control[thread * CONTROL_WORDS + FLOAT_TO] > 0) this.nextFootprint(thread);
  }

  /** After a transition: what floats is what came after its atomic action, or all, in addition, if there was none. */
  private keepFloats(thread: number): void {
    const { footprint } = this.memory;
    if (footprint === null) return;
    const at = thread * CONTROL_WORDS;
    const keepsOld = footprint.atomicAddress < 0;
    const from = keepsOld ? 0 : footprint.leading;
    const oldFrom = this.control[at + FLOAT_FROM];
    const oldTo = this.control[at + FLOAT_TO];
    const start = this.floatTop;
    const needed = (start + (keepsOld ? oldTo - oldFrom : 0) + footprint.count - from) * ENTRY;
    while (this.floats.length < needed) this.floats = widened(this.floats);
    if (keepsOld) this.copyFloats(this.floats, oldFrom, oldTo);
    this.copyFloats(footprint.entries, from, footprint.count);
    this.control[at + FLOAT_FROM] = this.floatTop === start ? 0 : start;
    this.control[at + FLOAT_TO] = this.floatTop === start ? 0 : this.floatTop;
  }

  private copyFloats(entries: Int32Array, from: number, to: number): void {
    const { floats } = this;
    let at = this.floatTop * ENTRY;
    for (let i = from * ENTRY; i < to * ENTRY; i++) floats[at++] = entries[i];
    this.floatTop += to - from;
  }

  private checkRaces(moves: Moves): void {
    const { footprints, footprintThreads, control, floats } = this;
    for (let i = 1; i < footprintThreads.length; i++) {
      const a = footprintThreads[i];
      for (let j = 0; j < i; j++) {
        const b = footprintThreads[j];
        if (a === b) continue;
        const atA = a * CONTROL_WORDS;
        const atB = b * CONTROL_WORDS;
        const byte = findRace(
          footprints[i],
          floats,
          control[atA + FLOAT_FROM],
          control[atA + FLOAT_TO],
          footprints[j],
          control[atB + FLOAT_FROM],
          control[atB + FLOAT_TO],
        );
        if (byte >= 0) this.reportRace(moves, a, b, byte);
      }
    }
  }

  private reportRace(moves: Moves, a: number, b: number, byte: number): void {
    const word = this.program.names?.(byte >>> 2) ?? `[${byte >>> 2}]`;
    const place = (thread: number): string => `${this.actors[thread]} in or just before '${this.stepName(thread)}'`;
    const message = `${place(a)} and ${place(b)} access ${word}, one of them plainly, one of them writing, and nothing orders the two`;
    moves.problems.push({ move: -1, problem: { kind: 'data race', name: 'data race', message } });
  }

  private stepName(thread: number): string {
    return this.current[thread]?.name ?? 'the start or end of an operation';
  }

  private set(index: number, value: number): void {
    const old = this.control[index];
    if (old === value) return;
    this.control[index] = value;
    const position = CONTROL_POSITION + index;
    const after = this.identity(index, value);
    const before = this.identity(index, old);
    this.controlLow = (this.controlLow + mixLow(position, after) - mixLow(position, before)) | 0;
    this.controlHigh = (this.controlHigh + mixHigh(position, after) - mixHigh(position, before)) | 0;
  }

  /** A control word as the same number in every run: interned numbers depend on the order in which states are met. */
  private identity(index: number, value: number): number {
    if (index === this.linearAt) return this.linearizer === null ? 0 : this.linearizer.hash(value);
    if (index < this.deathsAt && index % CONTROL_WORDS === RESULTS) return this.resultLists.hashes[value];
    return value;
  }

  private refreshThread(thread: number): void {
    const at = thread * CONTROL_WORDS;
    const status = this.control[at + STATUS];
    let low = 0;
    let high = 0;
    if (status !== DEAD && status !== FINISHED) {
      const step = this.current[thread];
      const word = step === null ? 0 : functionHash(step);
      low = (this.files[thread].low + mixLow(STEP_POSITION + thread, word)) | 0;
      high = (this.files[thread].high + mixHigh(STEP_POSITION + thread, word)) | 0;
    }
    const from = this.control[at + FLOAT_FROM];
    const to = this.control[at + FLOAT_TO];
    if (to > from) {
      low = (low + floatLow(this.floats, from, to, thread)) | 0;
      high = (high + floatHigh(this.floats, from, to, thread)) | 0;
    }
    this.threadLow[thread] = low;
    this.threadHigh[thread] = high;
  }

  private refresh(): void {
    let low = this.controlLow;
    let high = this.controlHigh;
    if (this.program.canonical === undefined) {
      low = (low + this.memory.low) | 0;
      high = (high + this.memory.high) | 0;
    } else {
      const out: number[] = [];
      const { canonical } = this.program;
      this.looking(() => canonical(this.memory, this.view, out));
      for (let i = 0; i < out.length; i++) {
        low = (low + mixLow(i, out[i])) | 0;
        high = (high + mixHigh(i, out[i])) | 0;
      }
    }
    for (let i = 0; i < this.threadLow.length; i++) {
      low = (low + this.threadLow[i]) | 0;
      high = (high + this.threadHigh[i]) | 0;
    }
    this.low = low;
    this.high = high;
  }

  private pushFrame(thread: number): void {
    this.mover = thread;
    if (this.framesTop + this.frameWords > this.frames.length) this.frames = widened(this.frames);
    const { frames, control } = this;
    let at = this.framesTop;
    const file = this.files[thread];
    frames[at] = thread;
    frames[at + 1] = this.memory.mark;
    frames[at + 2] = this.memory.low;
    frames[at + 3] = this.memory.high;
    frames[at + 4] = file.mark;
    frames[at + 5] = file.low;
    frames[at + 6] = file.high;
    frames[at + 7] = this.threadLow[thread];
    frames[at + 8] = this.threadHigh[thread];
    frames[at + 9] = this.controlLow;
    frames[at + 10] = this.controlHigh;
    frames[at + 11] = this.floatTop;
    frames[at + 12] = this.low;
    frames[at + 13] = this.high;
    at += FRAME_WORDS;
    for (let i = 0; i < control.length; i++) frames[at + i] = control[i];
    this.frameSteps[this.depth] = this.current[thread];
    this.framesTop += this.frameWords;
    this.depth += 1;
  }

  private ask(
    invariants: Readonly<Record<string, ProgramInvariant>> | undefined,
    kind: 'invariant' | 'final',
  ): Problem | null {
    if (invariants === undefined) return null;
    for (const name in invariants) {
      const verdict = this.looking(() => invariants[name](this.memory, this.view));
      if (verdict !== true) return { kind, name, message: typeof verdict === 'string' ? `${name}: ${verdict}` : name };
    }
    return null;
  }

  /** Lets code of the specification look at memory without leaving a mark. */
  private looking<T>(look: () => T): T {
    const { memory } = this;
    const { footprint, recorded } = memory;
    memory.writable = false;
    memory.footprint = null;
    memory.recorded = null;
    try {
      return look();
    } finally {
      memory.atomics = 0;
      memory.writable = true;
      memory.footprint = footprint;
      memory.recorded = recorded;
    }
  }

  private viewOf(thread: number): ThreadView {
    const at = thread * CONTROL_WORDS;
    const { control, current, threads, resultValues, recordsResults, files } = this;
    return {
      name: this.actors[thread],
      get status() {
        return STATUS_NAMES[control[at + STATUS]];
      },
      get operation() {
        if (current[thread] === null) return null;
        return operationAt(threads[thread], control[at + OPERATION], control[at + ALTERNATIVE]).name;
      },
      get step() {
        return current[thread]?.name ?? null;
      },
      get results() {
        if (recordsResults) return resultValues[control[at + RESULTS]];
        throw new ModelError('RIGHTLINK_MODEL_RESULTS', 'results are kept only with recordResults: true');
      },
      get registers() {
        return files[thread].object;
      },
    };
  }
}

/** What a thread goes on with that fell asleep in the last step of an operation. */
function awake(): null {
  return null;
}

function operationAt(thread: AnyThread, index: number, alternative: number): Operation<object> {
  const slot = thread.operations[index];
  return Array.isArray(slot) ? slot[alternative] : (slot as Operation<object>);
}

function callsOf(thread: AnyThread, index: number): PendingCall[][] {
  return thread.operations.map((slot, position) => {
    const alternatives = (Array.isArray(slot) ? slot : [slot]) as readonly Operation<object>[];
    return alternatives.flatMap((operation, alternative) => {
      if (operation.internal === true) return [];
      const id = (index * 4096 + position) * 4096 + alternative;
      return [{ id, name: operation.name, arguments: operation.arguments, thread: thread.name }];
    });
  });
}

function argumentsText(operation: Operation<object>): string {
  return operation.arguments === undefined ? '' : `(${textOf(operation.arguments).replace(/^\[|\]$/g, '')})`;
}

function problemOf(error: unknown, thread: string): Problem {
  if (error instanceof ModelError) throw error;
  if (error instanceof Violation) return { kind: error.kind, name: error.kind, message: `${thread}: ${error.message}` };
  if (error instanceof TypeError && /not extensible/.test(error.message)) {
    throw new ModelError(
      'RIGHTLINK_MODEL_HIDDEN_STATE',
      `thread '${thread}': a step adds a field to its registers (${error.message}); all registers must exist from the start`,
    );
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'exception', name: 'exception', message: `${thread}: ${message}` };
}
