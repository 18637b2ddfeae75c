import { asked, ModelError, problemOf, Violation } from '../errors.ts';
import type { Coverage, Machine, Moves, Problem } from '../machine.ts';
import type { Memory, Step } from '../memory.ts';
import type { Mutant, Operation, Program, ProgramState, Thread } from '../program.ts';
import type { Told } from '../trace/trace.ts';
import { argumentsText, Calls, operationAt, returned } from './calls.ts';
import { CheckedMemory, DEATH_OF_THREAD } from './checked-memory.ts';
import { neverRan, noStep, requireOwnRegisters } from './checks.ts';
import { answerChoices, Outcomes } from './choice.ts';
import * as C from './control.ts';
import { Floating } from './floating.ts';
import { Frames } from './frames.ts';
import { Identity } from './identity.ts';
import { checkKin, kinOf } from './kin.ts';
import {
  DEATH,
  DEATH_WITHIN,
  deathWithin,
  kindOf,
  MOST_WRITES,
  moveOf,
  OUTCOMES,
  outcomeOf,
  STEP,
  TIMEOUT,
  threadOf,
  writesOf,
} from './move.ts';
import { Mutation, mutantOf, type Probe } from './mutation.ts';
import { Observer } from './observer.ts';
import { raceAmong } from './race.ts';
import { RegisterFile } from './registers.ts';
import { Telling } from './telling.ts';
import { threadView } from './view.ts';
import { Witness, type Witnessed } from './witness.ts';

type AnyStep = Step<object>;
type AnyThread = Thread<object>;

/** How a program is run by its machine. */
export interface ProgramOptions {
  /** Report data races. */
  races: boolean;
  /** Let a transition without any shared action go first, alone. */
  reduce: boolean;
  /** Count states as one that differ only in who of the interchangeable threads is where. */
  symmetry?: boolean;
  mutant?: string | Mutant | Probe;
}

/** More private steps in a row than this are taken for an endless loop. */
const PRIVATE_STEPS = 100_000;

/** A program of step functions as a search sees it. */
export class ProgramMachine implements Machine {
  readonly name: string;
  readonly actors: readonly string[];
  readonly goals: readonly string[];
  readonly initialStates = 1;

  readonly program: Program;
  readonly threads: readonly AnyThread[];
  private readonly options: ProgramOptions;
  readonly memory: CheckedMemory;
  readonly control: C.Control;
  readonly calls: Calls;
  readonly floating = new Floating();
  private readonly files: RegisterFile[];
  readonly current: (AnyStep | null)[];
  private readonly mutation: Mutation | null;
  readonly outcomes = new Outcomes();
  readonly observer: Observer;
  private readonly goalTests: readonly ((memory: Memory, state: ProgramState) => boolean)[];
  private readonly ran = new Set<{ readonly name: string }>();
  /** Whether a death may come between the plain writes behind an atomic action. */
  readonly diesWithinSteps: boolean;
  private readonly busy = (thread: number): boolean => this.current[thread] !== null;

  private readonly identity: Identity;

  private readonly frames: Frames;
  private mover = 0;
  /** What was wrong with the last move. */
  problem: Problem | null = null;
  /** After `witness`: the step and word that it was about. */
  offence = { step: '', address: -1 };
  /** The operation that began with the last move, and whether one was completed by it. */
  began: Operation<object> | null = null;
  completed = false;
  /** What is told of the move that runs; null: nobody asks. */
  private telling: Telling | null = null;
  private wasPrivate = false;
  /** Whether the last move began or ended a call whose place in real time matters: then it is not private. */
  private wasCallsBorder = false;

