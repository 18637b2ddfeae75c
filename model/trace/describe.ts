import { isAtomic, isWrite } from './accesses.ts';
import type { Access, Trace, TraceStep, TraceThread } from './trace.ts';

/** A line of a trace's text, in an actor's column; −1: across all. */
export interface Line {
  actor: number;
  text: string;
  /** The step's number, in its first line. */
  number?: number;
}

/** Stands for a space at which a line is not broken. */
export const UNBROKEN = '\u00a0';
/** Words shown at the head of a trace, at most. */
const MOST_WORDS = 24;

/** The scenario. */
export function head({ name, scenario, initial }: Trace): string[] {
  const { threads, deaths, mutant, memory } = scenario;
  const words = memory.slice(0, MOST_WORDS).map(({ word, value }) => `${word} = ${value}`.replaceAll(' ', UNBROKEN));
  if (memory.length > MOST_WORDS) words.push(`… ${memory.length - MOST_WORDS} more`);
  return [
    mutant === undefined ? name : `${name}, mutant: ${mutant}`,
    ...threads.map((thread) => `  ${threadText(thread)}`),
    ...(deaths === 0 ? [] : [`  at most ${deaths} death${deaths === 1 ? '' : 's'}`]),
    ...(words.length === 0 ? [] : [`  at the start: ${words.join(', ')}`]),
    ...(initial === '' ? [] : initial.split('\n').map((line) => `  ┆ ${line}`)),
  ];
}

function threadText({ name, operations, actions, remarks }: TraceThread): string {
  const does = operations?.map((alternatives) => alternatives.join(' or ')).join(', ') ?? `may ${actions?.join(', ')}`;
  return `${name}: ${does}${remarks.length === 0 ? '' : ` (${remarks.join(', ')})`}`;
}

/** What a step did. */
export function describeStep(trace: Trace, step: TraceStep, onlyShared: boolean): Line[] {
  const { actor, begins, returns } = step;
  const accesses = step.accesses.filter((access) => isShown(access, step, trace, onlyShared));
  const texts: string[] = [];
  if (begins !== undefined) texts.push(`▸ ${begins}`);
  const label = foldNames(step.label);
  const details = [...accesses.map((access) => accessText(access, step, trace.steps)), ...step.notes];
  if (label !== '' && details.length === 1) texts.push(`${label}: ${details[0]}`);
  else texts.push(...(label === '' ? [] : [label]), ...details.map((detail) => `  ${detail}`));
  if (returns !== undefined)
    texts.push(`◂ ${returns.operation}${returns.result === undefined ? '' : ` = ${returns.result}`}`);
  if (texts.length === 0) texts.push('(nothing)');
  return texts.map((text, i) => (i === 0 ? { actor, text, number: step.number } : { actor, text }));
}

function accessText(access: Access, step: TraceStep, steps: readonly TraceStep[]): string {
  const { kind, word, before, after, expected } = access;
  const link = isForeign(access, step, steps) ? ` (←${UNBROKEN}${access.from})` : '';
  if (kind === 'acquired' || kind === 'released' || (access.words ?? 1) > 1) return `${kind} ${word}${link}`;
  if (expected !== undefined) return `${kind} ${word} =${UNBROKEN}${before}, not${UNBROKEN}${expected}${link}`;
  return isWrite(access)
    ? `${kind} ${word}: ${before}${UNBROKEN}→${UNBROKEN}${after}${link}`
    : `${kind} ${word} =${UNBROKEN}${before}${link}`;
}

/** Whether the access finds what another actor wrote in this trace. */
function isForeign({ from }: Access, { actor }: TraceStep, steps: readonly TraceStep[]): boolean {
  return from !== undefined && steps[from - 1].actor !== actor;
}

function isShown(access: Access, step: TraceStep, { scenario, steps }: Trace, onlyShared: boolean): boolean {
  if (isAtomic(access) || isForeign(access, step, steps)) return true;
  // A system has no accesses but those of its guards and effects: all that it reads would be too much.
  if (scenario.threads.every(({ actions }) => actions !== undefined)) return isWrite(access);
  if (!onlyShared) return true;
  return scenario.memory.some(
    ({ address }) => address >= access.address && address < access.address + (access.words ?? 1),
  );
}

/** `a, a, a, b` as `a ×3, b`. */
function foldNames(label: string): string {
  const names = label.split(', ');
  const folded: string[] = [];
  for (let at = 0; at < names.length; ) {
    let end = at + 1;
    while (names[end] === names[at]) end += 1;
    folded.push(end - at === 1 ? names[at] : `${names[at]} ×${end - at}`);
    at = end;
  }
  return folded.join(', ');
}
