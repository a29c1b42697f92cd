export const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The place of the quote that closes the string opened at `start`; the end of the text if none does. A quote after an odd
 * number of backslashes is part of the string; each run of backslashes is counted once.
 */
export function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}
