/** What `new Worker(filename, options)` needs to start a module of this package. */
export interface WorkerEntry {
  filename: URL;
  options: {
    /** Arguments of the bootstrap in front of the module; none in the built package. */
    argv: string[];
    /** Empty: a worker of ours needs none of the host's flags, and some (`--input-type`) would keep it from starting. */
    execArgv: string[];
  };
}

/**
 * Tells how to start the module `module` as a worker. It is spelled as in an import, relative and ending in `.ts`
 * (`'./keeper-main.ts'`); `base` is the `import.meta.url` of the file that asks. In the built package that is JavaScript
 * beside it; from sources it goes through `development.mjs`, because Node 20 starts no worker from a `.ts` file.
 */
export function workerEntry(module: `${string}.ts`, base: string): WorkerEntry {
  if (new URL(base).pathname.endsWith('.ts')) {
    const bootstrap = new URL('./development.mjs', import.meta.url);
    return { filename: bootstrap, options: { argv: [new URL(module, base).href], execArgv: [] } };
  }
  return { filename: new URL(module.replace(/\.ts$/, '.js'), base), options: { argv: [], execArgv: [] } };
}
