/**
 * A process that enters the store at argv[2] when told to ('enter' on its channel), says what came of it, and leaves or
 * holds on until it is killed. argv[3] is a file in which owners put their mark while they own the store.
 */
import fs from 'node:fs';
import { nodeDisk } from '../../wal/disk.ts';
import { LockedError } from '../../wal/errors.ts';
import { enterStore } from '../../wal/store-file.ts';

const [path, mark] = process.argv.slice(2);

/** Sent to the parent. */
export interface Answer {
  readonly result: 'ready' | 'entered' | 'locked' | 'failed';
  readonly detail: string;
}

function answer(result: Answer['result'], detail = ''): void {
  process.send?.({ result, detail } satisfies Answer);
}

process.on('message', (order) => {
  try {
    const store = enterStore(nodeDisk, path);
    const marker = fs.openSync(mark, 'wx'); // a second owner at the same time fails here
    if (order !== 'enter and hold') {
      fs.closeSync(marker);
      fs.unlinkSync(mark);
      store.leave();
    }
    answer('entered'); // last: the next order may come at once
  } catch (error) {
    answer(error instanceof LockedError ? 'locked' : 'failed', String(error));
  }
});
answer('ready');
