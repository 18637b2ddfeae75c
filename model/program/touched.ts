import type { Problem } from '../machine.ts';

/** What a traced move touched. */
export interface Touched {
  thread: number;
  /** Triples: first byte, end byte, READ or WRITE; queues of sleepers are negative bytes. */
  accesses: readonly number[];
  /** Whether a call begins, or ends, whose place in real time matters. */
  begins: boolean;
  ends: boolean;
  /** Threads that it woke. */
  woken: readonly number[];
  /** The word that the thread slept on before. */
  wakes: number;
  problem: Problem | null;
}
