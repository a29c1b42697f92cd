import { parse } from 'csv-parse/sync';

/** A spreadsheet takes a cell that begins like this for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/;

/** One line of RFC 4180. */
export function stringify(cells: readonly string[]): string {
  return `${cells.map(quote).join(',')}\r\n`;
}

/** A file with a line of names, then a line for each row. */
export function parseRows(text: string): Record<string, string>[] {
  return parse(text, { columns: true, bom: true, skip_empty_lines: true });
}

function quote(cell: string): string {
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
