import { ModelError } from '../errors.ts';
import { hashText, mixHigh, mixLow } from '../hash.ts';
import { widened } from '../machine.ts';
import { functionHash } from './step-identity.ts';

type Fields = Record<string, unknown>;
type Compare = (object: Fields, shadow: unknown[], file: RegisterFile) => void;
/** See `Thread.dead`. */
type Dead = (next: { readonly name: string } | null, operation: string | null) => readonly string[];
type Assign = (object: Fields, index: number, value: unknown) => void;

/** Position of the first register in the hash, beyond all words of memory; each thread has a block of its own. */
const REGISTER_POSITION = 1 << 27;
const REGISTERS_PER_THREAD = 1 << 12;

/** A set of registers: a bit for each. */
type RegisterSet = Int32Array;

/**
 * One thread's registers object: its fields are enumerated once, compared with a shadow after every transition, and
 * hashed and logged where they changed. New fields, and references to objects that nobody knew, are errors: they
 * would be state that the checker cannot see.
 */
export class RegisterFile {
  readonly object: Fields;
  readonly fields: readonly string[];
  low = 0;
  high = 0;

  private readonly thread: string;
  private readonly position: number;
  private readonly ignored: readonly boolean[];
  private readonly shadow: unknown[];
  private readonly known = new Map<object, number>();
  private first: readonly unknown[] = [];
  /** The registers whose value is not their first. */
  private readonly used: RegisterSet;
  private deadBefore: Dead | null = null;
  private readonly deadSets = new Map<string | null, Map<unknown, RegisterSet>>();
  private readonly none: RegisterSet;
  /** The registers that are dead after the transition that is settled. */
  private dead: RegisterSet;
  /** What each register adds to the hash. */
  private readonly partLow: Int32Array;
  private readonly partHigh: Int32Array;
  private readonly compare: Compare;
  private readonly assign: Assign;
  private logIndex = new Int32Array(1 << 10);
  private readonly logValue: unknown[] = [];
  private logLow = new Int32Array(1 << 10);
  private logHigh = new Int32Array(1 << 10);
  private logged = 0;
  /** Whether `begin` runs: then references to new objects may come in. */
  private open = true;

  constructor(object: object, thread: string, index: number, ignored: ReadonlySet<string>) {
    if (typeof object !== 'object' || object === null) {
      throw new ModelError('RIGHTLINK_MODEL_REGISTERS', `thread '${thread}': registers() must return an object`);
    }
    this.object = object as Fields;
    this.thread = thread;
    this.fields = Object.keys(object);
    this.position = REGISTER_POSITION + index * REGISTERS_PER_THREAD;
    this.ignored = this.fields.map((field) => ignored.has(field));
    this.shadow = this.fields.map(() => undefined);
    const { compare, assign } = functionsFor(this.fields);
    this.compare = compare;
    this.assign = assign;
    this.none = new Int32Array((this.fields.length + 31) >>> 5);
    this.dead = this.none;
    this.used = this.none.slice();
    this.partLow = new Int32Array(this.fields.length);
    this.partHigh = new Int32Array(this.fields.length);
    Object.preventExtensions(object);
    this.compare(this.object, this.shadow, this);
    this.first = this.shadow.slice();
    this.used.fill(0);
    this.logged = 0;
    this.open = false;
  }

  /** The registers that count, as text. */
  text(): string {
    const values = this.shadow.map((value, i) => {
      if (this.ignored[i]) return '';
      if (typeof value === 'function') return `${value.name} ${functionHash(value)}`;
      return typeof value === 'object' && value !== null ? `#${this.known.get(value)}` : String(value);
    });
    return values.join();
  }

  get mark(): number {
    return this.logged;
  }

  /** Tells which registers are dead. */
  useDead(dead: Dead): void {
    this.deadBefore = dead;
  }

  /** Whether it was told. */
  get hasDead(): boolean {
    return this.deadBefore !== null;
  }

  /** Takes note of what a transition changed, and gives the registers that are dead now their first values back. */
  settle(): void {
    const { dead, used } = this;
    this.compare(this.object, this.shadow, this);
    if (dead === this.none) return;
    for (let i = 0; i < dead.length; i++) {
      for (let left = dead[i] & used[i]; left !== 0; left &= left - 1) {
        const index = i * 32 + 31 - Math.clz32(left & -left);
        this.assign(this.object, index, this.first[index]);
        this.note(index, this.first[index]);
      }
    }
    this.dead = this.none;
  }

  /** The same after `begin`, which may bring in arguments. */
  settleBegin(): void {
    this.open = true;
    this.compare(this.object, this.shadow, this);
    this.open = false;
  }

  /** Before `settle`: what comes next. */
  prepare(next: { readonly name: string } | null, operation: string | null): void {
    if (this.deadBefore === null) return;
    this.dead =
      this.deadSets.get(operation)?.get(next) ?? this.learnDead(this.deadBefore(next, operation), next, operation);
  }

  private learnDead(names: readonly string[], next: unknown, operation: string | null): RegisterSet {
    const set = this.none.slice();
    for (const name of names) {
      const index = this.fields.indexOf(name);
      if (index < 0) {
        throw new ModelError(
          'RIGHTLINK_MODEL_REGISTERS',
          `thread '${this.thread}': there is no register '${name}' to be dead`,
        );
      }
      set[index >>> 5] |= 1 << (index & 31);
    }
    const known = this.deadSets.get(operation);
    if (known === undefined) this.deadSets.set(operation, new Map([[next, set]]));
    else known.set(next, set);
    return set;
  }

