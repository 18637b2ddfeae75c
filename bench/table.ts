import Table from 'cli-table3';
import colors from 'picocolors';
import type { Aim, Row } from './workload.ts';

/** No colours: they would be there in files and pipes, too. */
const PLAIN = { head: [], border: [], compact: true };

/** Rows as a table; numbers to the right, with thousands separated. */
export function rowsTable(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const columns = Object.keys(rows[0]);
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] === 'number'));
  const table = new Table({
    head: columns,
    colAligns: numeric.map((is) => (is ? 'right' : 'left')),
    style: PLAIN,
  });
  for (const row of rows) table.push(columns.map((column) => format(row[column])));
  return table.toString();
}

/** Names and figures as a table. */
export function figuresTable(figures: readonly (readonly [what: string, figure: string])[]): string {
  const table = new Table({ colAligns: ['left', 'right'], style: PLAIN });
  for (const [what, figure] of figures) table.push([what, figure]);
  return table.toString();
}

/** Measured against aimed at. */
export function aimsTable(aims: readonly Aim[]): string {
  const table = new Table({ head: ['', 'measured', 'aim', ''], style: PLAIN });
  for (const { what, measured, aim, met } of aims) {
    table.push([what, measured, aim, met ? colors.green('met') : colors.red('missed')]);
  }
  return table.toString();
}

function format(value: Row[string]): string {
  return typeof value === 'number' ? value.toLocaleString('en') : String(value);
}
