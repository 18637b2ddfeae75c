/**
 * A place where threads meet: {@link Barrier.arrive} returns in all of them at once, when the last has come. It can be
 * used again at once.
 */
export class Barrier {
  private readonly words: Int32Array;
  private readonly threads: number;

  /** @param words shared by all the threads: how many have arrived, and how often all have */
  constructor(words: Int32Array, threads: number) {
    this.words = words;
    this.threads = threads;
  }

  arrive(): void {
    const round = Atomics.load(this.words, 1);
    if (Atomics.add(this.words, 0, 1) === this.threads - 1) {
      Atomics.store(this.words, 0, 0);
      Atomics.add(this.words, 1, 1);
      Atomics.notify(this.words, 1);
    } else {
      while (Atomics.load(this.words, 1) === round) Atomics.wait(this.words, 1, round);
    }
  }
}
