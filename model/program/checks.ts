import { ModelError } from '../errors.ts';
import type { Program } from '../program.ts';
import { shown } from '../shape.ts';

/** The error for a step, or a `begin`, that gives neither a step nor null. */
export function noStep(what: string, name: string, given: unknown): ModelError {
  return new ModelError(
    'RIGHTLINK_MODEL_STEP',
    `${what} '${name}' gave ${shown(given)}, which is neither the next step nor null; steps are plain functions, not async`,
  );
}

/**
 * Threads that share a registers object would share memory behind the checker's back.
 *
 * @throws ModelError RIGHTLINK_MODEL_REGISTERS when they do, or where registers are to be ignored that nobody has
 */
export function requireOwnRegisters(
  { name, threads }: Program,
  objects: readonly unknown[],
  ignored: ReadonlySet<string>,
): void {
  const reject = (message: string): never => {
    throw new ModelError('RIGHTLINK_MODEL_REGISTERS', `program '${name}': ${message}`);
  };
  for (const [i, object] of objects.entries()) {
    const other = objects.indexOf(object);
    if (other < i) reject(`threads '${threads[other].name}' and '${threads[i].name}' have the same registers object`);
  }
  const hasField = (field: string) => (object: unknown) =>
    typeof object === 'object' && object !== null && field in object;
  for (const field of ignored)
    if (!objects.some(hasField(field))) reject(`ignoreRegisters: no thread has a register '${field}'`);
}

/** The error for a mutant of steps that never ran. */
export function neverRan(program: string): ModelError {
  return new ModelError(
    'RIGHTLINK_MODEL_MUTANT',
    `'${program}': the step that the mutant changes never runs, so that this was the program itself; steps are known by their function's name`,
  );
}
