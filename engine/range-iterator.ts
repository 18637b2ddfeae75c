import type { RangeReader } from './range.ts';

/** What {@link Tree.entries}, `keys` and `values` give: both `for … of` and `for await … of` go over it. */
export interface Range<T> extends Iterable<T>, AsyncIterable<T> {
  [Symbol.iterator](): IterableIterator<T>;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/** Entries between two turns of the event loop in asynchronous iteration. */
const ENTRIES_PER_TURN = 512;

/** A range over `open()`, a fresh reader for each iteration, giving `take(reader, index)` for each entry. */
export function rangeOf<T>(open: () => RangeReader, take: (reader: RangeReader, index: number) => T): Range<T> {
  return {
    [Symbol.iterator]: () => new RangeIterator(open(), take),
    [Symbol.asyncIterator]: () => iterateAsync(open(), take),
  };
}

class RangeIterator<T> implements IterableIterator<T> {
  private readonly reader: RangeReader;
  private readonly take: (reader: RangeReader, index: number) => T;
  private done = false;

  constructor(reader: RangeReader, take: (reader: RangeReader, index: number) => T) {
    this.reader = reader;
    this.take = take;
  }

  next(): IteratorResult<T> {
    const { reader } = this;
    if (this.done || !reader.fill()) {
      this.done = true;
      return { done: true, value: undefined };
    }
    return { done: false, value: this.take(reader, reader.at++) };
  }

  return(): IteratorResult<T> {
    this.done = true;
    this.reader.end();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this;
  }
}

async function* iterateAsync<T>(
  reader: RangeReader,
  take: (reader: RangeReader, index: number) => T,
): AsyncGenerator<T, void, undefined> {
  let taken = 0;
  try {
    while (reader.fill()) {
      yield take(reader, reader.at++);
      if (++taken % ENTRIES_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    reader.end();
  }
}
