import { asked, ModelError } from '../errors.ts';
import { type Explorable, KINDS } from '../options.ts';
import type { Source } from './source.ts';

/**
 * Imports what a source names.
 *
 * @throws ModelError RIGHTLINK_MODEL_SOURCE when there is no such thing
 */
export async function targetOf({ module, name, scenario }: Source): Promise<Explorable> {
  const exports = (await import(module).catch((error: unknown) => {
    throw new ModelError('RIGHTLINK_MODEL_SOURCE', `cannot import '${module}': ${error}`);
  })) as Record<string, unknown>;
  let found = exports[name];
  if (Array.isArray(found)) found = found.find((each) => each?.name === scenario)?.build;
  const build = found;
  if (typeof build === 'function') found = asked(`'${name}' of ${module}`, () => build() as unknown);
  const type = (found as Explorable | undefined)?.type;
  if (type !== undefined && KINDS.includes(type)) return found as Explorable;
  throw new ModelError('RIGHTLINK_MODEL_SOURCE', `${module} exports nothing to explore as '${name}' ${scenario ?? ''}`);
}
