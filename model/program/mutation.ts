import { ModelError } from '../errors.ts';
import type { Memory, Step } from '../memory.ts';
import type { Mutant, Program, Weakening } from '../program.ts';
import { Reordering } from './reorder.ts';

type AnyStep = Step<object>;

/** Listens to which atomic actions steps do and which step comes next, and changes nothing. */
export interface Probe {
  probe: (step: string, action: AtomicAction) => void;
  follows: (step: string, next: string) => void;
}

/** An atomic action that a mutant can weaken. */
export type AtomicAction = 'load' | 'store' | 'compareExchange' | 'add' | 'wait' | 'notify';

/** A mutant at work: which steps run with another memory, and which run in place of others. */
export class Mutation {
  private readonly names: ReadonlySet<string>;
  private readonly replacements: Pick<ReadonlyMap<unknown, unknown>, 'get'>;
  private readonly weakened: Memory | null;
  private readonly reordering: Reordering | null = null;
  private readonly hits = new Map<AnyStep, boolean>();
  /** Whether the mutated step ever ran. */
  used = false;

  private step = '';
  private readonly probes: boolean;

  constructor(mutant: Mutant | Probe, memory: Memory) {
    this.probes = 'probe' in mutant;
    if (!('probe' in mutant)) requireMutant(mutant);
    if ('probe' in mutant) {
      this.names = new Set();
      this.replacements = followers(mutant);
      this.weakened = weakenedMemory(
        memory,
        listener((action) => mutant.probe(this.step, action)),
      );
    } else if ('reorder' in mutant) {
      const reordering = new Reordering(mutant.reorder, mutant.across ?? [], (instead) =>
        weakenedMemory(memory, instead),
      );
      this.reordering = reordering;
      this.names = new Set();
      this.replacements = { get: (step) => reordering.stepFor(step as AnyStep) };
      this.weakened = null;
    } else if ('replace' in mutant) {
      this.names = new Set();
      this.replacements = mutant.replace;
      this.weakened = null;
    } else {
      this.names = new Set(typeof mutant.step === 'string' ? [mutant.step] : mutant.step);
      this.replacements = new Map();
      this.weakened = weakenedMemory(memory, weakeningOf(mutant.weaken));
    }
  }

  /** The step that runs instead of this one. */
  stepFor(step: AnyStep): AnyStep {
    const replacement = this.replacements.get(step);
    if (replacement === undefined || replacement === step) return step;
    this.used = true;
    return replacement as AnyStep;
  }

  /** The program's own step in place of which this one runs next; undefined: none, and all registers may still matter. */
  standsFor(step: AnyStep | null): AnyStep | null | undefined {
    return this.reordering === null || step === null ? step : this.reordering.standsFor(step);
  }

  /** The memory with which a step runs. */
  memoryFor(step: AnyStep, memory: Memory): Memory {
    if (this.weakened === null) return memory;
    if (this.probes) {
      this.step = step.name;
      return this.weakened;
    }
    let hit = this.hits.get(step);
    if (hit === undefined) {
      hit = this.names.has(step.name);
      this.hits.set(step, hit);
    }
    if (!hit) return memory;
    this.used = true;
    return this.weakened;
  }
}

/**
 * Finds a program's mutant.
 *
 * @throws ModelError RIGHTLINK_MODEL_MUTANT when it has none of this name
 */
export function mutantOf(program: Program, name: string): Mutant {
  const { mutants = {} } = program;
  if (Object.hasOwn(mutants, name)) return mutants[name];
  const names = Object.keys(program.mutants ?? {}).join(', ') || 'none';
  throw new ModelError('RIGHTLINK_MODEL_MUTANT', `'${program.name}' has no mutant '${name}'; it has: ${names}`);
}

