import { afterAll, describe, expect, it } from 'vitest';
import { compareEngines, FEW_PREEMPTIONS } from './agreement.ts';
import { registry } from './scenarios/registry.ts';

// Both engines on all of the engine's scenarios. `npm run agree` does the same with more patience, and on mutants, too.

/** Visits of states after which the second engine is compared within few preemptions instead. */
const VISITS = 10_000;

const bounded: string[] = [];

afterAll(() => {
  if (bounded.length === 0) return;
  process.stderr.write(
    `compared within ${FEW_PREEMPTIONS} preemption only, as they have more than ${VISITS} visits of states: ${bounded.join(', ')}\n`,
  );
});

describe.each(registry)('$name', ({ name, build }) => {
  const target = build();

  it('ends in the same states, says the engine without stored states', async () => {
    const result = await compareEngines(target, VISITS);
    if (result.compared !== 'all classes') bounded.push(name);
    expect(result).toMatchObject({ agree: true });
    expect(result.ends).toBeGreaterThan(0);
  });
});
