import { escapeHidden } from '../output/quote.ts';

/**
 * Prints lines with their hidden characters escaped: a terminal obeys control characters, and a table that others write to may
 * contain them. JSON keeps its meaning.
 */
export function print(text: string): void {
  process.stdout.write(toVisible(text));
}

/** The same for errors. */
export function printError(text: string): void {
  process.stderr.write(toVisible(text));
}

function toVisible(text: string): string {
  return text
    .split(/(\r?\n)/)
    .map((part, at) => (at % 2 === 0 ? escapeHidden(part) : part))
    .join('');
}
