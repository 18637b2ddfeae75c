/**
 * The base of every error that rightlink throws on purpose. `code` is stable (`RIGHTLINK_…`) and is what programs test;
 * the message says what happened, where, and what to do.
 */
export abstract class RightlinkError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** `RIGHTLINK_ARGUMENT`: an argument or option has a wrong type or value; the message says which and what is allowed. */
export class ArgumentError extends RightlinkError {
  constructor(message: string) {
    super('RIGHTLINK_ARGUMENT', message);
  }
}
