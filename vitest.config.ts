import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{engine,pagecache,wal,model,spec,bench}/**/*.test.ts'],
    // Forked processes: suites kill workers and child processes, and each gets its own shared memory and exit hooks.
    pool: 'forks',
    // Many suites start several threads of their own; two at a time keep a two-core machine honest about time.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ['default'],
  },
});
