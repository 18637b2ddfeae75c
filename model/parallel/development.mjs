// Starts an explorer thread from TypeScript sources, in this repository only: Node 20 cannot start a worker from a `.ts`
// file. The built package holds neither this nor tsx.
import { register } from 'tsx/esm/api';

register();
await import(process.argv[2]);
