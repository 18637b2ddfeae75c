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
