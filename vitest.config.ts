import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const rooms = ['pagecache', 'wal', 'model', 'engine', 'spec', 'bench'];

/** From the inside out, so that the first failure shown is the closest to its cause. */
class InsideOut extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = ({ moduleId }: TestSpecification) => {
      const path = relative(this.ctx.config.root, moduleId);
      return `${rooms.indexOf(path.split(/[\\/]/)[0])} ${path}`;
    };
    return files.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}

export default defineConfig({
  test: {
    include: [`{${rooms}}/**/*.test.ts`],
    // Forked processes: suites kill workers and child processes, and each gets its own shared memory and exit hooks.
    pool: 'forks',
    // Many suites start several threads of their own; two at a time keep a two-core machine honest about time.
    maxWorkers: 2,
    sequence: { sequencer: InsideOut },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ['default'],
  },
});
