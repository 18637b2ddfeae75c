import type { Access, Trace, TraceStep } from './trace.ts';

/** Widest column; longer texts wrap. */
const COLUMN_WIDTH = 46;

/** A trace as text: one column per actor, one row per step, accesses as `word: before → after`. */
export function printTrace(trace: Trace): string {
  const width = Math.max(14, Math.min(COLUMN_WIDTH, Math.floor(150 / trace.actors.length)));
  const lines: string[] = [row(trace.actors, width), trace.actors.map(() => '─'.repeat(width)).join('─┼─')];
  if (trace.initial !== '') lines.push(`start: ${trace.initial}`);
  for (const [index, step] of trace.steps.entries()) {
    const texts = wrap(describeStep(step, index + 1), width);
    for (const text of texts)
      lines.push(
        row(
          trace.actors.map((_, i) => (i === step.actor ? text : '')),
          width,
        ),
      );
    if (step.state !== '') lines.push(`      ${step.state}`);
  }
  lines.push(`replay: '${trace.replay}'`);
  return lines.join('\n');
}

function describeStep(step: TraceStep, number: number): string[] {
  return [`${number}. ${step.label}`, ...step.accesses.map(describeAccess), ...step.notes.map((note) => `  ${note}`)];
}

function describeAccess({ kind, word, before, after }: Access): string {
  if (kind === 'acquired' || kind === 'released') return `  ${kind} ${word}`;
  return before === after ? `  ${kind} ${word} = ${after}` : `  ${kind} ${word}: ${before} → ${after}`;
}

function wrap(texts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const text of texts) {
    for (let at = 0; at < text.length; at += width) lines.push(text.slice(at, at + width));
  }
  return lines;
}

function row(texts: readonly string[], width: number): string {
  return texts
    .map((text) => text.slice(0, width).padEnd(width))
    .join(' │ ')
    .trimEnd();
}
