/** Every bound of the engine, in one place. */

/** How often an operation moves the epoch and tries again when no memory is free, before it fails. */
export const PRESSURE_ATTEMPTS = 64;
/** How long it rests between later attempts. */
export const PRESSURE_WAIT_MS = 2;
/** Blocks that a thread retires before it moves the epoch. */
export const RETIRED_PER_EPOCH = 8;
