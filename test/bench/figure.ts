/** One line of the table. */
export interface Figure {
  readonly what: string;
  /** What the number is: `ours / bare Koa`, `ms`, `MB`. */
  readonly unit: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Whatever led to the number, for the JSON. */
  readonly details?: unknown;
}

/** undefined where nothing is asked of it. */
export function isMet({ value, atLeast, atMost }: Figure): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined;
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}

export function toTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const met = isMet(figure);
    const asked = [
      figure.atLeast === undefined ? '' : `>= ${figure.atLeast}`,
      figure.atMost === undefined ? '' : `<= ${figure.atMost}`,
    ];
    return [
      figure.what,
      toText(figure.value),
      figure.unit,
      asked.join(''),
      met === undefined ? '' : met ? 'yes' : 'NO',
    ];
  });
  const all = [['what', 'measured', 'unit', 'asked', 'met'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function toText(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(value < 10 ? 3 : 1);
}
