import { afterAll, describe, expect, it } from 'vitest';
import { explore } from '../model/index.ts';
import { compareEngines } from './agreement.ts';
import { lockedCounter, racyCounter } from './known-answers/synchronisation.ts';
import { registry } from './scenarios/registry.ts';

// Both engines on all step programs among the engine's scenarios. `npm run agree` does the same with more patience, and on mutants, too.

/** Visits of states after which the second engine is compared within few preemptions instead. */
const VISITS = 30_000;

const bounded: string[] = [];

afterAll(() => {
  if (bounded.length === 0) return;
  process.stderr.write(
    `not compared on all classes, as that takes more than ${VISITS} visits of states: ${bounded.join(', ')}\n`,
  );
});

// Crash programs have moves of another kind, of which is not known what they touch: the second engine does not run them.
const programs = registry.flatMap(({ name, build }) => {
  const target = build();
  return target.type === 'program' ? [{ name, target }] : [];
});

describe.each(programs)('$name', ({ name, target }) => {
  it('ends in the same states, says the engine without stored states', async () => {
    const result = await compareEngines(target, { visits: VISITS });
    if (result.compared !== 'all classes') bounded.push(`${name} (${result.compared})`);
    expect(result).toMatchObject({ agree: true });
    expect(result.ends).toBeGreaterThan(0);
  });
});

describe('a comparison', () => {
  const target = racyCounter(4);

  it.each([
    ['on all classes', 10_000],
    ['within few preemptions', 1_000],
  ])('says so when the engines do not find the same, %s', async (_, visits) => {
    const run: typeof explore = (program, options) =>
      explore(options?.search === 'stateless' ? lockedCounter(4) : program, options);
    expect(await compareEngines(target, { visits })).toMatchObject({ agree: true, verdict: 'violation' });
    expect(await compareEngines(target, { visits, run })).toMatchObject({ agree: false });
  });
});
