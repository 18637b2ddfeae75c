import Table from 'cli-table3';
import colors from 'picocolors';
import type { Aim, Row } from './workload.ts';

/** Rows as a table; numbers to the right, with thousands separated. */
export function rowsTable(rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const columns = Object.keys(rows[0]);
  const numeric = columns.map((column) => rows.every((row) => typeof row[column] === 'number'));
  const table = new Table({
    head: columns,
    colAligns: numeric.map((is) => (is ? 'right' : 'left')),
    style: { head: ['bold'], compact: true },
  });
  for (const row of rows) table.push(columns.map((column) => format(row[column])));
  return table.toString();
}

/** Measured against aimed at. */
export function aimsTable(aims: readonly Aim[]): string {
  const table = new Table({ head: ['', 'measured', 'aim', ''], style: { head: ['bold'], compact: true } });
  for (const { what, measured, aim, met } of aims) {
    table.push([what, measured, aim, met ? colors.green('met') : colors.red('missed')]);
  }
  return table.toString();
}

function format(value: Row[string]): string {
  return typeof value === 'number' ? value.toLocaleString('en') : String(value);
}
