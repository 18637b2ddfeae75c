/**
 * A process that explores the counters with checkpoints, and prints the totals. argv: the file, `resume` to go on from it,
 * the search.
 */
import { explore } from '../../model/index.ts';
import { counters } from './interruption-targets.ts';

const [path, resume, search] = process.argv.slice(2);
const result = await explore(counters(), {
  search: search === 'breadth' ? 'breadth' : 'depth',
  onViolation: 'continue',
  checkpoint: { path, everyMs: 0 },
  ...(resume === 'resume' ? { resume: path } : {}),
});
const { states, transitions, ends, endsHash, verdict, exhaustive, depth } = result;
process.stdout.write(JSON.stringify({ states, transitions, ends, endsHash, verdict, exhaustive, depth }));