  constructor(program: Program, options: ProgramOptions) {
    this.program = program;
    this.options = options;
    this.name = program.name;
    this.threads = program.threads as unknown as readonly AnyThread[];
    this.actors = this.threads.map((thread) => thread.name);
    this.goals = Object.keys(program.goals ?? {});
    this.goalTests = Object.values(program.goals ?? {});
    this.diesWithinSteps = program.deathsWithinSteps !== false;
    const count = this.threads.length;
    const wordName = program.names ?? ((address: number) => `[${address}]`);
    this.memory = new CheckedMemory(program.words, this, wordName, program.ignoreWords);
    this.memory.countsAll = program.deathsWithinSteps === 'every write';
    const { mutant } = options;
    const chosen = typeof mutant === 'string' ? mutantOf(program, mutant) : mutant;
    this.mutation = chosen === undefined ? null : new Mutation(chosen, this.memory);
    this.current = this.threads.map(() => null);
    this.calls = new Calls(program, this.threads);
    this.control = new C.Control(count, (index, value) => this.calls.identity(this.control, index, value));
    this.runSetup();
    const ignored = new Set(program.ignoreRegisters ?? []);
    const kin = kinOf(program, options.symmetry === true);
    const objects = this.threads.map((each) => each.registers());
    requireOwnRegisters(program, objects, ignored);
    this.files = this.threads.map((each, i) => new RegisterFile(objects[i], each.name, kin[i], ignored));
    const { control, current, calls, files } = this;
    for (const [i, each] of this.threads.entries()) {
      if (each.dead !== undefined) files[i].useDead(each.dead);
    }
    const views = this.threads.map((each, i) => threadView(each, i, control, current, calls, files[i].object));
    this.observer = new Observer(this.memory, views, program);
    const { memory, floating, observer } = this;
    const parts = { program, memory, control, floating, files, current, observer, kin };
    this.identity = new Identity(parts);
    this.frames = new Frames(parts, this.identity);
    this.setUpControl();
    if (options.symmetry === true) checkKin(this, kin);
  }

  get low(): number {
    return this.identity.low;
  }

  get high(): number {
    return this.identity.high;
  }

  enter(): void {
    while (this.frames.depth > 0) this.undo();
  }

  expand(moves: Moves): void {
    moves.clear();
    this.floating.clear();
    for (let thread = 0; thread < this.threads.length; thread++) {
      const before = moves.count;
      const status = this.control.get(thread, C.STATUS);
      if (status === C.READY) {
        const alone = this.tryAll(thread, STEP, moves);
        if (alone && this.options.reduce) {
          moves.keepOnly(before);
          if (this.mayDie(thread, status)) this.tryAll(thread, DEATH, moves);
          return;
        }
      } else {
        if (this.options.races && this.control.get(thread, C.FLOAT_TO) > 0) this.floating.next(thread);
        if (status === C.ASLEEP_TIMED && this.program.timeouts !== 'never') this.tryAll(thread, TIMEOUT, moves);
      }
      if (this.mayDie(thread, status)) this.tryAll(thread, DEATH, moves);
    }
    if (!this.options.races) return;
    const problem = raceAmong(this);
    if (problem !== null) moves.problems.push({ move: -1, problem });
  }

  apply(move: number): void {
    const thread = threadOf(move);
    const kind = kindOf(move);
    this.mover = thread;
    this.frames.push(thread);
    this.outcomes.begin(outcomeOf(move));
    this.problem = null;
    this.began = null;
    this.completed = false;
    this.wasPrivate = false;
    this.wasCallsBorder = false;
    try {
      if (kind === STEP) this.runThread(thread);
      else if (kind === TIMEOUT) this.wakeUp(thread, 'its wait timed out');
      else if (kind === DEATH_WITHIN) this.dieWithin(thread, writesOf(move));
      else this.die(thread);
      this.files[thread].settle();
    } catch (error) {
      this.files[thread].restore();
      this.problem = problemOf(error, this.actors[thread]);
    }
    this.memory.footprint = null;
    this.identity.refreshThread(thread);
    this.identity.refresh();
  }

  undo(): void {
    this.frames.pop();
  }

  judge(): Problem | null {
    return this.observer.judgeInvariants();
  }

  judgeEnd(): Problem | null {
    const stuck = this.actors.filter((_, i) => this.control.isAsleep(i) && this.threads[i].background !== true);
    if (stuck.length === 0) return this.observer.judgeFinally(this.program.finally);
    return { kind: 'deadlock', name: 'deadlock', message: `asleep for ever: ${stuck.join(', ')}` };
  }

