import { ModelError } from '../errors.ts';
import { hashText, mixHigh, mixLow } from '../hash.ts';
import { widened } from '../machine.ts';
import { functionHash } from './step-identity.ts';

type Fields = Record<string, unknown>;
type Compare = (object: Fields, shadow: unknown[], file: RegisterFile) => void;
type Clear = (object: Fields, first: readonly unknown[]) => void;
type Assign = (object: Fields, index: number, value: unknown) => void;

/** Position of the first register in the hash, beyond all words of memory; each thread has a block of its own. */
const REGISTER_POSITION = 1 << 27;
const REGISTERS_PER_THREAD = 1 << 12;

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
  private deadBefore: ((next: { readonly name: string } | null) => readonly string[]) | null = null;
  private first: unknown[] = [];
  private readonly clears = new Map<unknown, Clear>();
  private readonly compare: Compare;
  private readonly assign: Assign;
  private logIndex = new Int32Array(1 << 10);
  private logValue: unknown[] = [];
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
    this.compare = compileCompare(this.fields);
    this.assign = compileAssign(this.fields);
    Object.preventExtensions(object);
    this.settle();
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

  /** Tells which registers are dead before a step (null: between operations), to be asked once for each. */
  useDead(dead: (next: { readonly name: string } | null) => readonly string[]): void {
    this.deadBefore = dead;
    this.first = this.shadow.slice();
  }

  /** Gives registers that are dead now back the values that they had at the start. */
  clearDead(next: { readonly name: string } | null): void {
    if (this.deadBefore === null) return;
    let clear = this.clears.get(next);
    if (clear === undefined) {
      clear = this.compileClear(this.deadBefore(next));
      this.clears.set(next, clear);
    }
    clear(this.object, this.first);
  }

  private compileClear(names: readonly string[]): Clear {
    const lines = names.map((name) => {
      const index = this.fields.indexOf(name);
      if (index < 0) {
        throw new ModelError(
          'RIGHTLINK_MODEL_REGISTERS',
          `thread '${this.thread}': there is no register '${name}' to be dead`,
        );
      }
      return `o[${JSON.stringify(name)}] = first[${index}];`;
    });
    return new Function(`return (o, first) => { ${lines.join('\n')} };`)() as Clear;
  }

  /** Takes note of what a transition changed. */
  settle(): void {
    this.compare(this.object, this.shadow, this);
  }

  /** The same after `begin`, which may bring in arguments. */
  settleBegin(): void {
    this.open = true;
    this.compare(this.object, this.shadow, this);
    this.open = false;
  }

  /** Takes back what `settle` noted since the mark. */
  rollBack(mark: number): void {
    while (this.logged > mark) {
      this.logged -= 1;
      const index = this.logIndex[this.logged];
      const value = this.logValue[this.logged];
      this.shadow[index] = value;
      this.assign(this.object, index, value);
    }
  }

  /** After an exception: the object gets the values last noted. */
  restore(): void {
    for (let i = 0; i < this.fields.length; i++) this.assign(this.object, i, this.shadow[i]);
  }

  /** For the compiled comparison: field `index` has another value than its shadow. */
  changed(index: number, value: unknown): void {
    const old = this.shadow[index];
    if (this.logged === this.logIndex.length) this.logIndex = widened(this.logIndex);
    this.logIndex[this.logged] = index;
    this.logValue[this.logged] = old;
    this.logged += 1;
    this.shadow[index] = value;
    if (this.ignored[index]) return;
    const position = this.position + index;
    const before = old === undefined ? 0 : this.word(old, index);
    const after = this.word(value, index);
    this.low = (this.low + mixLow(position, after) - mixLow(position, before)) | 0;
    this.high = (this.high + mixHigh(position, after) - mixHigh(position, before)) | 0;
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

function compileCompare(fields: readonly string[]): Compare {
  const lines = fields.map((field, i) => `v = o[${JSON.stringify(field)}]; if (v !== s[${i}]) file.changed(${i}, v);`);
  return new Function(`return (o, s, file) => { let v; ${lines.join('\n')} };`)() as Compare;
}

function compileAssign(fields: readonly string[]): Assign {
  const cases = fields.map((field, i) => `case ${i}: o[${JSON.stringify(field)}] = v; return;`);
  return new Function(`return (o, i, v) => { switch (i) { ${cases.join('\n')} } };`)() as Assign;
}
