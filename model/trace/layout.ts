import { type Line, UNBROKEN } from './describe.ts';

/** Lines in one column for each actor, of at most `most` characters, with steps' numbers on the left. */
export function columns(lines: readonly Line[], actors: readonly string[], digits: number, most: number): string[] {
  const widest = Math.max(
    ...actors.map(({ length }) => length),
    ...lines.map(({ actor, text }) => (actor < 0 ? 0 : text.length)),
  );
  const width = Math.min(most, widest);
  const row = (number: string, cells: readonly string[]): string =>
    `${number.padStart(digits)} │ ${cells.map((cell) => cell.padEnd(width)).join(' │ ')}`.trimEnd();
  const rule = `${'─'.repeat(digits + 1)}┼${actors.map(() => '─'.repeat(width + 2)).join('┼')}`;
  const all = actors.length * (most + 3) - 3;
  const table = [
    row(
      '',
      actors.map((name) => name.slice(0, width)),
    ),
    rule,
  ];
  for (const { actor, text, number } of lines) {
    const start = number === undefined ? '' : String(number);
    if (actor < 0) {
      for (const part of wrap(text, all)) table.push(`${' '.repeat(digits)} │ ${part}`);
      continue;
    }
    for (const [i, part] of wrap(text, width).entries()) {
      table.push(
        row(
          i === 0 ? start : '',
          actors.map((_, column) => (column === actor ? part : '')),
        ),
      );
    }
  }
  return table;
}

/** Lines one below the other, each step with its actor's name: for more actors than there is room for columns. */
export function list(lines: readonly Line[], actors: readonly string[], digits: number, width: number): string[] {
  const names = Math.max(...actors.map((name) => name.length));
  let last = -1;
  return lines.flatMap(({ actor, text, number }) => {
    const name = number !== undefined && actor !== last ? actors[actor] : '';
    if (actor >= 0) last = actor;
    const start = `${(number === undefined ? '' : String(number)).padStart(digits)} ${name.padEnd(names)} `;
    return wrap(text, Math.max(20, width - start.length)).map(
      (part, i) => (i === 0 ? start : ' '.repeat(start.length)) + part,
    );
  });
}

/** Breaks a line between words, or within one that is too long; what follows stands two characters further in. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  const indent = ' '.repeat(Math.min((/^ */.exec(text)?.[0].length ?? 0) + 2, width >> 1));
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const at = space > indent.length + 1 ? space : width;
    lines.push(rest.slice(0, at));
    rest = indent + rest.slice(at).trimStart();
  }
  lines.push(rest);
  return lines.map((line) => line.replaceAll(UNBROKEN, ' ').trimEnd());
}