  exact(): string {
    return this.identity.text(this.calls);
  }

  reached(goal: number): boolean {
    return asked(`goal '${this.goals[goal]}'`, () => this.observer.holds(this.goalTests[goal]));
  }

  /** A mutant of a step that no execution comes to is the program itself. */
  requireMutantRan(): void {
    if (this.mutation?.used === false) throw neverRan(this.name);
  }

  tell(move: number): Told {
    const telling = new Telling();
    this.memory.recorded = telling.accesses;
    this.telling = telling;
    this.apply(move);
    this.memory.recorded = null;
    this.telling = null;
    return telling.told(this.mover, this.control.get(this.mover, C.STATUS), this.picture());
  }

  /** Makes a move like `apply`, and tells every access. */
  witness(move: number): readonly Witnessed[] {
    const telling = new Telling();
    const witness = new Witness(this.actorOf(move), telling);
    this.telling = telling;
    this.memory.footprint = witness;
    this.apply(move);
    this.telling = null;
    this.offence = { step: telling.labels.at(-1) ?? '', address: this.memory.offended };
    return witness.accesses;
  }

  /** Which thread a move belongs to. */
  actorOf(move: number): number {
    return threadOf(move);
  }

  /** The operation that a thread is in; null: none. */
  callOf(thread: number): Operation<object> | null {
    return this.current[thread] === null ? null : this.operationNow(thread);
  }

  namesHere(): ReadonlyMap<number, string> {
    return this.observer.names(this.program.namesAtEnd);
  }

  picture(): string {
    const { show } = this.program;
    return show === undefined ? '' : this.observer.look(() => show(this.memory));
  }

  coverage(): Coverage {
    const ran = [...new Set([...this.ran].map(({ name }) => name))].sort();
    const neverRun = this.program.steps?.filter((step) => !this.ran.has(step)).map(({ name }) => name) ?? null;
    return { ran, neverRun };
  }

  marks(): number[] {
    return (this.program.steps ?? []).map((step) => (this.ran.has(step) ? 1 : 0));
  }

  restoreMarks(marks: readonly number[], ran: readonly string[]): void {
    for (const name of ran) this.ran.add({ name });
    for (const [i, step] of (this.program.steps ?? []).entries()) if (marks[i] === 1) this.ran.add(step);
  }

  /** For the memory: the running thread sleeps before its next step. */
  sleep(address: number, timeoutMs: number): void {
    this.control.sleep(this.mover, address, Number.isFinite(timeoutMs));
    this.telling?.notes.push('falls asleep');
  }

  /** For the memory: wakes the threads that slept longest on a word. */
  wake(address: number, count: number): void {
    for (let woken = 0; woken < count; woken++) {
      const first = this.control.firstSleeper(address);
      if (first < 0) return;
      this.wakeUp(first, `wakes ${this.actors[first]}`);
    }
  }

  private runSetup(): void {
    const { memory, program } = this;
    if (program.setup === undefined) return;
    memory.unchecked = true;
    asked(`setup of '${program.name}'`, () => program.setup?.(memory));
    memory.unchecked = false;
    memory.forget();
  }

  private setUpControl(): void {
    for (let i = 0; i < this.threads.length; i++) {
      this.control.put(i, C.STATUS, this.threads[i].startsWhenDead === undefined ? C.READY : C.UNBORN);
      this.identity.refreshThread(i);
    }
    this.control.set(this.control.deathsAt, this.program.deaths ?? 0);
    const { linearizer } = this.calls;
    if (linearizer !== null && this.program.specification !== undefined) {
      const { initial } = this.program.specification;
      const state = typeof initial === 'function' ? this.observer.look(() => initial(this.memory)) : initial;
      this.control.set(this.control.linearAt, linearizer.start(state, this.threads.length));
    }
    this.identity.refresh();
  }

