import { escapeHidden } from '../output/quote.ts';

/** Columns for people; the last one is not padded. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => escapeHidden(cell)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return (
    all.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()).join('\n') +
    '\n'
  );
}

/** `2027-01-31 08:00Z`, or `-` without a date. */
export function toTimeText(date: Date | undefined): string {
  if (date === undefined) return '-';
  return Number.isNaN(date.getTime()) ? 'unreadable' : `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
