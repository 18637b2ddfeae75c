/** A mistake in how a model is written or used, as opposed to a violation that the model has. `code` is stable. */
export class ModelError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ModelError';
    this.code = code;
  }
}

/** What can be wrong with an execution. */
export type ViolationKind =
  | 'invariant'
  | 'final'
  | 'goal'
  | 'deadlock'
  | 'linearizability'
  | 'two atomic actions'
  | 'released memory'
  | 'out of bounds'
  | 'data race'
  | 'mixed-size access'
  | 'progress'
  | 'exception';

/** A violation as the code under test runs into it; the search turns it into a trace. */
export class Violation extends Error {
  readonly kind: ViolationKind;

  constructor(kind: ViolationKind, message: string) {
    super(message);
    this.name = 'Violation';
    this.kind = kind;
  }
}

/** What an exception out of a step means: a violation, or a mistake in the model, which is thrown on. */
export function problemOf(error: unknown, thread: string): { kind: ViolationKind; name: string; message: string } {
  if (error instanceof ModelError) throw error;
  if (error instanceof Violation) return { kind: error.kind, name: error.kind, message: `${thread}: ${error.message}` };
  if (error instanceof TypeError && /not extensible/.test(error.message)) {
    throw new ModelError(
      'RIGHTLINK_MODEL_HIDDEN_STATE',
      `thread '${thread}': a step adds a field to its registers (${error.message}); all registers must exist from the start`,
    );
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'exception', name: 'exception', message: `${thread}: ${message}` };
}

/**
 * Asks a function of the model for something that has nothing to do with the execution explored.
 *
 * @throws ModelError RIGHTLINK_MODEL_EXCEPTION when it throws
 */
export function asked<T>(what: string, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const wrapped = new ModelError('RIGHTLINK_MODEL_EXCEPTION', `${what} threw ${error}`);
    wrapped.cause = error;
    throw wrapped;
  }
}
