import { SingleBar } from 'cli-progress';

/** Says on stderr how far something has come: a bar on a terminal, a line a step elsewhere. */
export interface Progress {
  /** @param steps how many there will be */
  start(steps: number): void;
  /** A step begins. */
  step(what: string): void;
  stop(): void;
}

/** Progress on stderr. */
export function progressOnStderr(): Progress {
  return process.stderr.isTTY ? bar() : lines();
}

function bar(): Progress {
  const format = '{bar} {value}/{total} {duration_formatted}  {what}';
  const single = new SingleBar({
    format,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
    stream: process.stderr,
  });
  let done = -1;
  return {
    start(steps) {
      done = -1;
      single.start(steps, 0, { what: '' });
    },
    step(what) {
      done++;
      single.update(done, { what });
    },
    stop() {
      single.stop();
    },
  };
}

function lines(): Progress {
  let total = 0;
  let begun = 0;
  return {
    start(steps) {
      total = steps;
      begun = 0;
    },
    step(what) {
      begun++;
      process.stderr.write(`[${begun}/${total}] ${what}\n`);
    },
    stop() {},
  };
}
