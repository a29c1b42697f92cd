/** Text in which no character needs an escape in JSON, and every character prints as itself. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Characters that do not print as themselves. A terminal obeys control characters, even those above U+007F. Others break or reverse
 * the line that they are in, or are invisible.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Writes a text as JSON in which every character prints as itself. Most texts need no escapes, which is quick to test. */
export function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : escapeHidden(JSON.stringify(text));
}

/** Like `quote`, in so many bytes at most, or little more. A longer text ends in `…`. */
export function quoteCut(text: string, most: number): string {
  const whole = text.length > most ? undefined : quote(text);
  if (whole !== undefined && Buffer.byteLength(whole) <= most) return whole;
  for (let length = Math.min(text.length, most); ; length = Math.floor(length * 0.8)) {
    const cut = quote(`${text.slice(0, length)}…`);
    if (length === 0 || Buffer.byteLength(cut) <= most) return cut;
  }
}

/** Replaces characters that do not print as themselves by JSON's escapes. JSON text keeps its meaning. */
export function escapeHidden(text: string): string {
  return text.replaceAll(HIDDEN, (character) =>
    Array.from({ length: character.length }, (_, at) => toEscape(character.charCodeAt(at))).join(''),
  );
}

function toEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
