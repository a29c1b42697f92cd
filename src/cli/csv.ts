import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/** One line of RFC 4180. An apostrophe precedes a cell that a spreadsheet would run as a formula. */
export function toCsvLine(cells: readonly string[]): string {
  return stringify([[...cells]], { record_delimiter: 'windows', escape_formulas: true });
}

/** A file with a line of names, then a line for each row. */
export function parseRows(text: string): Record<string, string>[] {
  return parse(text, { columns: true, bom: true, skip_empty_lines: true });
}
