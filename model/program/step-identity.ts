import { ModelError } from '../errors.ts';
import { hashText } from '../hash.ts';
import { functionPlace } from './function-place.ts';

let hashes = new WeakMap<object, number>();
const copies = new Map<string, number>();
let everywhere = false;

/**
 * Whether from now on steps must have the same identity in every thread and run, not only throughout this one: an explorer
 * thread says so, whose fingerprints others compare with theirs, and an exploration that leaves checkpoints.
 */
export function identifyEverywhere(required = true): void {
  if (everywhere === required) return;
  everywhere = required;
  hashes = new WeakMap();
  copies.clear();
}

/**
 * Identifies a step function by its name, its text, and where that text stands, so that the same step is the same in every
 * thread, whichever it meets first. (Two modules may well hold the same text: what it calls is another matter.)
 *
 * Closures made at one place share all of this. Within one thread the order in which they are met tells them apart; the
 * next thread may meet them in another. So `identifyEverywhere` takes in what they have captured, and rejects those that have
 * captured the same.
 *
 * @throws ModelError RIGHTLINK_MODEL_STEP_NAME for a function without a name, and for such closures
 */
export function functionHash(value: { name: string }): number {
  const known = hashes.get(value);
  if (known !== undefined) return known;
  if (value.name === '') throw new ModelError('RIGHTLINK_MODEL_STEP_NAME', `a step function needs a name: ${value}`);
  const identity = `${value.name} ${String(value)} ${functionPlace(value, everywhere)}`;
  const copy = copies.get(identity) ?? 0;
  if (copy > 0 && everywhere) {
    throw new ModelError(
      'RIGHTLINK_MODEL_STEP_NAME',
      `there are several step functions '${value.name}' made at the same place, which have captured the same: other threads and runs cannot tell them apart; give them different names, or make each once`,
    );
  }
  copies.set(identity, copy + 1);
  const hash = hashText(`${identity} ${copy}`);
  hashes.set(value, hash);
  return hash;
}
