// Starts a worker or a child process from TypeScript sources, in this repository only: Node 20 cannot start either from a
// `.ts` file. `worker-entry.ts` names this file when it runs from sources itself; the built package holds neither this nor
// tsx. The first argument is the entry's URL; the entry then sees its arguments as if it had been started directly.
import { fileURLToPath } from 'node:url';
import { register } from 'tsx/esm/api';

const entry = process.argv[2];
process.argv.splice(1, 2, fileURLToPath(entry));
register();
await import(entry);