  /** Takes back what `settle` noted since the mark. */
  rollBack(mark: number): void {
    while (this.logged > mark) {
      this.logged -= 1;
      const at = this.logged;
      const index = this.logIndex[at];
      const value = this.logValue[at];
      this.setShadow(index, value);
      this.assign(this.object, index, value);
      this.partLow[index] = this.logLow[at];
      this.partHigh[index] = this.logHigh[at];
    }
  }

  /** After an exception: the object gets the values last noted. */
  restore(): void {
    this.dead = this.none;
    for (let i = 0; i < this.fields.length; i++) this.assign(this.object, i, this.shadow[i]);
  }

  /** For the compiled comparison: field `index` has another value than its shadow. */
  changed(index: number, value: unknown): void {
    if ((this.dead[index >>> 5] & (1 << (index & 31))) === 0) {
      this.note(index, value);
      return;
    }
    const first = this.first[index];
    this.assign(this.object, index, first);
    if (this.shadow[index] !== first) this.note(index, first);
  }

  private note(index: number, value: unknown): void {
    const { logged: at, partLow, partHigh } = this;
    if (at === this.logIndex.length) this.widenLog();
    this.logIndex[at] = index;
    this.logValue[at] = this.shadow[index];
    this.logLow[at] = partLow[index];
    this.logHigh[at] = partHigh[index];
    this.logged = at + 1;
    this.setShadow(index, value);
    if (this.ignored[index]) return;
    const position = this.position + index;
    const word = this.word(value, index);
    const low = mixLow(position, word);
    const high = mixHigh(position, word);
    this.low = (this.low + low - partLow[index]) | 0;
    this.high = (this.high + high - partHigh[index]) | 0;
    partLow[index] = low;
    partHigh[index] = high;
  }

  private setShadow(index: number, value: unknown): void {
    this.shadow[index] = value;
    const bit = 1 << (index & 31);
    if (value === this.first[index]) this.used[index >>> 5] &= ~bit;
    else this.used[index >>> 5] |= bit;
  }

  private widenLog(): void {
    this.logIndex = widened(this.logIndex);
    this.logLow = widened(this.logLow);
    this.logHigh = widened(this.logHigh);
  }

  /** A register's value as 32 bits, the same in every run and thread. */
  private word(value: unknown, index: number): number {
    if (typeof value === 'number') return (value | 0) === value ? value : hashDouble(value);
    if (value === null || value === undefined) return 0x6e756c6c;
    if (typeof value === 'boolean') return value ? 0x74727565 : 0x66616c73;
    if (typeof value === 'function') return functionHash(value);
    if (typeof value === 'string') return hashText(value);
    if (typeof value === 'object') return this.objectWord(value, index);
    throw new ModelError(
      'RIGHTLINK_MODEL_REGISTERS',
      `thread '${this.thread}': register '${this.fields[index]}' holds a ${typeof value}; registers are numbers, booleans, step functions, or references to immutable things`,
    );
  }

  private objectWord(value: object, index: number): number {
    const known = this.known.get(value);
    if (known !== undefined) return known;
    if (!this.open) {
      throw new ModelError(
        'RIGHTLINK_MODEL_HIDDEN_STATE',
        `thread '${this.thread}': a step put a new object into register '${this.fields[index]}': that is state which the checker cannot see; steps must not allocate`,
      );
    }
    const word = contentHash(value, this.known.size);
    this.known.set(value, word);
    return word;
  }
}

const doubles = new Float64Array(1);
const doubleWords = new Int32Array(doubles.buffer);

function hashDouble(value: number): number {
  doubles[0] = value;
  return mixLow(doubleWords[0], doubleWords[1]);
}

function contentHash(value: object, order: number): number {
  if (value instanceof Uint8Array || value instanceof Int32Array) return hashText(value.join());
  return hashText(`${value.constructor?.name ?? 'object'} ${order}`);
}

const compiled = new Map<string, { compare: Compare; assign: Assign }>();

/** The functions for objects of these fields: made once, so that all threads and explorations share what V8 learns. */
function functionsFor(fields: readonly string[]): { compare: Compare; assign: Assign } {
  const key = JSON.stringify(fields);
  let functions = compiled.get(key);
  if (functions === undefined) {
    functions = { compare: compileCompare(fields), assign: compileAssign(fields) };
    compiled.set(key, functions);
  }
  return functions;
}

function compileCompare(fields: readonly string[]): Compare {
  const lines = fields.map((field, i) => `v = o[${JSON.stringify(field)}]; if (v !== s[${i}]) file.changed(${i}, v);`);
  return new Function(`return (o, s, file) => { let v; ${lines.join('\n')} };`)() as Compare;
}

function compileAssign(fields: readonly string[]): Assign {
  const cases = fields.map((field, i) => `case ${i}: o[${JSON.stringify(field)}] = v; return;`);
  return new Function(`return (o, i, v) => { switch (i) { ${cases.join('\n')} } };`)() as Assign;
}
