/*
 * A state's 64-bit fingerprint is the sum of a mix of (position, value) over its parts, kept as two 32-bit halves that
 * are mixed independently. A sum can be kept up to date: take the old part out, put the new one in.
 *
 * The mixer is Chris Wellons' lowbias32 (https://nullprogram.com/blog/2018/07/31/), with other constants for the high half.
 */

let seed = 0;

/** Makes all later fingerprints different: a second run under another seed shows whether a collision hid a state. */
export function setHashSeed(value: number): void {
  seed = Math.imul(value, 0x3c6ef372) | 0;
}

/** Low half of the mix of a value at a position. */
export function mixLow(position: number, value: number): number {
  let h = (Math.imul(position + 1, 0x9e3779b1) + Math.imul(value, 0x85ebca6b) + seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}

/** High half of the mix of a value at a position. */
export function mixHigh(position: number, value: number): number {
  let h = (Math.imul(position + 1, 0xc2b2ae35) + Math.imul(value, 0x27d4eb2f) + ~seed) | 0;
  h = Math.imul(h ^ (h >>> 17), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

/** A 32-bit hash of a text, the same in every thread and run. */
export function hashText(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  return h ^ (h >>> 15);
}
