/** Opens the store at the path given, writes one key durably, says so, and holds the store until it is killed. */
import { open } from '../../../engine/index.ts';

const db = await open(process.argv[2]);
db.tree('t').put('k', 'v');
await db.flush();
process.send?.('open');
process.on('disconnect', () => process.exit(0));
