import { ModelError } from '../errors.ts';
import { describeStep, head, type Line } from './describe.ts';
import { columns, list, wrap } from './layout.ts';
import type { Trace, TraceRepeat, TraceStep } from './trace.ts';

/** How to print a trace. */
export interface PrintOptions {
  /** Characters in a line, at least 40. Default 120. */
  width?: number;
  /** The states' pictures besides the first: of none (default), of the last, or after every step. */
  show?: 'none' | 'last' | 'every';
  /** `shared` leaves out plain accesses to what only one thread uses in this trace. Default `all`. */
  accesses?: 'all' | 'shared';
}

/** Characters in a line, when nobody says how many. */
export const DEFAULT_WIDTH = 120;
const LEAST_WIDTH = 40;
/** Narrower columns are not worth reading: one step below the other then, with the actors' names. */
const LEAST_COLUMN = 24;
const WIDEST_COLUMN = 60;

/**
 * A trace as text: the scenario first, then one column for each actor (or a list, where there is no room for columns), one
 * step below the other with its number, its accesses as `word: before → after`, and `(← 7)` where it reads what step 7 of
 * another actor wrote.
 */
export function printTrace(trace: Trace, options: PrintOptions = {}): string {
  if (!Array.isArray(trace?.steps) || !Array.isArray(trace.actors))
    throw new ModelError('RIGHTLINK_MODEL_TRACE', 'this is no trace; results have one only where something is wrong');
  const width = Math.max(LEAST_WIDTH, options.width ?? DEFAULT_WIDTH);
  const digits = String(trace.steps.length).length;
  const column = Math.min(WIDEST_COLUMN, Math.floor((width - digits - 1) / trace.actors.length) - 3);
  const lines = linesOf(trace, options);
  const inColumns = trace.actors.length === 1 || column >= LEAST_COLUMN;
  const body = inColumns
    ? columns(lines, trace.actors, digits, trace.actors.length === 1 ? width - digits - 4 : column)
    : list(lines, trace.actors, digits, width);
  return [...wrapAll(head(trace), width), '', ...body, '', ...wrapAll(foot(trace), width), replayLine(trace)].join(
    '\n',
  );
}

/** All lines of the body, each in its actor's column or across all. */
function linesOf(trace: Trace, options: PrintOptions): Line[] {
  const { steps, repeats, loopsTo } = trace;
  const lines: Line[] = [];
  const folded = repeats.filter((repeat) => !isCutBy(repeat, loopsTo));
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    if (step.number === loopsTo) lines.push({ actor: -1, text: `╭─ ${loopText(loopsTo, steps.length)} for ever:` });
    lines.push(...describeStep(trace, step, options.accesses === 'shared'), ...pictureAfter(step, trace, options));
    const repeat = folded.find(({ first, length }) => first + length - 1 === step.number);
    if (repeat !== undefined) {
      at = repeat.first + repeat.length * repeat.times - 2;
      lines.push({ actor: step.actor, text: `⟲ ${repeat.times} times the same, to step ${at + 1}` });
    }
    const reason = steps[at].switch;
    if (reason !== undefined) lines.push({ actor: step.actor, text: `┄ ${reason.text}` });
  }
  if (loopsTo !== undefined) lines.push({ actor: -1, text: `╰─ and step ${loopsTo} again` });
  return lines;
}

function loopText(from: number, to: number): string {
  return from === to ? `step ${from}` : `steps ${from} to ${to}`;
}

function isCutBy({ first, length, times }: TraceRepeat, loopsTo: number | undefined): boolean {
  return loopsTo !== undefined && loopsTo > first && loopsTo < first + length * times;
}

function pictureAfter(step: TraceStep, { steps }: Trace, { show = 'none' }: PrintOptions): Line[] {
  if (step.state === '' || show === 'none' || (show === 'last' && step.number < steps.length)) return [];
  return step.state.split('\n').map((text) => ({ actor: -1, text: `┆ ${text}` }));
}

function foot({ violation, steps, switches }: Trace): string[] {
  const size = `${steps.length} step${steps.length === 1 ? '' : 's'}, ${switches} switch${switches === 1 ? '' : 'es'}`;
  return violation === undefined ? [size] : [`✗ ${violation.kind}: ${violation.message}`, size];
}

/** Never wrapped: it is there to be copied. */
function replayLine({ replay }: Trace): string {
  return `replay: '${replay}'`;
}

function wrapAll(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => wrap(line, width));
}
