import type { Memory } from '../../pagecache/memory.ts';
import { type EngineStep, NO_FAILURE, type Operation } from '../operation.ts';
import { freeFrames } from './note.ts';

/** Maintenance that found no memory: gives back what it took and lets the operation go on; it was optional. */
export function leaveUntidy(memory: Memory, op: Operation): EngineStep | null {
  op.failure = NO_FAILURE;
  op.onLost = op.afterFinish;
  return freeFrames(memory, op);
}
