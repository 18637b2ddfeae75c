import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Memory as CheckedMemory, Step as CheckedStep } from '../model/index.ts';
import { explore } from '../model/index.ts';
import type { Memory, Step } from '../pagecache/memory.ts';
import { scenarios } from './scenarios/registry.ts';
import { engineProgram } from './scenarios/scenario.ts';
import { slotProgram, slotScenarios } from './scenarios/slots.ts';

// The engine's own steps, explored without exception, and mutants of them that must be caught. Scenarios that take longer
// than some seconds run in `npm run explore -- --all` only.

const targets = [
  ...scenarios.map((scenario) => ({ ...scenario, build: () => engineProgram(scenario) })),
  ...slotScenarios.map((scenario) => ({ ...scenario, options: {}, build: () => slotProgram(scenario) })),
];
const quick = targets.filter((scenario) => scenario.slow !== true);

describe.each(quick)('$name', (scenario) => {
  const target = scenario.build();

  it(`holds: ${scenario.about}`, async () => {
    const result = await explore(target, { ...scenario.options });
    expect(result.violation?.message).toBeUndefined();
    expect(result.verdict).toBe('ok');
    expect(result.exhaustive).toBe(true);
  });

  it.each(Object.keys(scenario.mutants ?? {}))('catches: %s', async (mutant) => {
    const result = await explore(target, { ...scenario.options, mutant, shortest: false });
    expect(result.verdict).toBe('violation');
  });
});

describe('the engine and the checker', () => {
  it('mean the same by memory and step', () => {
    expectTypeOf<Memory>().toEqualTypeOf<CheckedMemory>();
    interface Registers {
      count: number;
    }
    expectTypeOf<Step<Registers>>().toExtend<CheckedStep<Registers>>();
    expectTypeOf<CheckedStep<Registers>>().toExtend<Step<Registers>>();
  });
});
