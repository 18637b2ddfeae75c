import { open } from '../../../engine/index.ts';

/** Opens the store in the directory given, and says the greatest id taken, again and again, until it is killed. */
const [path] = process.argv.slice(2);
const db = await open(path, { cacheBytes: 16 * 2 ** 20, durability: 'none' });
setInterval(() => {
  let last = 0;
  for (let i = 0; i < 50_000; i++) last = db.generateId();
  process.send?.(last);
}, 1);
