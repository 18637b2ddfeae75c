/** What a field must be, as words behind "must be"; null: it is. */
export type Rule = (value: unknown) => string | null;

/** A rule for every field that a thing may have: any other is a misspelt one. */
export type Shape<T> = Readonly<Record<keyof T, Rule>>;

const rule =
  (what: string, holds: (value: unknown) => boolean): Rule =>
  (value) =>
    holds(value) ? null : what;

/** Rules for values that are there. */
export const a = {
  thing: rule('anything', () => true),
  text: rule('a text', (value) => typeof value === 'string'),
  name: rule('a text that is not empty', (value) => typeof value === 'string' && value !== ''),
  boolean: rule('true or false', (value) => typeof value === 'boolean'),
  function: rule('a function', (value) => typeof value === 'function'),
  list: rule('a list', Array.isArray),
  texts: rule('a list of texts', (value) => Array.isArray(value) && value.every((each) => typeof each === 'string')),
  object: rule('an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  integer: rule('an integer', Number.isSafeInteger),
  functions: rule('an object of functions by name', (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.values(value).every((each) => typeof each === 'function');
  }),
  /** An integer of at least this; `orMore`: Infinity, too. */
  count: (least: number, most = Number.MAX_SAFE_INTEGER, orMore = false): Rule =>
    rule(`at least ${least} and an integer${most < Number.MAX_SAFE_INTEGER ? `, at most ${most}` : ''}`, (value) => {
      if (orMore && value === Number.POSITIVE_INFINITY) return true;
      return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
    }),
  oneOf: (...values: readonly unknown[]): Rule =>
    rule(`one of ${values.map(shown).join(', ')}`, (value) => values.includes(value)),
};

/** A field that must be there. */
export function required(each: Rule): Rule {
  return Object.assign((value: unknown) => each(value), { required: true });
}

/**
 * What is wrong with the fields of a thing; null: nothing. Fields that are undefined are absent. Of objects that a class
 * made, only the known fields are looked at: they may have more for themselves.
 *
 * @param what the thing's name in the message; '': the message goes without
 * @param field what the thing's fields are called
 */
export function misshapen(
  thing: unknown,
  what: string,
  shape: Readonly<Record<string, Rule>>,
  field = 'field',
): string | null {
  const of = what === '' ? '' : ` of ${what}`;
  if (typeof thing !== 'object' || thing === null)
    return `an object is needed${of && ` for ${what}`}, not ${shown(thing)}`;
  const fields = thing as Readonly<Record<string, unknown>>;
  const proto: unknown = Object.getPrototypeOf(thing);
  if (proto === Object.prototype || proto === null) {
    const unknown = Object.keys(fields).find((name) => !Object.hasOwn(shape, name));
    if (unknown !== undefined)
      return `there is no ${field} '${unknown}'${of}; there are ${Object.keys(shape).join(', ')}`;
  }
  for (const [name, each] of Object.entries(shape)) {
    const value = fields[name];
    if (value === undefined && !('required' in each)) continue;
    const wanted = each(value);
    if (wanted !== null) return `${name}${of} must be ${wanted}, not ${shown(value)}`;
  }
  return null;
}

/** A value in a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
