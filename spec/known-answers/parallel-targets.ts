import { twoPhaseCommit } from './protocols.ts';
import { queue } from './queues.ts';
import { treiberStack } from './stacks.ts';

// What the explorer threads of `parallel.test.ts` import.

/** Two-phase commit, 7 managers. */
export const commit = () => twoPhaseCommit(7);
/** The queue of Michael and Scott. */
export const freeQueue = () => queue('non-blocking');
/** Treiber's stack with its ABA. */
export const brokenStack = () => treiberStack(false);
