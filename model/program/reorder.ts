import type { Memory, Step } from '../memory.ts';
import type { Weakening } from '../program.ts';

type AnyStep = Step<object>;

/** An action held back: it can be done later, because the step does not wait for what it finds. */
interface Held {
  kind: 'store' | 'add' | 'notify';
  address: number;
  operand: number;
}

/**
 * Two neighbouring atomic actions of a thread in the other order: the first step's store, add or notify is held back, the
 * second step's action is done, and then the one held back, as a transition of its own. Where another step comes after the first,
 * nothing changes. An action whose finding decides how to go on (a load, a compareExchange, a wait) cannot be held back; an add
 * gives the number that it would have found at its own place.
 *
 * What is held back is part of the state: it is in the name of the step that runs next.
 */
export class Reordering {
  private readonly first: string;
  private readonly second: string;
  private readonly across: ReadonlySet<string>;
  private readonly memoryWith: (weakening: Weakening) => Memory;
  private readonly made = new Map<string, AnyStep>();
  /** By step made here: the program's step that it runs, or that comes after it. */
  private readonly originals = new WeakMap<AnyStep, AnyStep | null>();
  private readonly numbers = new Map<AnyStep | null, number>();
  private held: Held | null = null;
  private acted = false;
  private readonly holding: Memory;
  private readonly listening: Memory;

  /**
   * @param across names of steps without any shared action that may stand between the two
   * @param memoryWith the memory, with some functions replaced
   */
  constructor(
    [first, second]: readonly [string, string],
    across: readonly string[],
    memoryWith: (weakening: Weakening) => Memory,
  ) {
    this.first = first;
    this.second = second;
    this.across = new Set(across);
    this.memoryWith = memoryWith;
    this.holding = this.memoryThatHolds();
    this.listening = this.memoryThatListens();
  }

  /** The step that runs instead of this one. */
  stepFor(step: AnyStep): AnyStep {
    if (step.name !== this.first) return step;
    return this.make(`${step.name} (held back)`, step, null, (_, op) => {
      this.held = null;
      const next = step(this.holding, op);
      return this.held === null ? next : this.behind(this.held, next);
    });
  }

  /** The program's own step that this one stands for; undefined when an operation is about to end: its result must still be read. */
  standsFor(step: AnyStep): AnyStep | undefined {
    const original = this.originals.get(step);
    return original === undefined ? step : (original ?? undefined);
  }

  /** Goes on with the held action in hand: until the next atomic action is done, or turns out not to be the second step's. */
  private behind(held: Held, next: AnyStep | null): AnyStep {
    if (next === null) return this.late(held, null);
    const late = this.late(held, next);
    if (next.name !== this.second && !this.across.has(next.name)) return late;
    return this.make(`${next.name} (before ${describe(held)})`, next, held, (_, op) => {
      this.acted = false;
      const after = next(this.listening, op);
      return this.acted ? this.late(held, after) : this.behind(held, after);
    });
  }

  private late(held: Held, next: AnyStep | null): AnyStep {
    return this.make(`late ${describe(held)}, then ${next?.name ?? 'done'}`, next, held, (memory) => {
      if (held.kind === 'store') memory.store(held.address, held.operand);
      else if (held.kind === 'add') memory.add(held.address, held.operand);
      else memory.notify(held.address, held.operand);
      return next;
    });
  }

  /** The same function for the same things: steps are told apart by identity. */
  private make(name: string, step: AnyStep | null, held: Held | null, run: AnyStep): AnyStep {
    const key = `${name} ${this.numberOf(step)} ${held === null ? '' : describe(held)}`;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    Object.defineProperty(run, 'name', { value: name });
    this.made.set(key, run);
    this.originals.set(run, step);
    return run;
  }

  private numberOf(step: AnyStep | null): number {
    const number = this.numbers.get(step) ?? this.numbers.size;
    this.numbers.set(step, number);
    return number;
  }

  private memoryThatHolds(): Memory {
    const hold = (kind: Held['kind'], address: number, operand: number): void => {
      this.held = { kind, address, operand };
    };
    return this.memoryWith({
      store: (_, address, value) => hold('store', address, value),
      notify: (_, address, count) => hold('notify', address, count),
      add: (memory, address, delta) => {
        hold('add', address, delta);
        return memory.load(address);
      },
    });
  }

  private memoryThatListens(): Memory {
    const hear = <A extends unknown[], R>(action: (memory: Memory, ...rest: A) => R) => {
      return (memory: Memory, ...rest: A): R => {
        this.acted = true;
        return action(memory, ...rest);
      };
    };
    return this.memoryWith({
      load: hear((memory, address) => memory.load(address)),
      store: hear((memory, address, value) => memory.store(address, value)),
      compareExchange: hear((memory, address, expected, replacement) =>
        memory.compareExchange(address, expected, replacement),
      ),
      add: hear((memory, address, delta) => memory.add(address, delta)),
      wait: hear((memory, address, expected, timeoutMs) => memory.wait(address, expected, timeoutMs)),
      notify: hear((memory, address, count) => memory.notify(address, count)),
    });
  }
}

function describe({ kind, address, operand }: Held): string {
  return `${kind} ${operand} at ${address}`;
}