  /** Tries every outcome of a kind of move and lists it; true when none of them touches what others share. */
  private tryAll(thread: number, kind: number, moves: Moves): boolean {
    const base = moveOf(thread, kind);
    const checks = this.options.races && kind === STEP;
    const mayDie = kind === STEP && this.diesWithinSteps && this.mayDie(thread, C.READY);
    let outcome = 0;
    let alone = true;
    do {
      if (checks) this.memory.footprint = this.floating.next(thread);
      this.apply(base + outcome);
      if (this.problem === null) moves.push(base + outcome, this.low, this.high);
      else moves.problems.push({ move: base + outcome, problem: this.problem });
      if (!this.wasPrivate) alone = false;
      this.undo();
      const next = this.outcomes.next(OUTCOMES);
      if (mayDie) this.tryDeathsWithin(thread, outcome, moves);
      outcome = next;
    } while (outcome > 0);
    return alone;
  }

  /** Lists the deaths between the plain writes behind the atomic action of the step just tried. */
  private tryDeathsWithin(thread: number, outcome: number, moves: Moves): void {
    const writes = this.countedWrites();
    for (let done = 0; done < writes; done++) {
      const move = deathWithin(thread, outcome, done);
      this.apply(move);
      if (this.problem === null) moves.push(move, this.low, this.high);
      else moves.problems.push({ move, problem: this.problem });
      this.undo();
    }
  }

  /** Plain writes, within the move made last, that a death can come before. */
  countedWrites(): number {
    const { counted } = this.memory;
    if (counted < MOST_WRITES) return counted;
    throw new ModelError(
      'RIGHTLINK_MODEL_PROGRAM',
      `program '${this.name}': a step makes ${counted} plain writes, more than deaths can come between (${MOST_WRITES - 1}): write words at once (copy, writeBytes), or change deathsWithinSteps`,
    );
  }

  private runThread(thread: number): void {
    const { memory, mutation } = this;
    const registers = this.files[thread].object;
    if (memory.footprint === null && this.options.races) memory.footprint = this.floating.scratch();
    answerChoices(this.telling?.hearing(this.outcomes.answer) ?? this.outcomes.answer);
    let step = this.current[thread] ?? this.beginOperation(thread);
    let privateSteps = 0;
    memory.atomics = 0;
    memory.counted = 0;
    while (step !== null) {
      if (mutation !== null) step = mutation.stepFor(step);
      if (this.telling !== null) this.telling.labels.push(step.name);
      this.ran.add(step);
      const before = step;
      step = step(mutation === null ? memory : mutation.memoryFor(step, memory), registers);
      if (typeof step !== 'function' && step !== null) throw noStep('step', before.name, step);
      if (memory.atomics > 0) break;
      privateSteps += 1;
      if (privateSteps > PRIVATE_STEPS) {
        throw new Violation('progress', `${PRIVATE_STEPS} steps in a row without any shared action`);
      }
    }
    const touchesNothing = memory.atomics === 0;
    if (step === null && this.control.isAsleep(thread)) step = C.awake;
    this.current[thread] = step;
    if (step === null) this.endOperation(thread);
    this.wasPrivate = touchesNothing && !this.wasCallsBorder;
    const behind = mutation === null ? step : mutation.standsFor(step);
    if (behind !== undefined) this.tidy(thread, behind);
    answerChoices(null);
    if (memory.footprint !== null) this.floating.keep(thread, memory.footprint, this.control);
  }

  /** Overwrites registers that are dead before a step. */
  private tidy(thread: number, step: AnyStep | null): void {
    this.threads[thread].scrub?.(this.files[thread].object, step);
    if (!this.files[thread].hasDead) return;
    this.files[thread].prepare(step, step === null ? null : this.operationNow(thread).name);
  }

  private beginOperation(thread: number): AnyStep | null {
    const index = this.control.get(thread, C.OPERATION);
    const slot = this.threads[thread].operations[index];
    const alternative = Array.isArray(slot) ? this.outcomes.answer(slot.length) : 0;
    const operation = operationAt(this.threads[thread], index, alternative);
    this.began = operation;
    this.control.put(thread, C.ALTERNATIVE, alternative);
    if (this.telling !== null) this.telling.begins = `${operation.name}${argumentsText(operation)}`;
    const first = operation.begin(this.files[thread].object);
    if (typeof first !== 'function' && first !== null) throw noStep('begin of', operation.name, first);
    this.noteBorder(operation);
    this.files[thread].settleBegin();
    return first;
  }

