import { escapeHidden } from '../output/quote.ts';

/**
 * Prints lines in which every character prints as itself: a terminal obeys control characters, and a table that others write to
 * may hold them. JSON stays the same JSON.
 */
export function print(text: string): void {
  process.stdout.write(toVisible(text));
}

/** The same for what went wrong. */
export function printError(text: string): void {
  process.stderr.write(toVisible(text));
}

function toVisible(text: string): string {
  return text
    .split(/(\r?\n)/)
    .map((part, at) => (at % 2 === 0 ? escapeHidden(part) : part))
    .join('');
}
