import { describe, expect, it } from 'vitest';
import { DurableLinearizer, type DurableSpecification } from './durability.ts';
import type { PendingCall } from './linearizability.ts';

/** A list to which things are added; `read` shows it all, `flush` makes it durable. */
function list(durability: 'strict' | 'buffered'): DurableSpecification<readonly string[]> {
  return {
    durability,
    initial: [],
    apply(state, { name, arguments: what }) {
      if (name === 'add') return { state: [...state, String(what)], result: 'ok' };
      if (name === 'flush') return { state, result: 'ok', durable: true };
      if (name === 'keep') return { state, result: 'ok', durable: (earlier) => earlier.includes(String(what)) };
      return { state, result: state };
    },
  };
}

let calls = 0;

function call(name: string, what?: string): PendingCall {
  calls += 1;
  return { id: calls, name, arguments: what, thread: 't' };
}

/** A history of one or two threads, and what may be read behind it. */
class History {
  private readonly judge: DurableLinearizer;
  private set: number;
  private readonly pending: (PendingCall | null)[] = [null, null];

  constructor(durability: 'strict' | 'buffered') {
    this.judge = new DurableLinearizer(list(durability) as DurableSpecification<unknown>);
    this.set = this.judge.start([], 2);
  }

  /** A call that returned before the next one began. */
  done(name: string, what?: string): this {
    return this.begun(0, name, what).returned(0);
  }

  begun(thread: number, name: string, what?: string): this {
    this.pending[thread] = call(name, what);
    return this;
  }

  returned(thread: number): this {
    this.set = this.judge.returned(this.set, thread, 'ok', this.pending);
    this.pending[thread] = null;
    return this;
  }

  crash(): this {
    this.set = this.judge.crashed(this.set, this.pending);
    this.pending.fill(null);
    return this;
  }

  /** Whether this may be read now. */
  allows(text: string): boolean {
    this.begun(0, 'read');
    const result = this.judge.returned(this.set, 0, [...text], this.pending);
    this.pending[0] = null;
    return result >= 0;
  }
}

describe('strict durable linearizability', () => {
  it('keeps what returned before the crash', () => {
    const history = new History('strict').done('add', 'a').done('add', 'b').crash();
    expect(history.allows('ab')).toBe(true);
    for (const text of ['', 'a', 'b', 'ba']) expect(history.allows(text)).toBe(false);
  });

  it('lets an interrupted call have happened or not', () => {
    const history = new History('strict').done('add', 'a').begun(0, 'add', 'b').begun(1, 'add', 'c').crash();
    for (const text of ['a', 'ab', 'ac', 'abc', 'acb']) expect(history.allows(text)).toBe(true);
    for (const text of ['', 'b', 'cab', 'bc']) expect(history.allows(text)).toBe(false);
  });

  it('and it does not happen later', () => {
    const history = new History('strict').begun(0, 'add', 'a').crash().done('add', 'b');
    expect(history.allows('b')).toBe(true);
    expect(history.allows('ab')).toBe(true);
    expect(history.allows('ba')).toBe(false);
    history.crash();
    expect(history.allows('ba')).toBe(false);
  });
});

describe('buffered durable linearizability', () => {
  it('keeps a prefix', () => {
    const history = new History('buffered').done('add', 'a').done('add', 'b').done('add', 'c').crash();
    for (const text of ['', 'a', 'ab', 'abc']) expect(history.allows(text)).toBe(true);
    for (const text of ['b', 'c', 'ac', 'bc', 'acb']) expect(history.allows(text)).toBe(false);
  });

  it('that holds what was flushed', () => {
    const history = new History('buffered').done('add', 'a').done('flush').done('add', 'b').crash();
    for (const text of ['a', 'ab']) expect(history.allows(text)).toBe(true);
    for (const text of ['', 'b']) expect(history.allows(text)).toBe(false);
  });

  it('or what was said to be kept, and what came before it, and no more', () => {
    const history = new History('buffered')
      .done('add', 'a')
      .done('add', 'b')
      .done('add', 'c')
      .done('keep', 'b')
      .crash();
    for (const text of ['ab', 'abc']) expect(history.allows(text)).toBe(true);
    for (const text of ['', 'a', 'b']) expect(history.allows(text)).toBe(false);
  });

  it('makes what took effect beside a flush durable or not', () => {
    const history = new History('buffered').done('add', 'a').begun(0, 'flush').begun(1, 'add', 'b').returned(1);
    history.returned(0).crash();
    for (const text of ['a', 'ab']) expect(history.allows(text)).toBe(true);
    expect(history.allows('')).toBe(false);
  });

  it('a crash decides: what it took does not come back', () => {
    const history = new History('buffered').done('add', 'a').crash();
    const lost = new History('buffered').done('add', 'a').crash().done('add', 'b').done('flush').crash();
    expect(history.allows('a')).toBe(true);
    for (const text of ['b', 'ab']) expect(lost.allows(text)).toBe(true);
    for (const text of ['', 'a', 'ba']) expect(lost.allows(text)).toBe(false);
  });
});
