import type { CheckpointOptions } from '../options.ts';
import type { Resumable } from '../search/search.ts';
import type { FingerprintSet } from '../visited/fingerprints.ts';
import { type Exploration, removeCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { insistOnPlace } from './file.ts';

const EVERY_MS = 60_000;
/** How many times as long as writing took, until the next. */
const SHARE = 9;

/** Writes checkpoints of a running search when they are due. */
export class Checkpoints {
  private readonly options: CheckpointOptions;
  private readonly exploration: Exploration;
  private readonly search: Resumable;
  private readonly visited: FingerprintSet;
  private readonly start: number;
  private due: number;

  /**
   * @param start when the exploration would have started, had it never been interrupted, on the clock `performance.now`
   * @throws ModelError RIGHTLINK_MODEL_CHECKPOINT when there can be no such file
   */
  constructor(
    options: CheckpointOptions,
    exploration: Exploration,
    search: Resumable,
    visited: FingerprintSet,
    start: number,
  ) {
    insistOnPlace(options.path);
    this.options = options;
    this.exploration = exploration;
    this.search = search;
    this.visited = visited;
    this.start = start;
    this.due = performance.now() + this.everyMs;
  }

  get path(): string {
    return this.options.path;
  }

  /** Between two runs of the search: writes, if it is time. */
  tick(): void {
    if (performance.now() >= this.due) this.write();
  }

  write(): void {
    const before = performance.now();
    writeCheckpoint(this.path, this.exploration, this.search, this.visited, (before - this.start) / 1000);
    const now = performance.now();
    const rest = this.everyMs === 0 ? 0 : Math.max(this.everyMs, SHARE * (now - before));
    this.due = now + rest;
  }

  /** The exploration has ended by itself. */
  end(): void {
    removeCheckpoint(this.path);
  }

  private get everyMs(): number {
    return this.options.everyMs ?? EVERY_MS;
  }
}
