import type { Progress } from './progress.ts';

/** A row of a result: of the table, and as it is of `--json`. */
export type Row = Record<string, string | number | boolean | null>;

/** A line of the summary: what was measured, against what was aimed at. */
export interface Aim {
  what: string;
  measured: string;
  aim: string;
  met: boolean;
}

/** What a workload hands back. */
export interface Report {
  rows: Row[];
  /** Measured against aimed at, where there are aims. */
  aims?: Aim[];
  /** What a reader of the table should know: how it was measured. */
  notes?: string[];
}

/** Asked for on the command line. */
export interface BenchOptions {
  records: number;
  repetitions: number;
}

/** Something that can be measured: `npm run bench -- NAME`. Each is a module of its own, listed in `workloads/index.ts`. */
export interface Workload {
  name: string;
  about: string;
  run(options: BenchOptions, progress: Progress): Promise<Report>;
}
