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

/** `RIGHTLINK_NEWER_FORMAT`: written by a later version of rightlink. Nothing was changed. */
export class NewerFormatError extends RightlinkError {
  readonly file: string;
  readonly formatVersion: number;

  constructor(file: string, formatVersion: number, supported: number) {
    super(
      'RIGHTLINK_NEWER_FORMAT',
      `${file} has format version ${formatVersion}; this rightlink reads up to ${supported}. Upgrade rightlink to open it.`,
    );
    this.file = file;
    this.formatVersion = formatVersion;
  }
}

/** `RIGHTLINK_CORRUPT`: a file says something that no crash can explain. Nothing was changed. */
export class CorruptError extends RightlinkError {
  readonly file: string;
  readonly offset: number;
  /** What the message says of the place, alone. */
  readonly reason: string;

  constructor(file: string, offset: number, reason: string) {
    super(
      'RIGHTLINK_CORRUPT',
      `${file} is damaged at byte ${offset}: ${reason}. Restore the store from a copy; it was left as it is.`,
    );
    this.file = file;
    this.offset = offset;
    this.reason = reason;
  }
}
