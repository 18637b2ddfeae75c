// How much a call matters: when an execution that has done something must stop before it.
/** Nothing that anybody else could see. */
export const PRIVATE = 0;
/** Reads what others may change. */
export const LOOK = 1;
/** Changes what survives. */
export const CHANGE = 2;
/** Reads or changes shared memory. */
export const MEMORY = 3;

/** One call of the code that is run: answered from its history, or made. */
export type Call = <T>(kind: string, weight: number, make: () => T) => T;
