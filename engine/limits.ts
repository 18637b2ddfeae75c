/** Every bound of the engine, in one place. */

/** How often an operation moves the epoch and tries again when no memory is free, before it fails. */
export const PRESSURE_ATTEMPTS = 4096;
/** So often it tries without resting. */
export const PRESSURE_ATTEMPTS_AT_ONCE = 8;
/** It fails sooner when the epoch has moved so far meanwhile: whatever was retired before has long been free. */
export const PRESSURE_EPOCHS = 64;
/** How long it rests between the others. */
export const PRESSURE_WAIT_MS = 2;
/** Blocks that a thread retires before it moves the epoch. */
export const RETIRED_PER_EPOCH = 8;
/** Pages that a thread collapses before it helps to get their ids back. */
export const COLLAPSED_PER_COLLECTION = 64;
/** Page ids that one turn of that looks at. */
export const COLLECT_PIDS_PER_TURN = 128;
/** Epochs after which no thread is left that was pinned when a walk over the page table ended. */
export const COLLECT_GRACE_EPOCHS = 2;
/** Longest sleep of a thread that waits for a sync, between looks at the store's state. */
export const SYNC_WAIT_MS = 1000;
/** Leaves that a checkpoint copies before the keeper looks after the log again. */
export const CHECKPOINT_LEAVES_PER_TURN = 64;
/** How soon a dead thread's record is looked at again that needs a place in a full log ring. */
export const REAP_AGAIN_MS = 5;
/** So many keepers in a row may die without staging anything; then the store is poisoned. */
export const KEEPER_DEATHS_MAX = 5;
/** How often the owner of a store looks for dropped trees whose pages can be freed. */
export const RECLAIM_MS = 250;
/** Separators that one operation posts on its way before it just walks right; at most 3: it is counted in two bits. */
export const POSTS_PER_OPERATION = 3;
/**
 * A snapshot that is this many log positions behind is given up: versions are compared by 31-bit positions, and leaves know
 * their birth to within two eras of 2^28.
 */
export const SNAPSHOT_POSITIONS_MAX = 2 ** 29;
/** A leaf that was born more eras ago than this takes no more records; see `wal/era.ts`. */
export const LEAF_ERAS_MAX = 2;
/** Leaves that the owner of a store goes over in a turn to drop old versions; see `sweep.ts`. */
export const SWEPT_LEAVES_PER_TURN = 256;
/** Ids are reserved in blocks of 2 to the power of this many: a block costs a record in the log and a sync. */
export const ID_BLOCK_SHIFT = 20;
/** An id is not used when so many blocks were reserved while it was taken: its low word might be of another lap. */
export const ID_BLOCKS_AHEAD_MAX = 1024;