  private operationNow(thread: number): Operation<object> {
    const { control } = this;
    return operationAt(this.threads[thread], control.get(thread, C.OPERATION), control.get(thread, C.ALTERNATIVE));
  }

  private noteBorder(operation: Operation<object>): void {
    if (operation.internal !== true && this.calls.linearizer !== null) this.wasCallsBorder = true;
  }

  private endOperation(thread: number): void {
    const { memory, control, calls } = this;
    const index = control.get(thread, C.OPERATION);
    const operation = this.operationNow(thread);
    memory.atomics = 0;
    const { mark } = memory;
    const result = operation.end?.(memory, this.files[thread].object);
    if (memory.mark !== mark) throw new Violation('exception', `end of ${operation.name} writes; it may only read`);
    if (memory.atomics > 0) {
      throw new Violation('two atomic actions', `end of ${operation.name} does an atomic action; it may only read`);
    }
    if (this.telling !== null) this.telling.returns = returned(operation, result);
    if (calls.keepsResults && operation.end !== undefined) calls.keep(control, thread, result);
    this.noteBorder(operation);
    if (operation.internal !== true) calls.linearize(control, thread, operation, result, this.busy);
    control.put(thread, C.ALTERNATIVE, 0);
    this.completed = true;
    const { operations, repeats } = this.threads[thread];
    const wasLast = index + 1 === operations.length;
    control.put(thread, C.OPERATION, wasLast && repeats === true ? 0 : index + 1);
    if (wasLast && repeats !== true) control.put(thread, C.STATUS, C.FINISHED);
  }

  /** Whether a thread of this status may die now. */
  mayDie(thread: number, status: number): boolean {
    if (this.control.words[this.control.deathsAt] === 0 || status > C.ASLEEP_TIMED) return false;
    const { mortal, startsWhenDead } = this.threads[thread];
    return mortal ?? startsWhenDead === undefined;
  }

  /** Runs the thread up to one of the plain writes behind its atomic action, where it dies. */
  private dieWithin(thread: number, writes: number): void {
    this.memory.fatal = writes;
    try {
      this.runThread(thread);
    } catch (error) {
      if (error !== DEATH_OF_THREAD) throw error;
      answerChoices(null);
      this.files[thread].restore();
      // The call has begun.
      this.current[thread] ??= C.awake;
      this.telling?.notes.push(
        `dies ${this.memory.atomics > 0 ? 'behind its atomic action' : 'before its atomic action'}, after ${writes} plain writes`,
      );
      this.die(thread);
      return;
    } finally {
      this.memory.fatal = -1;
    }
    throw new ModelError('RIGHTLINK_MODEL_NONDETERMINISM', `'${this.name}': a step writes less than it did before`);
  }

  private die(thread: number): void {
    const { control } = this;
    if (control.isAsleep(thread)) control.wake(thread);
    control.put(thread, C.STATUS, C.DEAD);
    control.set(control.deathsAt, control.words[control.deathsAt] - 1);
    // Whether a call was in progress matters for ever: it may still take effect.
    if (this.current[thread] === null) control.put(thread, C.ALTERNATIVE, -1);
    control.float(thread, 0, 0);
    this.telling?.labels.push('dies');
    for (let i = 0; i < this.threads.length; i++) {
      const starts = this.threads[i].startsWhenDead === this.actors[thread];
      if (starts && control.get(i, C.STATUS) === C.UNBORN) control.put(i, C.STATUS, C.READY);
    }
  }

  private wakeUp(thread: number, why: string): void {
    this.control.wake(thread);
    if (this.telling?.labels.length === 0) this.telling.labels.push('wakes up');
    this.telling?.notes.push(why);
  }
}
