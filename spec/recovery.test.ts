import { describe, expect, it } from 'vitest';
import { explore } from '../model/index.ts';
import { crashScenarios } from './scenarios/registry.ts';

// The code of the log and of the page files on a disk that loses power, explored without exception, and mutants of it that must be caught.

const quick = crashScenarios.filter((scenario) => scenario.slow !== true);

describe.each(quick)('$name', (scenario) => {
  const target = scenario.build();

  it(`holds: ${scenario.about}`, async () => {
    const result = await explore(target);
    expect(result.violation?.message).toBeUndefined();
    expect(result.exhaustive).toBe(true);
  });

  it.each(Object.keys(target.mutants ?? {}))('catches: %s', async (mutant) => {
    const result = await explore(target, { mutant, shortest: false });
    expect(result.verdict).toBe('violation');
  });
});