/** @throws ModelError RIGHTLINK_MODEL_MUTANT for what is no mutant */
function requireMutant(mutant: Mutant): void {
  const { step, weaken, reorder, replace } = (mutant ?? {}) as Record<string, unknown>;
  const isWeakened =
    (typeof step === 'string' || Array.isArray(step)) &&
    (['skip', 'casToStore', 'casFails'].includes(weaken as string) || (typeof weaken === 'object' && weaken !== null));
  if (
    isWeakened ||
    (Array.isArray(reorder) && reorder.length === 2) ||
    typeof (replace as Partial<Map<unknown, unknown>> | undefined)?.get === 'function'
  )
    return;
  throw new ModelError(
    'RIGHTLINK_MODEL_MUTANT',
    "a mutant has `step` and `weaken` ('skip', 'casToStore', 'casFails', or functions), or `reorder` (two steps), or `replace` (a Map)",
  );
}

/** In place of every step one that says what comes next. */
function followers({ follows }: Probe): Pick<ReadonlyMap<unknown, unknown>, 'get'> {
  const made = new Map<unknown, AnyStep>();
  return {
    get: (original) => {
      const step = original as AnyStep;
      let telling = made.get(step);
      if (telling === undefined) {
        telling = (memory, op) => {
          const next = step(memory, op);
          if (next !== null) follows(step.name, next.name);
          return next;
        };
        Object.defineProperty(telling, 'name', { value: step.name });
        made.set(step, telling);
      }
      return telling;
    },
  };
}

function listener(hear: (action: AtomicAction) => void): Weakening {
  return {
    load: (memory, address) => {
      hear('load');
      return memory.load(address);
    },
    store: (memory, address, value) => {
      hear('store');
      memory.store(address, value);
    },
    compareExchange: (memory, address, expected, replacement) => {
      hear('compareExchange');
      return memory.compareExchange(address, expected, replacement);
    },
    add: (memory, address, delta) => {
      hear('add');
      return memory.add(address, delta);
    },
    wait: (memory, address, expected, timeoutMs) => {
      hear('wait');
      memory.wait(address, expected, timeoutMs);
    },
    notify: (memory, address, count) => {
      hear('notify');
      memory.notify(address, count);
    },
  };
}

function weakeningOf(weaken: 'skip' | 'casToStore' | 'casFails' | Weakening): Weakening {
  if (typeof weaken === 'object') return weaken;
  if (weaken === 'casToStore') {
    return {
      compareExchange: (memory, address, expected, replacement) => {
        memory.store(address, replacement);
        return expected;
      },
    };
  }
  if (weaken === 'casFails') {
    return { compareExchange: (memory, address, expected) => differentFrom(memory.load(address), expected) };
  }
  return {
    store: (memory, address) => void memory.load(address),
    compareExchange: (memory, address, expected) => {
      memory.load(address);
      return expected;
    },
    add: (memory, address) => memory.load(address),
    notify: (memory, address) => void memory.load(address),
    wait: (memory, address) => void memory.load(address),
  };
}

function differentFrom(found: number, expected: number): number {
  return found === expected ? ~expected : found;
}

/** The memory itself, with some functions replaced. */
function weakenedMemory(memory: Memory, weakening: Weakening): Memory {
  const own = Object.create(memory) as Record<string, unknown>;
  for (const name of ['load', 'store', 'compareExchange', 'add', 'wait', 'notify', 'write32'] as const) {
    const instead = weakening[name] as ((memory: Memory, ...rest: number[]) => unknown) | undefined;
    if (instead !== undefined) own[name] = (...rest: number[]) => instead(memory, ...rest);
    else own[name] = (...rest: number[]) => (memory[name] as (...rest: number[]) => unknown).apply(memory, rest);
  }
  for (const name of [
    'read32',
    'read16',
    'write16',
    'read8',
    'write8',
    'copy',
    'readBytes',
    'writeBytes',
    'acquired',
    'released',
  ] as const) {
    own[name] = (...rest: never[]) => (memory[name] as (...rest: never[]) => unknown).apply(memory, rest);
  }
  return own as unknown as Memory;
}
